"""Unsupported sentences: said without a source that bears them out."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def unsupported(outcome: Outcome) -> Part:
    """Sentences marked unsupported / sentences."""
    sentences = (outcome.answer or {"sentences": ()})["sentences"]
    if not sentences:
        return None
    return float(sum(sentence["status"] == "unsupported" for sentence in sentences)), float(len(sentences))


METRICS = (
    Metric(
        "unsupported",
        "Share of answer sentences that no cited words bear out.",
        "status of each sentence, as shown to the reader",
        each(unsupported),
        better="lower",
    ),
)
