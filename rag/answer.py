"""From question to answer.

`answer()`; `stream()` gives it as it is made, `trace()` its hits, too, `search()` the passages alone.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypedDict, Unpack

from index.errors import UsageError
from index.opened import Index
from index.records import Hit
from rag import model as models
from rag import question as questions
from rag import rerank
from rag.calls import Calls
from rag.copies import Copies
from rag.events import Event, Found
from rag.generate import Failure, Generator
from rag.limits import Limits
from rag.look import Asked, in_context, look_as_read
from rag.narrow import Reading, read
from rag.plain import disputed, plain
from rag.records import Answer, Filters
from rag.rerank import Reranker
from rag.retrieve import DEFAULT_LIMIT, retrieve
from rag.rewrite import rewritten
from rag.settings import settings_hash


class Options(TypedDict, total=False):
    """What may be asked for beside the question, as `answer` explains it."""

    history: Sequence[tuple[str, str]]
    after: str | date | None
    before: str | date | None
    outlets: str | Sequence[str]
    today: str | date | None
    read_filters: bool
    reader: bool
    reranker: str | Path | Reranker | None
    model: str | Generator | None
    api_base: str | None
    fallback: str | Sequence[str]
    strict_citations: bool
    limits: Limits | None


def answer(
    question: str,
    *,
    index: Index,
    history: Sequence[tuple[str, str]] = (),
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    today: str | date | None = None,
    read_filters: bool = True,
    reader: bool = True,
    reranker: str | Path | Reranker | None = None,
    model: str | Generator | None = None,
    api_base: str | None = None,
    fallback: str | Sequence[str] = (),
    strict_citations: bool = False,
    limits: Limits | None = None,
) -> Answer:
    """Answer a question from the articles of an index, or refuse with a reason and the nearest articles.

    `history` is earlier turns as (role, text), roles "user" and "assistant". `after` and `before` are ISO days, both
    inclusive, and leave out articles without a date. Dates and outlets that the question names become filters, too, unless
    they were given or `read_filters` is false; "last week" counts from `today`, which is the clock's day when not given.
    Without `reader` the model that reads is left out, and sentences are chosen by likeness to the question: a baseline, and
    worse. A `reranker` (a cross-encoder's name or folder, or a `rag.rerank.Reranker`) orders the passages found before they are
    read. Equal input over an equal index gives an equal answer, but for `timings`. Raises UsageError for an empty question, a
    day that is none and an outlet that the archive lacks, ModelError for a reranker that cannot be used.

    With a `model` (`ollama/llama3.2`, `gpt-4o-mini`, any name at an OpenAI-compatible `api_base`, or a `Generator`) it writes
    the answer, and every sentence is checked against what it cites; `fallback` models are asked in turn when it fails. What no
    source bears out is `unsupported`, or dropped with `strict_citations`. Whatever fails, the answer that needs no model comes,
    with the reason in `degraded`. `limits` are the environment's when not given.
    """
    return trace(
        question, index=index, history=history, after=after, before=before, outlets=outlets, today=today,
        read_filters=read_filters, reader=reader, reranker=reranker, model=model, api_base=api_base, fallback=fallback,
        strict_citations=strict_citations, limits=limits,
    )[0]  # fmt: skip


def trace(question: str, *, index: Index, **options: Unpack[Options]) -> tuple[Answer, list[Hit]]:
    """The answer, and the hits that it was made from, best first: what an evaluation looks at. Takes what `answer` takes."""
    asked, events = _made(question, index, **options)
    *_, found = events
    assert isinstance(found, Answer)
    return found, asked.hits


def stream(question: str, *, index: Index, **options: Unpack[Options]) -> Iterator[Event]:
    """The same answer as it is made: `Found`, `Text` and `Said`, `Again` where a model began anew, and the `Answer` last.

    Takes what `answer` takes.
    """
    asked, events = _made(question, index, **options)
    yield Found(asked.searched, len(asked.hits))
    yield from events


def search(
    question: str,
    *,
    index: Index,
    limit: int = DEFAULT_LIMIT,
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    reranker: str | Path | Reranker | None = None,
) -> list[Hit]:
    """The passages nearest to a question, best first, whether or not they answer it. Raises as `answer` does.

    With a `reranker` they are in its order, while their scores stay those of the search.
    """
    if limit < 1:
        raise UsageError(f"A search for {limit} passages finds nothing.", next_step="--limit 10")
    narrowed = _narrowed(index, after, before, outlets)
    return retrieve(index, questions.normalise(question), narrowed, limit, rerank.chosen(reranker))


def _made(
    question: str,
    index: Index,
    *,
    history: Sequence[tuple[str, str]] = (),
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    today: str | date | None = None,
    read_filters: bool = True,
    reader: bool = True,
    reranker: str | Path | Reranker | None = None,
    model: str | Generator | None = None,
    api_base: str | None = None,
    fallback: str | Sequence[str] = (),
    strict_citations: bool = False,
    limits: Limits | None = None,
) -> tuple[Asked, Iterator[Event]]:
    """What was searched and found, and the events of the answer, which is made while they are read."""
    began = perf_counter()
    question, given = questions.normalise(question), _narrowed(index, after, before, outlets)
    counted_from = questions.day(today, "today") or date.today()
    orders = rerank.chosen(reranker)
    asker = models.chosen(model, api_base, fallback, strict_citations, limits)
    calls = asker.calls() if asker else None
    whole, failure = _whole(question, history, index, calls)
    reading = read(whole, given, index, counted_from) if read_filters else Reading(whole, given)
    looked = look_as_read(whole, reading, given, index, reader=reader, reranker=orders)
    asked = Asked(question, looked.searched, history, looked.filters, looked.hits, began, looked.retrieving)
    quoted = partial(plain, asked, looked, whole, index, newest=reading.newest, reader=reader, reranker=orders)
    if not asker or not calls:
        return asked, models.whole(quoted())
    dispute = partial(disputed, looked, Copies(index, looked.filters), reader=reader)
    return asked, models.written(asked, index, asker, calls, asker.settings(settings_hash(orders)), quoted, dispute, failure)


def _whole(question: str, history: Sequence[tuple[str, str]], index: Index, calls: Calls | None) -> tuple[str, Failure | None]:
    """A follow-up made whole, by the model where one is asked; and why models are not to be asked any more, if they failed."""
    told, failure = None, None
    if calls and history:
        try:
            told = rewritten(question, history, calls, index.embedder)
        except Failure as problem:  # no model will answer this question, either
            failure = problem
    return told or in_context(question, questions.whole(question, history), index), failure


def _narrowed(index: Index, after: str | date | None, before: str | date | None, outlets: str | Sequence[str]) -> Filters:
    return questions.filters(after, before, outlets, list(index.articles.outlets()))
