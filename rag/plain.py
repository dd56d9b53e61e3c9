"""The answer that needs no language model, put together: the sources' own sentences, both sides of what they differ on."""

from collections.abc import Sequence
from time import perf_counter

from index.opened import Index
from rag import conflict, extract
from rag.cite import cite, nearest
from rag.copies import Copies, moment
from rag.look import Asked, Looked, look
from rag.records import Answer, Filters, Nearest
from rag.refuse import reason, reason_beyond
from rag.rerank import Reranker
from rag.settings import settings_hash


def plain(
    asked: Asked, looked: Looked, whole: str, index: Index, *, newest: bool, reader: bool, reranker: Reranker | None = None
) -> Answer:
    """The answer, or the refusal, that the facts of a look come to; `newest` says that the present state was asked for."""
    facts, filters = looked.facts, looked.filters
    beyond = look(whole, Filters(), index, reader=reader, reranker=reranker) if not facts and filters.narrow else None
    copies = Copies(index, filters)
    dispute = disputed(looked, copies, reader=reader)
    if dispute:
        facts = conflict.with_sides(facts, dispute, looked.evidence, index.lexicon)
    sentences, citations = cite(facts, index.lexicon, copies)
    return Answer(
        question=asked.question,
        searched_for=asked.searched,
        filters=filters,
        sentences=sentences,
        citations=citations,
        refused=not facts,
        reason=None if facts else _reason(looked, beyond, index),
        # No side of a disagreement is the answer; of what changed the newest is.
        short=None if dispute and dispute.kind == "differ" else _short(facts),
        disagreements=(conflict.disagreement(asked.searched, dispute, sentences, citations),) if dispute else (),
        nearest=() if facts else _nearest(looked, beyond),
        answerer=extract.NAME if reader else extract.WITHOUT_READER,
        snapshot=index.snapshot,
        settings_hash=settings_hash(reranker),
        as_of=moment(facts[0].shown.article)[:10] or None if facts and newest else None,
        undated_left_out=_undated(index, filters),
        timings=asked.timings(perf_counter()),
    )


def disputed(looked: Looked, copies: Copies, *, reader: bool) -> conflict.Dispute | None:
    """What the evidence of a look differs on, if anything."""
    if not looked.facts:
        return None
    clusters = copies.clusters([item.article for item in looked.evidence])
    threshold = extract.fitted(read=reader).threshold
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
