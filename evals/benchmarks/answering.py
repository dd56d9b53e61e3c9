"""Answers to a benchmark's questions, by Footnote's whole way over an archive or from one passage that is given."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evals import outcomes, runner, stats
from evals.benchmarks.archive import Archive, Options
from evals.benchmarks.table import Figures, figures
from evals.metrics.measure import Part
from evals.metrics.refusal import false_refusals
from evals.metrics.squad import best, exact, f1
from evals.outcomes import Outcome
from evals.questions import Question, QuestionSet
from rag import extract
from rag.cite import cite
from rag.lexicon import Lexicon
from rag.question import MAX_QUESTION, normalise, searched_for
from rag.records import Citation
from rag.retrieve import given

AUC_QUESTIONS = 4000  # beyond so many, pairs no longer fit into memory at once


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a question whose document was given: the likeliest sentence's chance, and the answer's citations.

    `unrefused` is what would have come of it without a threshold.
    """

    outcome: Outcome
    chance: float
    citations: tuple[Citation, ...]
    unrefused: Outcome


def over_archive(archive: Archive, questions: Sequence[Question], options: Options) -> list[Outcome]:
    """Every question answered by Footnote as it is, which has to find the passages itself."""
    asked = QuestionSet("benchmark", tuple(questions))
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        out = Path(folder) / "run.jsonl"
        runner.run(
            asked,
            archive.index,
            out,
            ask=partial(runner.ask, reader=options.reader),
            progress=lambda _, done, total: options.progress("answering", done, total),
        )
        return outcomes.read(out)[1]


def from_passage(archive: Archive, questions: Sequence[tuple[Question, str]], options: Options) -> list[Given]:
    """Every question answered from the document that goes with it, by the shipped threshold."""
    paths, ids = archive.paths, runner.ids_of(archive.index)
    found = []
    for number, (question, document) in enumerate(questions):
        options.progress("reading the passage", number, len(questions))
        found.append(_given(archive, question, ids[paths[document]] if document in paths else None, options.reader))
    options.progress("reading the passage", len(questions), len(questions))
    return found


def _given(archive: Archive, question: Question, article_id: str | None, read: bool) -> Given:
    index = archive.index
    article = index.article(article_id) if article_id else None
    asked = searched_for(normalise(question.question[:MAX_QUESTION]), question.history)
    # Each passage for itself: the reader's cost for a rank is for what a search put further down.
    hits = given(index, asked, list(index.articles.passages_of(article))) if article else []
    evidence = [item for hit in hits for item in extract.judge(asked, [hit], index, read=read)]
    evidence.sort(key=lambda item: (-item.score, item.start))
    facts = extract.pick(evidence, extract.fitted(read=read).threshold, index.lexicon)
    answered, citations = _outcome(question, facts, index.lexicon)
    unrefused = answered if facts else _outcome(question, extract.pick(evidence, 0.0, index.lexicon), index.lexicon)[0]
    return Given(answered, evidence[0].score if evidence else 0.0, citations, unrefused)


def _outcome(question: Question, facts: Sequence[extract.Fact], lexicon: Lexicon) -> tuple[Outcome, tuple[Citation, ...]]:
    sentences, citations = cite(facts, lexicon)
    shown = facts[0].shown if facts else None
    answer: dict[str, Any] = {
        "refused": not facts,
        "short": shown.article.text[slice(*shown.answer)] if shown and shown.answer else None,
        "sentences": [{"text": sentence.text} for sentence in sentences],
        "citations": [],
        "disagreements": [],
    }
    return Outcome(question, 0, answer), citations


def _among(wanted: bool, compare: Callable[[str, str], float]) -> Callable[[Outcome], Part]:
    return lambda outcome: best(outcome, compare) if outcome.question.refuse is not wanted else None


# As evaluate-v2.0.py counts them: a refusal is the empty answer, which is right where nothing answers.
SQUAD: dict[str, Callable[[Outcome], Part]] = {
    "EM": lambda outcome: best(outcome, exact),
    "F1": lambda outcome: best(outcome, f1),
    "HasAns EM": _among(True, exact),
    "HasAns F1": _among(True, f1),
    "NoAns": _among(False, exact),
    "false refusals": false_refusals,
}


def graded(found: Sequence[Outcome], measures: Mapping[str, Callable[[Outcome], Part]]) -> Figures:
    """Figures by name, of outcomes of different questions."""
    return figures({name: [measure(outcome) for outcome in found] for name, measure in measures.items()})


def squad(found: Sequence[Outcome]) -> Figures:
    """SQuAD's figures; those by kind of question where there are both kinds."""
    both = len({outcome.question.refuse for outcome in found}) == 2
    by_kind = ("HasAns EM", "HasAns F1", "NoAns")
    return graded(found, {name: measure for name, measure in SQUAD.items() if both or name not in by_kind})


def refitted(found: Sequence[Given], *, by_themselves: bool = False) -> list[Outcome]:
    """The outcomes with each half of the questions refused below the threshold that gives the other half the best F1.

    `by_themselves`: all below the one that is best for all, which flatters and is what published figures have
    (evaluate-v2.0.py, best_f1).
    """
    refusal: dict[str, Any] = {"refused": True, "short": None, "sentences": [], "citations": [], "disagreements": []}
    refused = [Outcome(each.outcome.question, 0, refusal) for each in found]
    gained = [_f1(each.unrefused) - _f1(other) for each, other in zip(found, refused, strict=True)]
    outcomes = refused.copy()
    halves = range(0, len(found), 2), range(1, len(found), 2)
    for fitted_on, half in [(range(len(found)),) * 2] if by_themselves else [halves, halves[::-1]]:
        likeliest = sorted(fitted_on, key=lambda number: -found[number].chance)
        gains = np.cumsum([0.0, *(gained[number] for number in likeliest)])
        answered = int(gains.argmax())  # so many are better answered than refused
        threshold = found[likeliest[answered - 1]].chance if answered else np.inf
        for number in half:
            if found[number].chance >= threshold:
                outcomes[number] = found[number].unrefused
    return outcomes


def _f1(outcome: Outcome) -> float:
    part = best(outcome, f1)
    return part[0] if part else 0.0


def failures(found: Sequence[Outcome]) -> tuple[str, ...]:
    """What a table should say about questions that ended in an error."""
    failed = [outcome for outcome in found if outcome.error is not None]
    return (f"{len(failed)} questions failed and count as wrong; the first: {failed[0].error}.",) if failed else ()


def auc(found: Sequence[Given]) -> Figures:
    """The chance that a question with an answer gets a higher chance than one without, ties half (Hanley and McNeil 1982).

    Its interval is by drawing questions of both kinds anew. Nothing when one kind is missing or there are too many.
    """
    chances = np.array([each.chance for each in found])
    answerable = np.array([not each.outcome.question.refuse for each in found])
    if not answerable.any() or answerable.all() or len(found) > AUC_QUESTIONS:
        return {}
    more = chances[answerable][:, None] - chances[~answerable][None, :]
    wins = ((more > 0) + 0.5 * (more == 0)).astype(np.float32)
    drawn = stats.weights(len(found))
    ours, theirs = drawn[:, answerable], drawn[:, ~answerable]
    pairs = ours.sum(axis=1) * theirs.sum(axis=1)
    sampled = ((ours @ wins) * theirs).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
    tail = 50 * (1 - stats.LEVEL)
    low, high = np.percentile(sampled, [tail, 100 - tail])
    return {"AUC": stats.Figure(float(wins.mean()), float(low), float(high), len(found))}
