"""nDCG: gold articles (or passages) found, those further down counting less."""

from evals.metrics.measure import Metric
from evals.metrics.ranking import judged

_SOURCE = "ir-measures nDCG@10: sum of 1 / log2(rank + 1) over the best possible; Järvelin and Kekäläinen 2002"
METRICS = (
    Metric("article_ndcg@10", "Discounted gain of the gold articles among ten hits.", _SOURCE, judged("nDCG@10", "article")),
    Metric(
        "passage_ndcg@10",
        "Discounted gain of the gold passages among ten hits.",
        _SOURCE,
        judged("nDCG@10", "passage"),
        gates=False,
    ),
)
