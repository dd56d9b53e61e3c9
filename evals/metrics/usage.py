"""Usage: what a language model was given, gave and cost; nothing where none was used."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def _used(outcome: Outcome, *names: str) -> Part:
    usage = (outcome.answer or {}).get("usage")
    return (float(sum(usage[name] for name in names)), 1.0) if usage and all(name in usage for name in names) else None


_SOURCE = "the provider's count, as litellm reports it"
METRICS = (
    Metric(
        "tokens",
        "Mean tokens of an answer, prompt and reply.",
        _SOURCE,
        each(lambda outcome: _used(outcome, "prompt_tokens", "completion_tokens")),
        "lower",
        False,
    ),
    Metric("cost", "Mean cost of an answer.", _SOURCE, each(lambda outcome: _used(outcome, "cost")), "lower", False, None, "$"),
)
