"""One archive as it is served: its answers in line, and how things stand. HTTP, OpenAI's form and MCP all ask here."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import rag
from index.errors import FootnoteError, IndexMissing
from index.opened import Index, open_index
from index.records import Article, Hit
from index.store import current, read_manifest
from rag.calls import BREAKER
from ui.line import Busy, Line
from ui.metrics import Metrics
from ui.status import name_of

if TYPE_CHECKING:
    from rag.answer import Options
    from rag.events import Event

_log = logging.getLogger("footnote")


class Filters(TypedDict, total=False):
    """What a search may be narrowed to, as `rag.search` explains it."""

    after: str | None
    before: str | None
    outlets: Sequence[str]


@dataclass(slots=True)
class Service:
    """An open archive, what every question to it is asked with, and the line that questions stand in.

    Another `index` may take the place of the first, from the next question on: one that is published in `folder`, which is
    the index's own when not given.
    """

    index: Index
    name: str
    options: "Options"
    line: Line
    metrics: Metrics
    folder: Path | None = None
    _passed_over: tuple[Path, str, str] | None = field(default=None, init=False)  # what could not be opened

    @property
    def models(self) -> tuple[str, ...]:
        """The language models that write, in the order in which they are asked; none when answers quote."""
        model, fallback = self.options.get("model"), self.options.get("fallback") or ()
        first = model if isinstance(model, str) or model is None else model.name
        others = (fallback,) if isinstance(fallback, str) else tuple(fallback)
        return (first, *others) if first else ()

    async def answer(self, question: str, asked: "Options") -> rag.Answer:
        """The answer, as `rag.answer` gives it. Raises what that raises, Busy and Stopping."""
        async with aclosing(self.events(question, asked)) as events:
            *_, found = [event async for event in events]
        assert isinstance(found, rag.Answer)
        return found

    async def events(self, question: str, asked: "Options") -> "AsyncGenerator[Event]":
        """The events of `rag.stream`. Raises what that raises, Busy and Stopping."""
        options: Options = {**self.options, **asked}
        began = perf_counter()
        async with aclosing(self._in_line(lambda: rag.stream(question, index=self.index, **options))) as events:
            async for event in events:
                self._count(event, began)
                yield event

    def stream(self, question: str, *, index: Index, **options: "Unpack[Options]") -> "Iterator[Event]":
        """As `rag.stream`, in the same line as all others: for the page, in a worker thread. Raises Busy and Stopping, too."""
        began = perf_counter()
        try:
            with self.line.place():
                for event in rag.stream(question, index=index, **options):
                    self._count(event, began)
                    yield event
        except Busy:
            self.metrics.refused("queue")
            raise

    async def search(self, question: str, limit: int, filters: "Filters") -> list[Hit]:
        """The passages nearest to a question. Raises as `rag.search` does, and Busy and Stopping."""
        found: list[Hit] = []
        async with aclosing(
            self._in_line(lambda: iter(rag.search(question, index=self.index, limit=limit, **filters)))
        ) as hits:
            async for hit in hits:
                found.append(hit)
        return found

    def article(self, article_id: str) -> Article | None:
        """An article by its id, or None."""
        return self.index.article(article_id)

    def _count(self, event: "Event", began: float) -> None:
        if isinstance(event, rag.Answer):
            self.metrics.answered(event, perf_counter() - began)

    def follow(self) -> None:
        """Serve the index that was published in the folder since this one, from the next question on.

        One that cannot be opened is told once, in the log, and the old one goes on.
        """
        folder = self.folder or self.index.folder
        newest = (folder, "", "")
        try:
            generation = current(folder)
            newest = (folder, generation.name, "")
            # A folder that was made anew counts from 1 again: the content tells.
            newest = (folder, generation.name, read_manifest(folder, generation).snapshot)
            if newest in ((self.index.folder, self.index.generation, self.index.snapshot), self._passed_over):
                return
            index = open_index(folder, embedder=self.index.embedder)
        except IndexMissing:
            return  # none was made yet, or the folder is gone; what is open stays whole
        except FootnoteError as error:
            if newest != self._passed_over:
                _log.warning("%s Serving the old one. To mend it: %s", error.message, error.next_step)
            self._passed_over = newest
            return
        self.take_up(index)

    def take_up(self, index: Index) -> None:
        """Serve another index from the next question on; one of another folder under its own name."""
        if index.folder.resolve() != self.index.folder.resolve():
            self.name = name_of(index, sample=False)
        self.index = index

    async def _in_line(self, make: Callable[[], Iterator[Any]]) -> AsyncGenerator[Any]:
        try:
            async with aclosing(self.line.events(make)) as events:
                async for event in events:
                    yield event
        except Busy:
            self.metrics.refused("queue")
            raise

    def state(self) -> dict[str, Any]:
        """How things stand: what is served, whether something newer was published, and which models rest."""
        address = self.options.get("api_base")
        folder = self.folder or self.index.folder
        try:
            newest = current(folder).name
        except FootnoteError:  # none was made yet, or the folder is gone
            newest = None
        return {
            "ready": not self.line.stopped,
            "archive": self.name,
            "generation": self.index.generation,
            "newest": newest,
            "snapshot": self.index.snapshot,
            "articles": self.index.manifest.counts["articles"],
            "model": self.models[0] if self.models else None,
            "breaker": {name: "open" if BREAKER.rests((name, address)) else "closed" for name in self.models},
            "answering": self.line.busy,
            "waiting": self.line.waiting,
        }
