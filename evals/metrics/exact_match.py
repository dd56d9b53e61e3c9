"""Exact match of the short answer with a gold answer."""

from evals.metrics.measure import Metric, each
from evals.metrics.squad import best, exact

METRICS = (
    Metric(
        "exact_match",
        "Share of short answers that equal a gold answer once normalised; a refusal is the empty answer.",
        "SQuAD evaluate-v2.0.py; Rajpurkar et al. 2016",
        each(lambda outcome: best(outcome, exact)),
        gates=False,
    ),
)
