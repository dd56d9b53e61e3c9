"""Disputes: whether an answer shows every side of what sources disagree on and says so, and says it of nothing else."""

from evals import match
from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def shown(outcome: Outcome) -> Part:
    """1 when each side's wording occurs in the answer or its disagreements, else 0."""
    sides = outcome.question.disagrees
    return (float(all(match.first(side, outcome.said) for side in sides)), 1.0) if sides else None


def said(outcome: Outcome) -> Part:
    """1 when each side is shown and the answer sets sources against each other, else 0."""
    part = shown(outcome)
    return (part[0] * set_against(outcome), 1.0) if part else None


def other(outcome: Outcome) -> Part:
    """1 when the answer to a question that is not known to be disputed sets sources against each other, else 0."""
    return None if outcome.question.disagrees or outcome.refused else (set_against(outcome), 1.0)


def set_against(outcome: Outcome) -> float:
    """1 when the answer sets sources against each other, else 0."""
    return float(bool(outcome.answer and outcome.answer["disagreements"]))


METRICS = (
    Metric(
        "both_sides",
        "Share of disputed questions whose answer shows every side.",
        "sides shown, all or nothing, by question",
        each(shown),
    ),
    Metric(
        "disputes_said",
        "Share of disputed questions whose answer shows every side and says that sources differ.",
        "sides shown and set against each other, all or nothing, by question",
        each(said),
    ),
    Metric(
        "other_disputes",
        "Share of answers to other questions that say that sources differ.",
        "disagreements where the set has no `disagrees`, by answer; they need not be wrong",
        each(other),
        better="lower",
    ),
)
