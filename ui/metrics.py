"""Figures for Prometheus: how many, how long, what came of it. No question and no address of a client is in them."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest

from rag.records import Answer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 60)


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "footnote_requests", "Requests by route and status.", ["route", "status"], registry=self.registry
        )
        self._answers = Counter("footnote_answers", "Answers by what came of them.", ["outcome"], registry=self.registry)
        self._seconds = Histogram(
            "footnote_answer_seconds", "From question to answer, waiting included.", buckets=_SECONDS, registry=self.registry
        )
        self._refused = Counter("footnote_turned_away", "Requests turned away, by why.", ["why"], registry=self.registry)
        self._tokens = Counter("footnote_model_tokens", "Tokens of language models.", ["kind"], registry=self.registry)

    def watch(self, name: str, help: str, value: Callable[[], float]) -> None:
        """Show a value as it is when the figures are read."""
        Gauge(name, help, registry=self.registry).set_function(value)

    def requested(self, route: str, status: int) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()

    def answered(self, answer: Answer, seconds: float) -> None:
        """Count an answer: `refused`, `degraded` (a model failed) or `answered`."""
        self._answers.labels("refused" if answer.refused else "degraded" if answer.degraded else "answered").inc()
        self._seconds.observe(seconds)
        for kind in ("prompt", "completion"):
            self._tokens.labels(kind).inc((answer.usage or {}).get(f"{kind}_tokens", 0))

    def refused(self, why: str) -> None:
        """Count a request that was turned away: `queue`, `rate`, `access`, `host`, `origin`, `size`."""
        self._refused.labels(why).inc()

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self.registry)
