"""TREC CAsT 2020: how close a follow-up as searched comes to what a person made of it (Dalton et al. 2020).

What is compared: lower-case words, stop words and all. Token F1 is the harmonic mean of precision and recall of words, ROUGE-1
recall the share of the person's words that are there. The history is the utterances before, as asked; answers are not in it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.benchmarks.archive import Options
from evals.benchmarks.files import Files
from evals.benchmarks.table import Measured, figures
from evals.metrics.measure import Part
from index.keyword import words
from rag.question import MAX_QUESTION, normalise, searched_for

EXPECTED = (
    'a topics file of CAsT 2020: [{"number", "turn": [{"number", "raw_utterance", "manual_rewritten_utterance", '
    '"automatic_rewritten_utterance"}]}]'
)
COMMAND = "footnote eval bench cast2020 FILE"
ORGANISERS = "the organisers' automatic rewrite"


@dataclass(frozen=True, slots=True)
class Turn:
    """A follow-up, what was asked before it, and the rewrites of it: a person's, and a program's when the file has it."""

    asked: str
    before: tuple[str, ...]
    rewrite: str
    automatic: str


def measure(path: Path, options: Options) -> Measured:
    """Compare every turn that has one before it; nothing is indexed."""
    turns = _read(Files(path, EXPECTED, COMMAND))[: options.limit]
    ways: dict[str, list[str]] = {
        "as searched": [_searched(turn) for turn in turns],
        "as asked": [turn.asked for turn in turns],
        "history in front": [" ".join([*turn.before, turn.asked]) for turn in turns],
    }
    if all(turn.automatic for turn in turns):
        ways[ORGANISERS] = [turn.automatic for turn in turns]
    rows = {
        label: figures(
            {
                "token F1": [_overlap(text, turn.rewrite)[0] for text, turn in zip(texts, turns, strict=True)],
                "ROUGE-1 recall": [_overlap(text, turn.rewrite)[1] for text, turn in zip(texts, turns, strict=True)],
            }
        )
        for label, texts in ways.items()
    }
    return Measured(rows, len(turns), notes=("Questions are the turns after the first of each conversation.",))


def _searched(turn: Turn) -> str:
    return searched_for(normalise(turn.asked[:MAX_QUESTION]), [("user", text) for text in turn.before])


def _overlap(text: str, rewrite: str) -> tuple[Part, Part]:
    """F1 and recall of the words of a text against those of a rewrite, which has some."""
    ours, theirs = words(text), words(rewrite)
    same = sum((Counter(ours) & Counter(theirs)).values())
    return (2 * same / (len(ours) + len(theirs)), 1.0), (same / len(theirs), 1.0)


def _read(files: Files) -> Sequence[Turn]:
    contents = {"topics": files.document()}
    found: list[Turn] = []
    for number, topic in enumerate(files.list(contents, "topics", files.where())):
        before: tuple[str, ...] = ()
        for place, turn in enumerate(files.list(topic, "turn", f"{files.where()}: [{number}]")):
            where = f"{files.where()}: [{number}].turn[{place}]"
            asked = files.asked(turn, "raw_utterance", where)
            if before:
                rewrite = files.asked(turn, "manual_rewritten_utterance", where)
                found.append(Turn(asked, before, rewrite, files.optional(turn, "automatic_rewritten_utterance", where)))
            before = (*before, asked)
    if not found:
        raise files.wrong(f"{files.where()} holds no follow-up")
    return found
