"""A folder of articles and questions about them, in the plainest layout: what anybody can write by hand or convert to.

`questions.json` is a list of objects with `id`, `question` and what is expected: `answer` or `answers`, `gold` (articles by the
stem of their file, its path below the folder, or their own id in a file of many), `choices`. One without `gold` and answers is
to be refused. `date` is the day of asking, which "last week" counts from; the archive may hold later reports.
"""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from evals.benchmarks import answering
from evals.benchmarks.archive import Archive, Options, opened, unread
from evals.benchmarks.files import Files
from evals.benchmarks.rankings import retrieval
from evals.benchmarks.table import Figures, Measured, figures
from evals.metrics import METRICS
from evals.questions import Question

EXPECTED = (
    'a folder with questions.json, [{"id", "question", "answer" or "answers", "gold": [article file stems]}], and articles '
    "in articles/ or beside it"
)
COMMAND = "footnote eval bench plain FOLDER"
QUESTIONS = "questions.json"
KEYS = {"id", "question", "answer", "answers", "gold", "date", "choices"}
MEASURES = {"recall@1": "R@1", "recall@10": "R@10", "MRR": "RR@10", "nDCG@10": "nDCG@10"}
ANSWERS = {
    "in first sentence": "facts_first_sentence", "in answer": "facts", "EM": "exact_match", "F1": "token_f1",
    "right choice": "right_choice", "refusal precision": "refusal_precision", "refusal recall": "refusal_recall",
    "refusal F1": "refusal_f1", "false refusals": "false_refusals",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the articles that answer it as the file names them, and where it stands."""

    question: Question
    gold: tuple[str, ...]
    where: str


def measure(path: Path, options: Options) -> Measured:
    """Index the articles as they are and ask the questions; the archive stays whole when only the first are asked."""
    files = Files(path, EXPECTED, COMMAND)
    asked = _read(files)[: options.limit]
    source = path / "articles" if (path / "articles").is_dir() else path
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-bench-")))
        archive = stack.enter_context(opened([source], kept / f"plain-{files.name}" / "index", options))
        rows, failed = _rows(archive, files, asked, options)
        skipped = [each for each in archive.skipped if each.path != QUESTIONS]
        return Measured(rows, len(asked), len(archive.names), archive.passages, failed + unread(skipped))


def _rows(
    archive: Archive, files: Files, asked: Sequence[Asked], options: Options
) -> tuple[dict[str, Figures], tuple[str, ...]]:
    known = _known(archive)
    qrels = {each.question.id: dict.fromkeys(_paths(files, each, known), 1) for each in asked if each.gold}
    texts = {each.question.id: each.question.question for each in asked}
    rows = retrieval(archive, texts, qrels, MEASURES, options)
    rows = {label: found for label, found in rows.items() if found}
    answerable = [each.question for each in asked if each.question.answers or each.question.refuse]
    if not options.answers or not answerable:
        return rows, ()
    outcomes = answering.over_archive(archive, answerable, options)
    measures = {name: METRICS[metric].measure for name, metric in ANSWERS.items()}
    rows["answers"] = figures({name: measure(outcomes) for name, measure in measures.items()})
    return rows, answering.failures(outcomes)


def _known(archive: Archive) -> dict[str, set[str]]:
    """The paths of the articles that a name may mean: path, path of the file, its stem, id in a file of many."""
    found: dict[str, set[str]] = {}
    for path in archive.names:
        file, _, own = path.partition("#")
        for name in {path, file, PurePosixPath(file).name, PurePosixPath(file).stem, own} - {""}:
            found.setdefault(name, set()).add(path)
    return found


def _paths(files: Files, asked: Asked, known: dict[str, set[str]]) -> list[str]:
    found = []
    for name in asked.gold:
        paths = sorted(known.get(name, ()))
        if len(paths) != 1:
            held = f"several articles, {paths[0]!r} and {paths[1]!r} among them" if paths else "no article"
            raise files.wrong(f"{asked.where}: 'gold' names {name!r}, which is {held}")
        found += paths
    return found


def _read(files: Files) -> list[Asked]:
    contents = {"questions": files.document(QUESTIONS)}
    found: dict[str, Asked] = {}
    for number, entry in enumerate(files.list(contents, "questions", files.where(QUESTIONS))):
        where = f"{files.where(QUESTIONS)}: [{number}]"
        question = _question(files, entry, where)
        if question.id in found:
            raise files.wrong(f"{where}: the id {question.id!r} is taken by {found[question.id].where}")
        found[question.id] = Asked(question, tuple(_texts(files, entry, "gold", where)), where)
    if not found:
        raise files.wrong(f"{files.where(QUESTIONS)} holds no questions")
    return list(found.values())


def _question(files: Files, entry: Any, where: str) -> Question:
    if not isinstance(entry, dict) or set(entry) - KEYS:
        raise files.wrong(f"{where}: a question is an object with keys of {', '.join(sorted(KEYS))}: {entry!r:.60}")
    name = entry.get("id")
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name).strip():
        raise files.wrong(f"{where}: 'id' is a text or a number, not {name!r:.60}")
    if entry.get("date") is not None:
        try:
            date.fromisoformat(entry["date"])
        except (TypeError, ValueError) as error:
            raise files.wrong(f"{where}: 'date' is a day such as 2021-07-01, not {entry['date']!r:.60}") from error
    answers = [text for text in _texts(files, entry, "answer", where) + _texts(files, entry, "answers", where) if text.strip()]
    choices = _texts(files, entry, "choices", where)
    if choices and (not answers or answers[0] not in choices):
        raise files.wrong(f"{where}: the answer is none of the choices: {answers[:1]!r:.60}")
    refuse = not answers and not entry.get("gold")
    golds = tuple(dict.fromkeys(answers))
    return Question(
        str(name),
        files.asked(entry, "question", where),
        answers=("",) if refuse else golds,
        facts=(golds,) if golds else (),  # any one wording of the answer
        refuse=refuse,
        choices=tuple(choices),
        today=entry.get("date"),
    )


def _texts(files: Files, entry: dict[str, Any], key: str, where: str) -> list[str]:
    value = entry.get(key)
    value = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise files.wrong(f"{where}: {key!r} is a text or a list of texts, not {value!r:.60}")
    return list(value)
