"""From question to answer.

`answer()`; `stream()` gives it as it is made, `trace()` its hits, too, `search()` the passages alone.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from time import perf_counter
from typing import TypedDict, Unpack

from index.errors import UsageError
from index.opened import Index
from index.records import Hit
from rag import extract
from rag import model as models
from rag import question as questions
from rag import reader as readers
from rag.cite import COPY, MAX_SOURCES, cite, nearest
from rag.events import Event, Found
from rag.evidence import MAX_UNIT
from rag.generate import Failure, Generator
from rag.limits import Limits
from rag.records import REFUSAL, Answer, Filters
from rag.retrieve import DEFAULT_LIMIT, DEPTH, RRF_K, Asked, retrieve
from rag.rewrite import searched_for
from rag.spelling import corrected

NOTHING_CLOSE = f"{REFUSAL} Nothing in it is about what was asked."
NOT_THIS = f"{REFUSAL} Some articles are close to the topic, but none of their sentences answers the question."
NOTHING_LEFT = f"{REFUSAL} No article is left by the dates and outlets it was narrowed to."


class Options(TypedDict, total=False):
    """What may be asked for beside the question, as `answer` explains it."""

    history: Sequence[tuple[str, str]]
    after: str | date | None
    before: str | date | None
    outlets: str | Sequence[str]
    reader: bool
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
    reader: bool = True,
    model: str | Generator | None = None,
    api_base: str | None = None,
    fallback: str | Sequence[str] = (),
    strict_citations: bool = False,
    limits: Limits | None = None,
) -> Answer:
    """Answer a question from the articles of an index, or refuse with a reason and the nearest articles.

    `history` is earlier turns as (role, text), roles "user" and "assistant". `after` and `before` are ISO days, both
    inclusive, and leave out articles without a date. Without `reader` the model that reads is left out, and sentences are
    chosen by likeness to the question: a baseline, and worse. Equal input over an equal index gives an equal answer, but for
    `timings`. Raises UsageError for an empty question, a day that is none and an outlet that the archive lacks.

    With a `model` (`ollama/llama3.2`, `gpt-4o-mini`, any name at an OpenAI-compatible `api_base`, or a `Generator`) it writes
    the answer, and every sentence is checked against what it cites; `fallback` models are asked in turn when it fails. What no
    source bears out is `unsupported`, or dropped with `strict_citations`. Whatever fails, the answer that needs no model comes,
    with the reason in `degraded`. `limits` are the environment's when not given.
    """
    return trace(
        question, index=index, history=history, after=after, before=before, outlets=outlets, reader=reader, model=model,
        api_base=api_base, fallback=fallback, strict_citations=strict_citations, limits=limits,
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
) -> list[Hit]:
    """The passages nearest to a question, best first, whether or not they answer it. Raises as `answer` does."""
    if limit < 1:
        raise UsageError(f"A search for {limit} passages finds nothing.", next_step="--limit 10")
    return retrieve(index, questions.normalise(question), _narrowed(index, after, before, outlets), limit)


def settings_hash() -> str:
    """Twelve hex digits over the reader, its calibration, and the sizes and shares that shape an answer."""
    settings = [
        readers.describe(), readers.MAX_TOKENS, readers.MAX_QUESTION, readers.STRIDE, readers.LONGEST_SPAN, extract.MAX_READ,
        extract.MAX_SENTENCES, extract.FURTHER, MAX_SOURCES, COPY, MAX_UNIT, DEPTH, RRF_K, DEFAULT_LIMIT,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def _made(
    question: str,
    index: Index,
    *,
    history: Sequence[tuple[str, str]] = (),
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    reader: bool = True,
    model: str | Generator | None = None,
    api_base: str | None = None,
    fallback: str | Sequence[str] = (),
    strict_citations: bool = False,
    limits: Limits | None = None,
) -> tuple[Asked, Iterator[Event]]:
    """What was searched and found, and the events of the answer, which is made while they are read."""
    began = perf_counter()
    question, filters = questions.normalise(question), _narrowed(index, after, before, outlets)
    asker = models.chosen(model, api_base, fallback, strict_citations, limits)
    calls = asker.calls() if asker else None
    searched, failure = questions.searched_for(question, history), None
    if calls and history:
        try:
            searched = searched_for(question, history, calls, index.embedder)
        except Failure as problem:  # no model will answer this question, either
            failure = problem
    searched = corrected(searched, index)
    hits = retrieve(index, searched, filters)
    asked = Asked(question, searched, history, filters, hits, began, perf_counter())
    if not asker or not calls:
        return asked, models.whole(_plain(asked, index, reader=reader))
    settings = asker.settings(settings_hash())
    return asked, models.written(asked, index, asker, calls, settings, lambda: _plain(asked, index, reader=reader), failure)


def _plain(asked: Asked, index: Index, *, reader: bool) -> Answer:
    """The answer that needs no language model: the sources' own sentences."""
    evidence = extract.judge(asked.searched, asked.hits, index, read=reader)
    facts = extract.pick(evidence, extract.fitted(read=reader).threshold, index.lexicon)
    sentences, citations = cite(facts, index.lexicon)
    return Answer(
        question=asked.question,
        searched_for=asked.searched,
        filters=asked.filters,
        sentences=sentences,
        citations=citations,
        refused=not facts,
        reason=None if facts else _reason(asked.searched, asked.hits, index),
        short=_short(facts),
        disagreements=(),
        nearest=() if facts else nearest([hit.article for hit in asked.hits]),
        answerer=extract.NAME if reader else extract.WITHOUT_READER,
        snapshot=index.snapshot,
        settings_hash=settings_hash(),
        timings=asked.timings(perf_counter()),
    )


def _narrowed(index: Index, after: str | date | None, before: str | date | None, outlets: str | Sequence[str]) -> Filters:
    return questions.filters(after, before, outlets, list(index.articles.outlets()))


def _short(facts: Sequence[extract.Fact]) -> str | None:
    if not facts or facts[0].shown.answer is None:
        return None
    start, end = facts[0].shown.answer
    return facts[0].shown.article.text[start:end]


def _reason(searched: str, hits: Sequence[Hit], index: Index) -> str:
    if not hits:
        return NOTHING_LEFT
    # More than half of what was asked about stands in one passage: the topic is there, the answer is not.
    closest = max(extract.shared(searched, hit, index.lexicon) for hit in hits)
    return NOT_THIS if closest > 0.5 else NOTHING_CLOSE
