"""Recall: of the articles (or passages) that a question says to cite, how many are found."""

from evals.metrics.measure import Metric
from evals.metrics.ranking import judged

_SOURCE = "ir-measures R@k: relevant found in the first k / relevant"
METRICS = (
    Metric(
        "article_recall@1", "Share of the gold articles that is the first hit.", _SOURCE, judged("R@1", "article"), gates=False
    ),
    Metric("article_recall@5", "Share of the gold articles among the first 5 found.", _SOURCE, judged("R@5", "article")),
    Metric(
        "article_recall@10",
        "Share of the gold articles among the first 10 found.",
        _SOURCE,
        judged("R@10", "article"),
        gates=False,
    ),
    Metric("passage_recall@5", "Share of the gold passages among the first 5 found.", _SOURCE, judged("R@5", "passage")),
    Metric(
        "passage_recall@10",
        "Share of the gold passages among the first 10 found.",
        _SOURCE,
        judged("R@10", "passage"),
        gates=False,
    ),
)
