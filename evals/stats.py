"""Figures with intervals, and differences with tests: bootstrap by question, McNemar, Holm.

A part is what a metric says of one question, (numerator, denominator) or nothing; the figure of many is the sum of the
numerators over the sum of the denominators.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2000
PERCENTILE_SAMPLES = 400  # of those, for percentiles, which cannot be had by one product of matrices
SEED = 1979  # the year of Efron's "Bootstrap methods: another look at the jackknife"
LEVEL = 0.95

Parts = NDArray[np.float64]  # shape (questions, 2); a row of zeros is a question that a metric says nothing about


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval and the number of questions it is of."""

    value: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Difference:
    """New minus base over the same questions, its 95 % interval, and the chance of one as large where there is none."""

    value: float
    low: float
    high: float
    p: float
    questions: int


def weights(questions: int, samples: int = SAMPLES, seed: int = SEED) -> NDArray[np.float32]:
    """How often each question is drawn, shape (samples, questions): questions drawn anew with replacement."""
    random = np.random.default_rng(seed)
    counts = np.empty((samples, questions), dtype=np.float32)
    for row in counts:
        row[:] = np.bincount(random.integers(questions, size=questions), minlength=questions)
    return counts


def figure(parts: Parts, drawn: NDArray[np.float32]) -> Figure | None:
    """The ratio of sums with its percentile interval; None when no question has a part in it.

    >>> figure(np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]), weights(3)).value
    0.5
    """
    present = parts[:, 1] > 0
    if not present.any():
        return None
    return Figure(ratio(parts), *_interval(_finite(_ratios(parts, drawn))), int(present.sum()))


def ratio(parts: Parts) -> float:
    """The sum of the numerators over the sum of the denominators, of which there is one at least."""
    return float(parts[:, 0].sum() / parts[:, 1].sum())


def middle(parts: Parts, at: float) -> float:
    """A percentile of the numerators, of which there is one at least."""
    return float(np.percentile(parts[parts[:, 1] > 0, 0], at))


def percentile(parts: Parts, at: float, drawn: NDArray[np.float32]) -> Figure | None:
    """A percentile of the numerators with its interval; None when there are none."""
    present = parts[:, 1] > 0
    if not present.any():
        return None
    return Figure(middle(parts, at), *_interval(_finite(_percentiles(parts, at, drawn))), int(present.sum()))


def difference(base: Parts, new: Parts, drawn: NDArray[np.float32], at: float | None = None) -> Difference | None:
    """New minus base, of ratios or of percentile `at`, the same questions drawn for both; None when either has no value.

    `p` is two-sided: twice the smaller share of samples on one side of nothing, never below 1 / samples.
    """
    present = (base[:, 1] > 0) | (new[:, 1] > 0)
    if not (base[:, 1] > 0).any() or not (new[:, 1] > 0).any():
        return None
    if np.array_equal(base, new):
        return Difference(0.0, 0.0, 0.0, 1.0, int(present.sum()))
    if at is None:
        value, sampled = ratio(new) - ratio(base), _ratios(new, drawn) - _ratios(base, drawn)
    else:
        value = middle(new, at) - middle(base, at)
        sampled = _percentiles(new, at, drawn) - _percentiles(base, at, drawn)
    sampled = _finite(sampled)
    if not len(sampled):
        return None
    share = min((np.sum(sampled <= 0) + 1) / (len(sampled) + 1), (np.sum(sampled >= 0) + 1) / (len(sampled) + 1))
    return Difference(value, *_interval(sampled), min(1.0, 2 * float(share)), int(present.sum()))


def mcnemar(better: int, worse: int) -> float:
    """The exact chance of so lopsided a count of flips were either way as likely (McNemar 1947; binomial, two-sided).

    >>> mcnemar(0, 6)
    0.03125
    >>> mcnemar(0, 0)
    1.0
    """
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0


def holm(ps: Sequence[float]) -> list[float]:
    """Chances corrected for how many were looked at (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(ps)
    least = 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        least = max(least, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = least
    return corrected


def _ratios(parts: Parts, drawn: NDArray[np.float32]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = (drawn @ parts.astype(np.float32)).astype(np.float64)
    ratios = np.full(len(sums), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=ratios, where=sums[:, 1] > 0)
    return ratios


def _percentiles(parts: Parts, at: float, drawn: NDArray[np.float32]) -> NDArray[np.float64]:
    present = parts[:, 1] > 0
    values, counts = parts[present, 0], drawn[:PERCENTILE_SAMPLES, present].astype(np.int64)
    return np.array([np.percentile(np.repeat(values, row), at) if row.any() else np.nan for row in counts])


def _finite(sampled: NDArray[np.float64]) -> NDArray[np.float64]:
    return sampled[np.isfinite(sampled)]


def _interval(sampled: NDArray[np.float64]) -> tuple[float, float]:
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(sampled, [tail, 100 - tail])
    return float(low), float(high)
