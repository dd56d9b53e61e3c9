"""Choices: whether the answer speaks for the right one of several."""

from evals import match
from evals.metrics.measure import Metric, Part, each
from evals.metrics.squad import f1, predicted
from evals.outcomes import Outcome


def right_choice(outcome: Outcome) -> Part:
    """1 when the choice best supported by the answer is the first gold answer; a tie is shared; a refusal has none."""
    choices = outcome.question.choices
    if not choices:
        return None
    support = [
        (match.occurs(choice, outcome.said), f1(predicted(outcome), choice), f1(outcome.said, choice)) for choice in choices
    ]
    best = max(support)
    if not any(best):
        return 0.0, 1.0
    tied = [choice for choice, each in zip(choices, support, strict=True) if each == best]
    return (1 / len(tied) if outcome.question.answers[0] in tied else 0.0), 1.0


METRICS = (
    Metric(
        "right_choice",
        "Share of multiple-choice questions whose right choice is the one that the answer supports best.",
        "occurs in the answer, else token F1 with the short answer, else with the whole",
        each(right_choice),
    ),
)
