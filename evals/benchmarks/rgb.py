"""RGB, counterfactual part: documents that hold a false answer beside ones that hold the true one (Chen et al. 2023).

Every question has an archive of its own, of its `positive`, `positive_wrong` and `negative` documents, and Footnote answers
as it does; it is asked again of the `positive` and `positive_wrong` ones, where sources differ, and of the `positive` alone,
where they do not. Half of the questions may be looked at to make it better: the even ones, so the odd ones have rows of their
own (docs/benchmarks.md says what was seen of them). What is compared: the wordings of the two answers, as `evals.match` finds
them, in the answer and its disagreements.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals import match
from evals.benchmarks.answering import graded
from evals.benchmarks.archive import Document, Options, indexed, silent, unread
from evals.benchmarks.files import Files
from evals.benchmarks.table import Measured
from evals.metrics.disputes import said, set_against, shown
from evals.metrics.measure import Part
from evals.outcomes import Outcome
from evals.questions import Question
from index.records import Skipped
from rag.answer import answer

EXPECTED = "RGB's en_fact.json: a line each with id, query, answer, fakeanswer, positive, positive_wrong and negative"
COMMAND = "footnote eval bench rgb FILE"
ALL, DIFFER, AGREE = "answers", "true and false documents", "true documents alone"
# Each row's folder beside the others, and the kinds of document of its archives.
ARCHIVES = {
    ALL: ("", ("positive", "positive_wrong", "negative")),
    DIFFER: ("-differ", ("positive", "positive_wrong")),
    AGREE: ("-agree", ("positive",)),
}


@dataclass(frozen=True, slots=True)
class Kept(Document):
    """A document and its kind in RGB: "positive" holds the true answer, "positive_wrong" the false one."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whose last side is the false answer, and its documents."""

    question: Question
    documents: tuple[Kept, ...]


def measure(path: Path, options: Options) -> Measured:
    """Index each question's documents and ask it of them: of all, of those that differ and of those that agree."""
    files = Files(path, EXPECTED, COMMAND)
    asked = [_read(files, entry, where) for where, entry in files.entries()][: options.limit]
    if not asked:
        raise files.wrong(f"{files.where()} holds no questions")
    found: dict[str, list[tuple[int, Outcome]]] = {name: [] for name in ARCHIVES}
    passages, skipped = 0, list[Skipped]()
    for number, each in enumerate(asked):
        options.progress("answering", number, len(asked))
        for name, (folder, kinds) in ARCHIVES.items():
            documents = [document for document in each.documents if document.kind in kinds]
            if name != ALL and {document.kind for document in documents} != set(kinds):
                continue
            with indexed(documents, f"rgb-{files.name}/{number}{folder}", replace(options, progress=silent)) as archive:
                given = answer(each.question.question, index=archive.index)
                found[name].append((number, Outcome(each.question, 0, given.to_dict())))
                if name == ALL:
                    passages += archive.passages
                    skipped += archive.skipped
    options.progress("answering", len(asked), len(asked))
    rows = {name: graded([outcome for _, outcome in outcomes], MEASURES) for name, outcomes in found.items() if outcomes}
    for name in (DIFFER, AGREE):
        for half, first in (("even", 0), ("odd", 1)):
            if part := [outcome for number, outcome in found[name] if number % 2 == first]:
                rows[f"{name}, {half} questions"] = graded(part, MEASURES)
    return Measured(rows, len(asked), sum(len(each.documents) for each in asked), passages, unread(skipped))


def _true(outcome: Outcome) -> bool:
    return all(match.first(wordings, outcome.said) for wordings in outcome.question.facts)


def _false(outcome: Outcome) -> bool:
    return match.first(outcome.question.disagrees[-1], outcome.said) is not None


MEASURES: dict[str, Callable[[Outcome], Part]] = {
    "true answer": lambda outcome: (float(_true(outcome)), 1.0),
    "both sides": shown,
    "false answer alone": lambda outcome: (float(_false(outcome) and not _true(outcome)), 1.0),
    "said to differ": lambda outcome: (set_against(outcome), 1.0),
    "both said to differ": said,
    "refused": lambda outcome: (float(outcome.refused), 1.0),
}


def _read(files: Files, entry: dict[str, Any], where: str) -> Asked:
    parts = entry.get("answer")
    # As RGB has it: a text, or a list of which every item has to be there, each a text or a list of its wordings.
    items = parts if isinstance(parts, list) else [parts]
    true = tuple(tuple(map(str, item)) if isinstance(item, list) else (str(item),) for item in items if item)
    if not true or not all(true):
        raise files.wrong(f"{where}: 'answer' is a text or a list, not {parts!r:.60}")
    false = files.text(entry, "fakeanswer", where).strip()
    question = Question(
        str(entry.get("id", where)), files.asked(entry, "query", where), facts=true, disagrees=(*true, (false,))
    )
    kinds = ("positive", "positive_wrong", "negative")
    texts = [(kind, str(text)) for kind in kinds for text in files.list(entry, kind, where)]
    if not texts:
        raise files.wrong(f"{where}: no documents")
    return Asked(question, tuple(Kept(f"{kind}-{number}", text, kind=kind) for number, (kind, text) in enumerate(texts)))
