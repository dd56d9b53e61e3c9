"""Facts: expected wordings that occur in the answer, anywhere in it and in its first sentence."""

from collections.abc import Callable

from evals import match
from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def _found(said: Callable[[Outcome], str]) -> Callable[[Outcome], Part]:
    def measure(outcome: Outcome) -> Part:
        facts = outcome.question.facts
        if not facts:
            return None
        text = said(outcome)
        return sum(match.first(wordings, text) is not None for wordings in facts) / len(facts), 1.0

    return measure


def _first_sentence(outcome: Outcome) -> str:
    return outcome.answer["sentences"][0]["text"] if outcome.said and outcome.answer else ""


_SOURCE = "facts found / facts expected, by question; nugget recall, Voorhees 2003"
METRICS = (
    Metric("facts", "Share of the expected facts that the answer states.", _SOURCE, each(_found(lambda outcome: outcome.said))),
    Metric(
        "facts_first_sentence",
        "Share of the expected facts that its first sentence states.",
        _SOURCE,
        each(_found(_first_sentence)),
        gates=False,
    ),
)
