"""Question -> hits: passages near in meaning and passages that share words, fused by reciprocal rank."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.opened import Index
from index.records import Hit
from rag.records import Filters

DEFAULT_LIMIT = 10
DEPTH = 50  # hits of each search that take part in the fusion
RRF_K = 60  # Cormack, Clarke and Büttcher 2009: "Reciprocal Rank Fusion outperforms Condorcet"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, how it was searched, and what was found; `began` and `retrieved` are moments of `perf_counter`."""

    question: str
    searched: str
    history: Sequence[tuple[str, str]]
    filters: Filters
    hits: list[Hit]
    began: float
    retrieved: float

    def timings(self, now: float) -> dict[str, float]:
        """Seconds until the hits were there, and until now."""
        return {"retrieve": self.retrieved - self.began, "total": now - self.began}


def fuse(rankings: list[list[int]], k: int = RRF_K) -> list[tuple[int, float]]:
    """Join rankings into one: each adds 1 / (k + rank), rank from 1. Ties go to the lower row.

    >>> [row for row, _ in fuse([[7, 8, 9], [8, 7]])]
    [7, 8, 9]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def retrieve(index: Index, question: str, filters: Filters, limit: int = DEFAULT_LIMIT) -> list[Hit]:
    """The passages that may answer, best first; `Hit.score` is the fused score."""
    rows = None
    if filters != Filters():
        rows = index.articles.rows_between(filters.after, filters.before, filters.outlets)
        if not rows:
            return []
    vector = index.embedder.encode([question])[0]
    dense = [row for row, _ in index.vectors.search(vector, DEPTH, sorted(rows) if rows is not None else None)]
    keyword = [row for row, _ in index.keywords.search(question, DEPTH, rows)]
    return index.hits(fuse([dense, keyword])[:limit])
