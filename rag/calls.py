"""Asking models so that something whole comes back: retries, a breaker, models that stand in, the day's budget.

At most two further attempts, and only where trying again can help (`Failure.again`). A model that failed five times in a row
rests. Models are asked in the order given; when the last has failed, Failure says what each of them did.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.budget import Budget, Spent
from rag.events import Again
from rag.generate import CHARACTERS_A_TOKEN, Done, Failure, Generator, Message, price
from rag.limits import Limits

FIRST_PAUSE = 0.5  # seconds before a second attempt, twice that before a third, where the server asks for no other


class Breaker:
    """Which models rest, for how long. One for the whole process, so that every question learns from those before it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[object, int] = {}
        self._until: dict[object, float] = {}

    def rests(self, model: object) -> bool:
        """Whether a model must not be asked now; when its rest is over, it is tried, and one more failure sends it back."""
        with self._lock:
            return self._clock() < self._until.get(model, 0.0)

    def note(self, model: object, limits: Limits, *, failed: bool) -> None:
        """Count a failure, or forget those before a success."""
        with self._lock:
            self._failures[model] = self._failures.get(model, 0) + 1 if failed else 0
            if self._failures[model] >= limits.failures:
                self._until[model] = self._clock() + limits.rest


BREAKER = Breaker()


@dataclass
class Usage:
    """What an answer took so far; a counter, and the one record here that changes."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, float]:
        """As `Answer.usage` has it."""
        return {
            "calls": self.calls, "prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens,
            "cost": self.cost, "seconds": self.seconds,
        }  # fmt: skip


class Calls:
    """The models of one answer, in the order in which they are asked, and the time that is left for all of it."""

    def __init__(
        self,
        models: Sequence[Generator],
        limits: Limits,
        *,
        breaker: Breaker = BREAKER,
        budget: Budget | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.models, self.limits = tuple(models), limits
        self.usage = Usage()
        self.answerer = self.models[0].name
        self.problems: list[str] = []  # of the models that were passed over, in words
        self._ends = time.monotonic() + limits.whole
        self._breaker, self._budget, self._pause = breaker, budget or Budget(limits), pause

    @property
    def left(self) -> float:
        """Seconds left for the whole answer."""
        return self._ends - time.monotonic()

    def stream(self, messages: Sequence[Message]) -> Iterator[str | Again]:
        """Pieces of one whole reply; after `Again` those before it are no part of it. Raises Failure when no model gave one."""
        problems: list[str] = []
        shown = False
        for model in self.models:
            try:
                for piece in self._attempts(model, messages):
                    shown = True
                    yield piece
            except Spent as spent:
                raise Failure(f"{model.name} {spent.words}") from spent
            except Failure as failure:
                problems.append(f"{model.name} {failure.words}")
                if shown and model is not self.models[-1]:
                    yield Again(problems[-1])
                continue
            self.answerer = model.name
            self.problems += [problem for problem in problems if problem not in self.problems]
            return
        raise Failure("; ".join(problems))

    def text(self, messages: Sequence[Message]) -> str:
        """One whole reply. Raises Failure."""
        parts: list[str] = []
        for piece in self.stream(messages):
            if isinstance(piece, Again):
                parts.clear()
            else:
                parts.append(piece)
        return "".join(parts)

    def _attempts(self, model: Generator, messages: Sequence[Message]) -> Iterator[str | Again]:
        key = (model.name, getattr(model, "api_base", None))
        for attempt in range(self.limits.retries + 1):
            if self._breaker.rests(key):
                raise Failure(f"rests after {self.limits.failures} failures in a row")
            shown = False
            try:
                for piece in self._once(model, messages):
                    shown = True
                    yield piece
            except Spent:
                raise
            except Failure as failure:
                self._breaker.note(key, self.limits, failed=True)
                wait = FIRST_PAUSE * 2**attempt if failure.after is None else failure.after
                last = attempt == self.limits.retries or not failure.again
                if last or (failure.after or 0) > self.limits.retry_after or wait >= self.left:
                    raise
                if shown:
                    yield Again(f"{model.name} {failure.words}")
                self._pause(wait)
                continue
            self._breaker.note(key, self.limits, failed=False)
            return

    def _once(self, model: Generator, messages: Sequence[Message]) -> Iterator[str]:
        if self.left <= 0:
            raise Failure(f"was left no time of the {self.limits.whole:g} s of an answer")
        asked = sum(len(message["content"]) for message in messages) // CHARACTERS_A_TOKEN
        most = asked + self.limits.reply_tokens
        money = price(model.name, asked, self.limits.reply_tokens) if self.limits.daily_money is not None else 0.0
        day = self._budget.reserve(most, money)
        stream, said, done = model.stream(messages, self._ends), False, None
        self.usage.calls += 1
        try:
            while (piece := self._waited(stream)) is not None:
                if isinstance(piece, Done):
                    done = piece
                    break
                said = True
                yield piece
            if done is None:
                raise Failure("broke off in the middle of its answer", again=True)
        finally:
            if done is not None:
                self.usage.prompt_tokens += done.prompt_tokens
                self.usage.completion_tokens += done.completion_tokens
                self.usage.cost += done.cost
                self._budget.settle(day, done.prompt_tokens + done.completion_tokens - most, done.cost - money)
            elif not said:
                self._budget.settle(day, -most, -money)

    def _waited(self, stream: Iterator[str | Done]) -> str | Done | None:
        """The next piece, its time counted as the model's; what is done between two pieces is not."""
        began = time.monotonic()
        try:
            return next(stream, None)
        finally:
            self.usage.seconds += time.monotonic() - began
