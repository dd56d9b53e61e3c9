"""Both sides: whether an answer shows every side of what sources disagree on."""

from evals import match
from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def shown(outcome: Outcome) -> Part:
    """1 when each side's wording occurs in the answer or its disagreements, else 0."""
    sides = outcome.question.disagrees
    return (float(all(match.first(side, outcome.said) for side in sides)), 1.0) if sides else None


METRICS = (
    Metric(
        "both_sides",
        "Share of disputed questions whose answer shows every side.",
        "sides shown, all or nothing, by question",
        each(shown),
    ),
)
