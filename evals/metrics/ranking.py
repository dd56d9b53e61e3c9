"""What the retrieval metrics share: the ranking of articles or passages, judged by ir-measures."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from evals.metrics.measure import Part
from evals.outcomes import Outcome

Unit = Literal["article", "passage"]


def judged(measure: str, unit: Unit) -> Callable[[Sequence[Outcome]], list[Part]]:
    """A measure by its name in ir-measures ("nDCG@10") of the hits of each question that says what to cite.

    A question without a gold article, or whose gold articles hold none of the expected wordings, has no part in it. An
    outcome with an error found nothing.
    """

    def measured(outcomes: Sequence[Outcome]) -> list[Part]:
        import ir_measures

        gold = {str(row): _gold(outcome, unit) for row, outcome in enumerate(outcomes)}
        qrels = {row: dict.fromkeys(sorted(relevant), 1) for row, relevant in gold.items() if relevant}
        ranking = {row: _ranking(outcomes[int(row)], gold[row], unit) for row in qrels}
        if not qrels:
            return [None] * len(outcomes)
        parsed: Any = ir_measures.parse_measure(measure)
        values = {each.query_id: each.value for each in ir_measures.iter_calc([parsed], qrels, ranking)}
        return [(float(values.get(row, 0.0)), 1.0) if row in qrels else None for row in map(str, range(len(outcomes)))]

    return measured


def first_right(outcome: Outcome) -> int | None:
    """The rank, from 1, of the first hit in a gold article; None when there is none."""
    ranks = (rank for rank, hit in enumerate(outcome.hits, start=1) if {hit.article, hit.path} & set(outcome.question.cites))
    return next(ranks, None)


def _gold(outcome: Outcome, unit: Unit) -> set[str]:
    return set(outcome.question.cites) if unit == "article" else {ranked.passage for ranked in outcome.gold}


def _ranking(outcome: Outcome, gold: set[str], unit: Unit) -> dict[str, float]:
    """Names of what was found with falling scores; a gold article goes by the name that the question gives it."""
    names: dict[str, None] = {}
    for hit in outcome.hits:
        if unit == "passage":
            names[hit.passage] = None
        else:
            names[hit.article if hit.article in gold else hit.path] = None
    # Without an entry of its own, ir-measures would leave a question that found nothing out of the mean.
    return {name: float(len(names) - rank) for rank, name in enumerate(names)} or {"": 0.0}
