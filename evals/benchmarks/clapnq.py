"""CLAPnq: questions with one passage each, answered by some of its sentences or by none (Rosenthal et al. 2024).

The passage is given. What is compared: the first thing that the answer cites, which is one sentence or as many as it needs to
stand alone, against the sentences that any annotator chose; they agree when they share a character of the passage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.benchmarks import answering
from evals.benchmarks.answering import Given
from evals.benchmarks.archive import Archive, Document, Options, indexed, unread
from evals.benchmarks.files import Files
from evals.benchmarks.table import Measured, figures
from evals.metrics import refusal
from evals.metrics.measure import Part
from evals.questions import Question
from index.clean import clean

EXPECTED = "a folder or zip with answerable.jsonl and unanswerable.jsonl of CLAPnq"
COMMAND = "footnote eval bench clapnq FOLDER"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its passage, the sentences that annotators chose, the share they are of the passage's, and its half."""

    question: Question
    document: Document
    chosen: tuple[str, ...]
    share: float
    odd: bool


def measure(path: Path, options: Options) -> Measured:
    """Ask every question of its passage; half of a limit goes to each kind."""
    files = Files(path, EXPECTED, COMMAND)
    each = None if options.limit is None else max(1, options.limit // 2)
    asked = [*_read(files, "answerable.jsonl")[:each], *_read(files, "unanswerable.jsonl")[:each]]
    with indexed([each.document for each in asked], f"clapnq-{files.name}", options) as archive:
        given = answering.from_passage(archive, [(each.question, each.document.name) for each in asked], options)
        leads = [_leads(archive, each, found) for each, found in zip(asked, given, strict=True)]
        outcomes = [each.outcome for each in given]
        refusals = {
            "refusal precision": refusal.precision,
            "refusal recall": refusal.recall,
            "refusal F1": refusal.f1,
            "false refusals": refusal.false_refusals,
        }
        odd = [found for found, each in zip(given, asked, strict=True) if each.odd]  # the threshold is fitted on even ones, too
        rows = {
            "refusing, passage given": {**answering.graded(outcomes, refusals), **answering.auc(given)},
            "refusing, passage given, odd half": {
                **answering.graded([each.outcome for each in odd], refusals),
                **answering.auc(odd),
            },
            "first citation in a chosen sentence": figures(
                {
                    "of answered": [None if found.outcome.refused else lead for found, lead in zip(given, leads, strict=True)],
                    "of answerable": leads,
                }
            ),
        }
        return Measured(rows, len(asked), len(asked), archive.passages, (_chance(asked), *unread(archive.skipped)))


def _read(files: Files, member: str) -> list[Asked]:
    found = []
    for number, (where, entry) in enumerate(files.entries(member)):
        passages = files.list(entry, "passages", where)
        if not passages:
            raise files.wrong(f"{where}: 'passages' is empty")
        name, passage = f"{member}:{files.text(entry, 'id', where)}", passages[0]
        outputs = files.list(entry, "output", where)
        chosen = tuple(str(each) for output in outputs for each in files.list(output, "selected_sentences", where))
        sentences = [str(each) for each in files.list(passage, "sentences", where)]
        share = sum(each in chosen for each in sentences) / max(len(sentences), 1)
        question = Question(name, files.asked(entry, "input", where), refuse=member == "unanswerable.jsonl")
        document = Document(name, files.text(passage, "text", where), files.optional(passage, "title", where))
        found.append(Asked(question, document, chosen, share, number % 2 == 1))
    return found


def _leads(archive: Archive, asked: Asked, given: Given) -> Part:
    """Whether the first citation shares a character with a chosen sentence; nothing where no sentence was chosen."""
    if asked.question.refuse or not asked.chosen:
        return None
    if not given.citations:
        return 0.0, 1.0
    first = given.citations[0]
    article = archive.index.article(first.article_id)
    places = [(article.text.find(said), len(said)) for said in map(clean, asked.chosen)] if article else []
    return float(any(at >= 0 and first.start < at + length and at < first.end for at, length in places)), 1.0


def _chance(asked: Sequence[Asked]) -> str:
    shares = [each.share for each in asked if each.chosen]
    return f"Of a passage's sentences annotators chose {sum(shares) / max(len(shares), 1):.3f}, which guessing would find."
