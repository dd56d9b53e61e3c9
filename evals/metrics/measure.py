"""What a metric is: how each outcome is measured, and how a figure is made of many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evals.outcomes import Outcome

# A part of a ratio: numerator and denominator. A figure is the sum of numerators over the sum of denominators, so that a
# plain mean is (value, 1) for each, and a precision (hits, guesses). None: the metric says nothing about this outcome.
Part: TypeAlias = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure with a name, what it means in one sentence, and where its formula is from.

    `gates` says whether getting worse stops a release. `percentile` is None for a ratio of sums; else the figure is that
    percentile of the numerators.
    """

    name: str
    definition: str
    source: str
    measure: Callable[[Sequence[Outcome]], list[Part]]
    better: Literal["higher", "lower"] = "higher"
    gates: bool = True
    percentile: float | None = None
    unit: str = ""


def each(measure: Callable[[Outcome], Part]) -> Callable[[Sequence[Outcome]], list[Part]]:
    """A measure of many outcomes from a measure of one."""
    return lambda outcomes: [measure(outcome) for outcome in outcomes]


def answerable(outcome: Outcome) -> bool:
    """Whether the question is one that the archive answers."""
    return not outcome.question.refuse
