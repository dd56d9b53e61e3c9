"""Mean reciprocal rank: how far up the first right article (or passage) stands."""

from evals.metrics.measure import Metric
from evals.metrics.ranking import judged

_SOURCE = "ir-measures RR@10: 1 / rank of the first relevant; Kantor and Voorhees 2000"
METRICS = (
    Metric(
        "article_mrr",
        "One over the rank of the first gold article, 0 beyond the tenth.",
        _SOURCE,
        judged("RR@10", "article"),
        gates=False,
    ),
    Metric(
        "passage_mrr", "One over the rank of the first gold passage, 0 beyond the tenth.", _SOURCE, judged("RR@10", "passage")
    ),
)
