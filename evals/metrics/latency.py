"""Latency: how long whole answers took."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def seconds(outcome: Outcome) -> Part:
    """Seconds of the whole answer; a question that failed took no time that counts."""
    return (outcome.seconds["total"], 1.0) if outcome.error is None and "total" in outcome.seconds else None


_SOURCE = "percentile by linear interpolation; Hyndman and Fan 1996, type 7"
METRICS = (
    Metric("latency_p50", "Median seconds of an answer.", _SOURCE, each(seconds), "lower", False, 50, "s"),
    Metric("latency_p95", "Seconds within which 95 of 100 answers came.", _SOURCE, each(seconds), "lower", False, 95, "s"),
)
