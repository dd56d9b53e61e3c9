"""The metrics by name, one measure a file: a new one is a file here and a line below."""

from evals.metrics import (
    choices,
    citations,
    disputes,
    exact_match,
    facts,
    latency,
    mrr,
    ndcg,
    quote_fidelity,
    recall,
    refusal,
    right,
    token_f1,
    unsupported,
    usage,
)
from evals.metrics.measure import Metric

_FILES = (
    right, facts, exact_match, token_f1, choices, disputes, refusal, citations, quote_fidelity, unsupported,
    recall, mrr, ndcg, latency, usage,
)  # fmt: skip
METRICS: dict[str, Metric] = {metric.name: metric for file in _FILES for metric in file.METRICS}

__all__ = ["METRICS", "Metric"]
