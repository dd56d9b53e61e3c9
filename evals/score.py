"""Stored outcomes -> figures with intervals, over all questions and by tag. Nothing is answered again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evals import stats
from evals.metrics import METRICS, Metric
from evals.metrics.right import reasons
from evals.outcomes import Head, Outcome, missing


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a run by metric, and by tag and metric; a metric that says nothing about it is not there at all.

    `wrong` gives the reasons for every outcome that was not right, by question and repeat.
    """

    head: Head
    outcomes: int
    failed: int
    missing: int
    figures: dict[str, stats.Figure]
    by_tag: dict[str, dict[str, stats.Figure]]
    wrong: dict[tuple[str, int], list[str]]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        found = asdict(self)
        found["wrong"] = [{"id": key[0], "repeat": key[1], "reasons": why} for key, why in self.wrong.items()]
        return found


def score(head: Head, outcomes: Sequence[Outcome], metrics: Mapping[str, Metric] = METRICS) -> Scores:
    """Grade a run. Repeats of a question count together as that question."""
    parts = {name: by_question(metric, outcomes) for name, metric in metrics.items()}
    tags = sorted({tag for outcome in outcomes for tag in outcome.question.tags})
    names = question_ids(outcomes)
    tagged = {tag: {outcome.question.id for outcome in outcomes if tag in outcome.question.tags} for tag in tags}
    return Scores(
        head=head,
        outcomes=len(outcomes),
        failed=sum(outcome.error is not None for outcome in outcomes),
        missing=missing(head, outcomes),
        figures=_figures(metrics, parts, np.ones(len(names), dtype=bool)),
        by_tag={tag: _figures(metrics, parts, np.array([name in tagged[tag] for name in names])) for tag in tags},
        wrong={outcome.key: why for outcome in outcomes if (why := reasons(outcome))},
    )


def question_ids(outcomes: Sequence[Outcome]) -> list[str]:
    """The ids of the questions in the order in which they were first answered."""
    return list(dict.fromkeys(outcome.question.id for outcome in outcomes))


def by_question(metric: Metric, outcomes: Sequence[Outcome]) -> stats.Parts:
    """What a metric says of every question, repeats added up; shape (questions, 2)."""
    row = {name: at for at, name in enumerate(question_ids(outcomes))}
    parts = np.zeros((len(row), 2))
    for outcome, part in zip(outcomes, metric.measure(outcomes), strict=True):
        if part is not None:
            parts[row[outcome.question.id]] += part
    if metric.percentile is not None:  # the mean of a question's repeats
        np.divide(parts, parts[:, 1:], out=parts, where=parts[:, 1:] > 0)
    return parts


def _figures(
    metrics: Mapping[str, Metric], parts: Mapping[str, stats.Parts], rows: np.ndarray[Any, Any]
) -> dict[str, stats.Figure]:
    if not rows.any():
        return {}
    drawn = stats.weights(int(rows.sum()))
    found = {}
    for name, metric in metrics.items():
        own = parts[name][rows]
        at = metric.percentile
        figure = stats.figure(own, drawn) if at is None else stats.percentile(own, at, drawn)
        if figure is not None:
            found[name] = figure
    return found
