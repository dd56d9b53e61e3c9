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
from rag.cite import COPY, MAX_SOURCES, cite, nearest
from rag.evidence import MAX_UNIT
from rag.records import REFUSAL, Answer
from rag.replaced import SAME_WORDS
from rag.retrieve import DEFAULT_LIMIT, DEPTH, MEANING, SENTENCE, WORDS, retrieve
from rag.spelling import corrected

NOTHING_CLOSE = f"{REFUSAL} Nothing in it is about what was asked."
NOT_THIS = f"{REFUSAL} Some articles are close to the topic, but none of their sentences answers the question."
NOTHING_LEFT = f"{REFUSAL} No article is left by the dates and outlets it was narrowed to."


def answer(
    question: str,
    *,
    index: Index,
    history: Sequence[tuple[str, str]] = (),
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    reader: bool = True,
) -> Answer:
    """Answer a question from the articles of an index, or refuse with a reason and the nearest articles.

    `history` is earlier turns as (role, text), roles "user" and "assistant". `after` and `before` are ISO days, both
    inclusive, and leave out articles without a date. Without `reader` the model that reads is left out, and sentences are
    chosen by likeness to the question: a baseline, and worse. Equal input over an equal index gives an equal answer, but for
    `timings`. Raises UsageError for an empty question, a day that is none and an outlet that the archive lacks.
    """
    return trace(question, index=index, history=history, after=after, before=before, outlets=outlets, reader=reader)[0]


def trace(
    question: str,
    *,
    index: Index,
    history: Sequence[tuple[str, str]] = (),
    after: str | date | None = None,
    before: str | date | None = None,
    outlets: str | Sequence[str] = (),
    reader: bool = True,
) -> tuple[Answer, list[Hit]]:
    """The answer, and the hits that it was made from, best first: what an evaluation looks at. Raises as `answer` does."""
    started = perf_counter()
    question = questions.normalise(question)
    searched = corrected(questions.searched_for(question, history), index)
    filters = questions.filters(after, before, outlets, list(index.articles.outlets()))
    hits = retrieve(index, searched, filters)
    retrieved = perf_counter()
    evidence = extract.judge(searched, hits, index, read=reader)
    facts = extract.pick(evidence, extract.fitted(read=reader).threshold, index.lexicon)
    dispute = conflict.find(searched, facts, evidence, extract.fitted(read=reader).threshold, index.lexicon) if facts else None
    if dispute:
        facts = conflict.with_sides(facts, dispute, evidence, index.lexicon)
    sentences, citations = cite(facts, index.lexicon)
    differ = (conflict.disagreement(searched, dispute, sentences, citations),) if dispute else ()
    found = Answer(
        question=question,
        searched_for=searched,
        filters=filters,
        sentences=sentences,
        citations=citations,
        refused=not facts,
        reason=None if facts else _reason(searched, hits, index),
        # No side of a disagreement is the answer; of what changed the newest is.
        short=None if dispute and dispute.kind == "differ" else _short(facts),
        disagreements=differ,
        nearest=() if facts else nearest([hit.article for hit in hits]),
        answerer=extract.NAME if reader else extract.WITHOUT_READER,
        snapshot=index.snapshot,
        settings_hash=settings_hash(),
        timings={"retrieve": retrieved - started, "total": perf_counter() - started},
    )
    return found, hits


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
        extract.MAX_SENTENCES, extract.FURTHER, MAX_SOURCES, COPY, MAX_UNIT, conflict.MAX_SIDES,
        claims.COVERED, claims.SAME_THING, claims.NEAR, SAME_WORDS, DEPTH, WORDS, MEANING, SENTENCE, DEFAULT_LIMIT,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


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
