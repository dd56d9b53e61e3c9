"""Questions stand in line: so many are answered at once, so many wait, and every further one is turned away at once.

Answers are made in threads of their own, which end with the process. A place is taken until the thread is done, whoever
asked may be gone by then: what is counted is work, not listeners.
"""

import asyncio
import math
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from anyio import from_thread

DEFAULT_WAITING = 16
GRACE = 8.0  # seconds that answers in flight have left when the server is told to stop
_ENDED = object()
_FIRST_GUESS = 0.5  # seconds of an answer, before any was made
_WEIGHT = 0.2  # of the newest answer's time in the running mean


class Busy(Exception):
    """The line is full; `after` is in how many seconds it is worth coming back."""

    def __init__(self, after: int) -> None:
        super().__init__(f"Too many questions are waiting; come back in {after} s.")
        self.after = after


class Stopping(Exception):
    """The server was told to stop before the answer was whole."""

    def __init__(self) -> None:
        super().__init__("The server is stopping and did not finish this answer.")


class Line:
    """One line of questions, in front of `at_once` places."""

    def __init__(self, *, at_once: int, waiting: int = DEFAULT_WAITING, grace: float = GRACE) -> None:
        self.at_once, self.most_waiting, self.grace = at_once, waiting, grace
        self.busy = 0
        self.stopped = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._told: set[asyncio.Queue[Any]] = set()  # where the answers in flight are listened to
        self._seconds = _FIRST_GUESS

    @property
    def waiting(self) -> int:
        """How many questions wait for a place."""
        return len(self._waiting)

    @property
    def after(self) -> int:
        """Whole seconds until a place in the line is likely to be free."""
        return max(1, math.ceil(self._seconds * (self.waiting + 1) / self.at_once))

    async def events(self, make: Callable[[], Iterator[Any]]) -> AsyncGenerator[Any]:
        """What `make()` gives, made in a thread; its errors are raised here. Raises Busy at once, or Stopping.

        Who stops listening stops the work at the next event.
        """
        await self._place()
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Any] = asyncio.Queue()
        gone = threading.Event()

        def tell(item: Any) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, item)

        def work() -> None:
            began = loop.time()
            try:
                for event in (events := make()):
                    tell(event)
                    if gone.is_set():
                        if hasattr(events, "close"):
                            events.close()
                        break
                tell(_ENDED)
            except BaseException as error:
                tell(error)
            finally:
                loop.call_soon_threadsafe(self._free, loop.time() - began)

        self._told.add(heard)
        threading.Thread(target=_unless_closed(work), name="answer", daemon=True).start()
        try:
            while (event := await heard.get()) is not _ENDED:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            gone.set()
            self._told.discard(heard)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for what one of the loop's worker threads (anyio's) does itself. Raises Busy at once, or Stopping."""
        loop = from_thread.run_sync(asyncio.get_running_loop)
        from_thread.run(self._place)
        began = loop.time()
        try:
            yield
        finally:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._free, loop.time() - began)

    def stop(self) -> None:
        """Turn away all who wait, and after `grace` seconds those whose answers are not whole. Called in the loop."""
        self.stopped = True
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(Stopping())
        asyncio.get_running_loop().call_later(self.grace, self._cut)

    async def _place(self) -> None:
        if self.stopped:
            raise Stopping
        if self.busy < self.at_once:
            self.busy += 1
            return
        if self.waiting >= self.most_waiting:
            raise Busy(self.after)
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter  # `_free` hands its place over
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._hand_over()  # the place came as we left
            elif waiter in self._waiting:
                self._waiting.remove(waiter)
            raise

    def _free(self, seconds: float) -> None:
        self._seconds += _WEIGHT * (seconds - self._seconds)
        self._hand_over()

    def _hand_over(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.busy -= 1

    def _cut(self) -> None:
        for heard in self._told:
            heard.put_nowait(Stopping())


def _unless_closed(work: Callable[[], None]) -> Callable[[], None]:
    """The work, silent about a loop that was closed while it was done: nobody is left to be told."""

    def quiet() -> None:
        try:
            work()
        except RuntimeError:
            return

    return quiet
