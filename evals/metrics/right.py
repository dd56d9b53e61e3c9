"""Right: whether an outcome is all that its question expects. What flips between two runs is this."""

from collections.abc import Sequence

from evals import match
from evals.metrics.choices import right_choice
from evals.metrics.citations import recall
from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def reasons(outcome: Outcome) -> list[str]:
    """Why an outcome is not right, in words; empty when it is."""
    question = outcome.question
    if outcome.error is not None:
        return [f"failed: {outcome.error}"]
    if question.refuse:
        return [] if outcome.refused else ["answered; a refusal was expected"]
    if outcome.refused:
        return ["refused; an answer was expected"]
    found = [f"lacks {_quoted(wordings)}" for wordings in question.facts if not match.first(wordings, outcome.said)]
    found += [f"says {_quoted([wording])}" for wording in question.forbid if match.occurs(wording, outcome.said)]
    found += [f"lacks the side {_quoted(side)}" for side in question.disagrees if not match.first(side, outcome.said)]
    cited = recall(outcome)
    if cited is not None and cited[0] < 1:
        found.append(f"does not cite {' and '.join(question.cites) if question.cites_all else ' or '.join(question.cites)}")
    golds = [answer for answer in question.answers if answer]
    if golds and not question.facts and not question.choices and not match.first(tuple(golds), outcome.said):
        found.append(f"lacks {_quoted(golds)}")
    chosen = right_choice(outcome)
    if chosen is not None and chosen[0] < 1:
        found.append(f"does not speak for {_quoted(question.answers[:1])}")
    return found


def _quoted(wordings: Sequence[str]) -> str:
    return f"'{' | '.join(wordings)}'"


def right(outcome: Outcome) -> Part:
    """1 when nothing is wrong, else 0; an error is wrong."""
    return float(not reasons(outcome)), 1.0


METRICS = (
    Metric(
        "right",
        "Share of questions whose outcome is all that was expected of it.",
        "all expectations of the question hold; a question that failed is wrong",
        each(right),
    ),
)
