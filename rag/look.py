"""One look into the archive: hits, judged sentences, facts; and a second look where dates or outlets left nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from index.opened import Index
from index.records import Hit
from rag import extract
from rag.cite import updated
from rag.copies import Copies, moment
from rag.followup import Whole
from rag.lexicon import content
from rag.narrow import Reading
from rag.records import Evidence, Filters
from rag.rerank import Reranker
from rag.retrieve import DEFAULT_LIMIT, retrieve
from rag.spelling import corrected


@dataclass(frozen=True, slots=True)
class Looked:
    """What was searched for, what was found, every sentence judged, what answers, and the seconds that the search took."""

    searched: str
    filters: Filters
    hits: list[Hit]
    evidence: list[Evidence]
    facts: list[extract.Fact]
    retrieving: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, how it was searched, what was found; `began` is a moment of `perf_counter`, `retrieving` seconds."""

    question: str
    searched: str
    history: Sequence[tuple[str, str]]
    filters: Filters
    hits: list[Hit]
    began: float
    retrieving: float

    def timings(self, now: float) -> dict[str, float]:
        """Seconds that the search took, and all until now."""
        return {"retrieve": self.retrieving, "total": now - self.began}


def look(
    searched: str, filters: Filters, index: Index, *, reader: bool, newest: bool = False, reranker: Reranker | None = None
) -> Looked:
    """Search, judge and pick; corrected versions stand for what they correct, and with `newest` the newest report leads."""
    started = perf_counter()
    searched = corrected(searched, index)
    hits = retrieve(index, searched, filters, reranker=reranker)
    retrieving = perf_counter() - started
    threshold = extract.fitted(read=reader).threshold
    evidence = extract.judge(searched, hits, index, read=reader)
    facts = extract.pick(newest_first(evidence, threshold) if newest else evidence, threshold, index.lexicon)
    return Looked(searched, filters, hits, evidence, updated(facts, Copies(index, filters)), retrieving)


def look_as_read(
    whole: str, reading: Reading, given: Filters, index: Index, *, reader: bool, reranker: Reranker | None = None
) -> Looked:
    """Look with the filters that the question names; where that finds nothing, its days may be those that a text tells of.

    "How many died in 2012?" is not asked for articles of 2012 alone: a later sentence that names the year answers, too.
    """
    found = look(reading.question, reading.filters, index, reader=reader, newest=reading.newest, reranker=reranker)
    if found.facts or not reading.dates:
        return found
    read = tuple(words for words in reading.filters.read if words != reading.dates)
    freed = replace(reading.filters, after=given.after, before=given.before, undated=given.undated, read=read)
    freely = look(whole, freed, index, reader=reader, newest=reading.newest, reranker=reranker)
    tells = freely.facts and (not reading.strict or reading.mentions(freely.facts[0].shown.text))
    return freely if tells else found


def in_context(asked: str, whole: Whole, index: Index) -> str:
    """The question with what was taken along, unless that was a guess and the archive knows nothing of the two together.

    A guess stands when one of the articles that the question finds alone speaks of all that was taken along.
    """
    if whole.sure:
        return whole.text
    wanted = content(whole.focus, index.lexicon)
    found = index.articles.passages([row for row, _ in index.keywords.search(asked, DEFAULT_LIMIT)])
    texts = (f"{article.title or ''} {article.text}" for _, article in found.values())
    return whole.text if any(wanted <= content(text, index.lexicon) for text in texts) else asked


def newest_first(evidence: Sequence[Evidence], threshold: float) -> list[Evidence]:
    """The sentences of the newest report among all that would be answered with, the others as no more than support.

    A search ranks by likeness and not by age: what the newest report says is taken even if an older one is likelier to answer.
    """
    likely = [item for item in evidence if item.score >= threshold]
    day = max((moment(item.article)[:10] for item in likely), default="")
    newest = [item for item in likely if moment(item.article)[:10] == day]
    return newest + [replace(item, score=0.0) for item in evidence if item not in newest]
