"""From question to answer, on one screen: `answer()`; `trace()` gives its hits, too, `search()` the passages alone."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from time import perf_counter

from index.errors import UsageError
from index.opened import Index
from index.records import Hit
from rag import claims, conflict, extract
from rag import question as questions
from rag import reader as readers
from rag.cite import MAX_SOURCES, cite, nearest
from rag.copies import COVERED, SAME, Copies, moment
from rag.evidence import MAX_UNIT
from rag.look import Looked, in_context, look, look_as_read
from rag.narrow import Reading, read
from rag.records import Answer, Filters, Nearest
from rag.refuse import reason, reason_beyond
from rag.replaced import SAME_WORDS
from rag.retrieve import DEFAULT_LIMIT, DEPTH, MEANING, SENTENCE, WORDS, retrieve


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
) -> Answer:
    """Answer a question from the articles of an index, or refuse with a reason and the nearest articles.

    `history` is earlier turns as (role, text), roles "user" and "assistant". `after` and `before` are ISO days, both
    inclusive, and leave out articles without a date. Dates and outlets that the question names become filters, too, unless
    they were given or `read_filters` is false; "last week" counts from `today`, which is the clock's day when not given.
    Without `reader` the model that reads is left out, and sentences are chosen by likeness to the question: a baseline, and
    worse. Equal input over an equal index gives an equal answer, but for `timings`. Raises UsageError for an empty question,
    a day that is none and an outlet that the archive lacks.
    """
    return trace(
        question, index=index, history=history, after=after, before=before, outlets=outlets, today=today,
        read_filters=read_filters, reader=reader,
    )[0]  # fmt: skip


def trace(
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
) -> tuple[Answer, list[Hit]]:
    """The answer, and the hits that it was made from, best first: what an evaluation looks at. Raises as `answer` does."""
    started = perf_counter()
    question = questions.normalise(question)
    whole = in_context(question, questions.whole(question, history), index)
    given = questions.filters(after, before, outlets, list(index.articles.outlets()))
    counted_from = questions.day(today, "today") or date.today()
    reading = read(whole, given, index, counted_from) if read_filters else Reading(whole, given)
    looked = look_as_read(whole, reading, given, index, reader=reader)
    facts, filters = looked.facts, looked.filters
    beyond = look(whole, Filters(), index, reader=reader) if not facts and filters.narrow else None
    copies = Copies(index, filters)
    dispute = _dispute(looked, copies, extract.fitted(read=reader).threshold)
    if dispute:
        facts = conflict.with_sides(facts, dispute, looked.evidence, index.lexicon)
    sentences, citations = cite(facts, index.lexicon, copies)
    differ = (conflict.disagreement(looked.searched, dispute, sentences, citations),) if dispute else ()
    found = Answer(
        question=question,
        searched_for=looked.searched,
        filters=filters,
        sentences=sentences,
        citations=citations,
        refused=not facts,
        reason=None if facts else _reason(looked, beyond, index),
        # No side of a disagreement is the answer; of what changed the newest is.
        short=None if dispute and dispute.kind == "differ" else _short(facts),
        disagreements=differ,
        nearest=() if facts else _nearest(looked, beyond),
        answerer=extract.NAME if reader else extract.WITHOUT_READER,
        snapshot=index.snapshot,
        settings_hash=settings_hash(),
        as_of=moment(facts[0].shown.article)[:10] or None if facts and reading.newest else None,
        undated_left_out=_undated(index, filters),
        timings={"retrieve": looked.retrieving, "total": perf_counter() - started},
    )
    return found, looked.hits


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
    filters = questions.filters(after, before, outlets, list(index.articles.outlets()))
    return retrieve(index, questions.normalise(question), filters, limit)


def settings_hash() -> str:
    """Twelve hex digits over the reader, its calibration, and the sizes and shares that shape an answer."""
    settings = [
        readers.describe(), readers.MAX_TOKENS, readers.MAX_QUESTION, readers.STRIDE, readers.LONGEST_SPAN, extract.MAX_READ,
        extract.MAX_SENTENCES, extract.FURTHER, MAX_SOURCES, SAME, COVERED, MAX_UNIT, conflict.MAX_SIDES, claims.COVERED,
        claims.SAME_THING, claims.NEAR, SAME_WORDS, DEPTH, WORDS, MEANING, SENTENCE, DEFAULT_LIMIT,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def _dispute(looked: Looked, copies: Copies, threshold: float) -> conflict.Dispute | None:
    if not looked.facts:
        return None
    clusters = copies.clusters([item.article for item in looked.evidence])
    return conflict.find(looked.searched, looked.facts, looked.evidence, threshold, copies.index.lexicon, clusters)


def _short(facts: Sequence[extract.Fact]) -> str | None:
    if not facts or facts[0].shown.answer is None:
        return None
    start, end = facts[0].shown.answer
    return facts[0].shown.article.text[start:end]


def _undated(index: Index, filters: Filters) -> int:
    by_days = (filters.after or filters.before) and not filters.undated
    return index.articles.undated(filters.outlets) if by_days else 0


def _reason(looked: Looked, beyond: Looked | None, index: Index) -> str:
    if beyond is not None and beyond.facts:
        return reason_beyond(looked.filters, beyond.facts[0].shown.article)
    return reason(looked.searched, looked.hits, index)


def _nearest(looked: Looked, beyond: Looked | None) -> tuple[Nearest, ...]:
    """What would answer but for the filters comes first."""
    answering = [fact.shown.article for fact in beyond.facts] if beyond is not None else []
    return nearest([*answering, *(hit.article for hit in looked.hits)])
