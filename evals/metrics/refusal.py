"""Refusal: whether what the archive does not answer is refused, and nothing else."""

from evals.metrics.measure import Metric, Part, answerable, each
from evals.outcomes import Outcome

# An outcome with an error is neither a refusal nor an answer: it costs recall, and is no false refusal.


def precision(outcome: Outcome) -> Part:
    """Right refusals / refusals."""
    return (float(not answerable(outcome)), 1.0) if outcome.refused else None


def recall(outcome: Outcome) -> Part:
    """Right refusals / questions to refuse."""
    return None if answerable(outcome) else (float(outcome.refused), 1.0)


def f1(outcome: Outcome) -> Part:
    """2 right refusals / (refusals + questions to refuse)."""
    expected, given = outcome.question.refuse, outcome.refused
    return (2.0 * (expected and given), float(expected) + float(given)) if expected or given else None


def false_refusals(outcome: Outcome) -> Part:
    """Refusals of what the archive answers / questions that it answers."""
    return (float(outcome.refused), 1.0) if answerable(outcome) else None


_SOURCE = "precision, recall and F1 of refusals as the positive class; van Rijsbergen 1979"
METRICS = (
    Metric("refusal_precision", "Of the refusals, the share that was right.", _SOURCE, each(precision), gates=False),
    Metric("refusal_recall", "Of the questions that the archive does not answer, the share refused.", _SOURCE, each(recall)),
    Metric("refusal_f1", "Harmonic mean of refusal precision and recall.", _SOURCE, each(f1), gates=False),
    Metric(
        "false_refusals",
        "Of the questions that the archive answers, the share refused.",
        _SOURCE,
        each(false_refusals),
        "lower",
    ),
)
