"""Quote fidelity: whether quotes are what stands in the article, character for character."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def faithful(outcome: Outcome) -> Part:
    """Citations whose quote equals the article's text at their offsets / citations."""
    citations = (outcome.answer or {"citations": ()})["citations"]
    if not citations:
        return None
    pairs = zip(citations, outcome.cited, strict=True)
    return float(sum(citation["quote"] == cited.found for citation, cited in pairs)), float(len(citations))


METRICS = (
    Metric(
        "quote_fidelity",
        "Share of citations whose quote equals text[start:end] of the article.",
        "Footnote's promise of exactness",
        each(faithful),
    ),
)
