"""Token F1 of the short answer with a gold answer."""

from evals.metrics.measure import Metric, each
from evals.metrics.squad import best, f1

METRICS = (
    Metric(
        "token_f1",
        "Mean over questions of the best F1 of shared words between the short answer and a gold answer.",
        "SQuAD evaluate-v2.0.py; Rajpurkar et al. 2016",
        each(lambda outcome: best(outcome, f1)),
    ),
)
