"""SQuAD 1.1 and 2.0 and SquadShifts: questions over paragraphs (Rajpurkar et al. 2016, 2018; Miller et al. 2020)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.benchmarks import answering
from evals.benchmarks.archive import Archive, Document, Options, indexed, some, unread
from evals.benchmarks.files import Files
from evals.benchmarks.rankings import retrieval
from evals.benchmarks.table import Figures, Measured
from evals.questions import Question

EXPECTED = 'a SQuAD file: {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers"}]}]}]}'
COMMAND = "footnote eval bench squad FILE"
MEASURES = {"Hit@1": "Success@1", "Hit@5": "Success@5"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the name of the document that it was asked of; `article` is the number of its article, from 0."""

    question: Question
    document: str
    article: int = 0


def measure(path: Path, options: Options) -> Measured:
    """Index every paragraph as an article and ask the questions of all, or of the articles that were chosen."""
    files = Files(path, EXPECTED, COMMAND)
    contents = files.document()
    articles = files.list(contents, "data", files.where())
    documents: dict[str, Document] = {}  # by text: a paragraph may stand in a file twice
    asked: list[Asked] = []
    for number, article in enumerate(articles):
        for context, title, entry, where in _entries(files, article, f"{files.where()}: data[{number}]"):
            name = documents.setdefault(context, Document(str(len(documents)), context, title)).name
            if entry is not None:
                asked.append(Asked(_question(files, entry, where), name, number))
    first, last = options.articles or (0, len(articles))
    chosen = [each for each in asked if first <= each.article < last]
    if not chosen:
        raise files.wrong(f"{files.where()}: no question in articles {first} to {last} of {len(articles)}")
    return compare(chosen, list(documents.values()), f"squad-{files.name}", options)


def _entries(files: Files, article: Any, where: str) -> Iterator[tuple[str, str, Any, str]]:
    paragraphs = files.list(article, "paragraphs", where)
    title = files.optional(article, "title", where).replace("_", " ")
    for number, paragraph in enumerate(paragraphs):
        place = f"{where}.paragraphs[{number}]"
        context = files.text(paragraph, "context", place)
        yield context, title, None, place  # a paragraph without questions is there to be found, too
        for entry in files.list(paragraph, "qas", place):
            yield context, title, entry, place


def _question(files: Files, entry: Any, where: str) -> Question:
    texts = [files.text(answer, "text", where) for answer in files.list(entry, "answers", where)]
    return question(
        files.text(entry, "id", where),
        files.asked(entry, "question", where),
        texts,
        bool(entry.get("is_impossible", not texts)),
    )


def question(name: str, text: str, answers: Sequence[str], unanswerable: bool) -> Question:
    """A question as the metrics know it: one that nothing answers has the empty answer alone."""
    golds = ("",) if unanswerable else tuple(dict.fromkeys(answers))
    return Question(name, text, answers=golds, refuse=unanswerable)


def compare(
    asked: Sequence[Asked], documents: Sequence[Document], name: str, options: Options, *, halves: bool = False
) -> Measured:
    """Rows for the three searches, for answers from the question's own passage, and for answers over the archive.

    With `halves` a row is of the odd half of the questions alone: the threshold was fitted on the even one, among others.
    """
    asked = unique(asked)[: options.limit]
    documents = some(documents, {each.document for each in asked}, options.limit)
    rows: dict[str, Figures] = {}
    notes: tuple[str, ...] = ("Hits are of questions that have an answer; a hit is the question's own passage.",)
    with indexed(documents, name, options) as archive:
        rows |= _searches(archive, asked, options)
        if options.answers:
            given = answering.from_passage(archive, [(each.question, each.document) for each in asked], options)
            answered = answering.over_archive(archive, [each.question for each in asked], options)
            read = [each.outcome for each in given]
            rows["answers, passage given"] = {**answering.squad(read), **answering.auc(given)}
            if len({each.question.refuse for each in asked}) == 2:
                rows["answers, passage given, threshold of the other half"] = answering.squad(answering.refitted(given))
                best = answering.squad(answering.refitted(given, by_themselves=True))
                rows["answers, passage given, best threshold, as published figures have it"] = best
            if halves:
                rows["answers, passage given, odd half"] = {**answering.squad(read[1::2]), **answering.auc(given[1::2])}
            rows[f"answers, over all {len(documents):,}"] = answering.squad(answered)
            notes += _refusing(asked) + answering.failures(answered)
        return Measured(rows, len(asked), len(documents), archive.passages, notes + unread(archive.skipped))


def unique(asked: Sequence[Asked]) -> list[Asked]:
    """The questions without those whose id came before."""
    found: dict[str, Asked] = {}
    for each in asked:
        found.setdefault(each.question.id, each)
    return list(found.values())


def _searches(archive: Archive, asked: Sequence[Asked], options: Options) -> dict[str, Figures]:
    texts = {each.question.id: each.question.question for each in asked}
    qrels = {each.question.id: {each.document: 1} for each in asked if not each.question.refuse}
    return retrieval(archive, texts, qrels, MEASURES, options)


def _refusing(asked: Sequence[Asked]) -> tuple[str, ...]:
    share = sum(each.question.refuse for each in asked) / len(asked)
    return (f"Refusing every question would give EM and F1 {share:.3f}.",) if share else ()
