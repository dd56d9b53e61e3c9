"""Usage: what a language model was given, gave and cost, and how often it failed; nothing where none was used."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome
from rag.extract import NAME, WITHOUT_READER


def _used(outcome: Outcome, *names: str) -> Part:
    usage = (outcome.answer or {}).get("usage")
    return (float(sum(usage[name] for name in names)), 1.0) if usage and all(name in usage for name in names) else None


def degraded(outcome: Outcome) -> Part:
    """Answers that a model was asked for and did not give / answers that a model was asked for."""
    answer = outcome.answer or {}
    if not answer.get("usage") and not answer.get("degraded"):
        return None
    return float(bool(answer.get("degraded")) and answer.get("answerer") in (NAME, WITHOUT_READER)), 1.0


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
    Metric(
        "degraded",
        "Of the answers asked of a language model, the share that had to be made without one.",
        "`degraded` and `answerer` of each answer",
        each(degraded),
        "lower",
    ),
)
