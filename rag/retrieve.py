"""Question -> hits: passages near in meaning and passages that share words, by one score of both, copies counted once."""

from collections.abc import Mapping, Sequence

from index.embed import Vectors
from index.opened import Index
from index.records import Hit
from rag.copies import once
from rag.records import Filters
from rag.rerank import Reranker, reranked

DEFAULT_LIMIT = 10
DEPTH = 100  # hits of each search that are scored
SLOTS = 3  # hits looked at for each that is wanted, since copies of a text are one
# Shares of a hit's score: its BM25 beside the best one's, its cosine, and the greatest cosine of one of its sentences. A sum of
# scores keeps what a sum of ranks throws away: by how much one is better (Bruch, Gai and Ingber 2023, arXiv 2210.11934).
WORDS, MEANING, SENTENCE = 0.2, 0.2, 0.6


def retrieve(
    index: Index, question: str, filters: Filters, limit: int = DEFAULT_LIMIT, reranker: Reranker | None = None
) -> list[Hit]:
    """The passages that may answer, best first; `Hit.score` is the sum of the three. Equal scores: the lower row first.

    A `reranker` orders all that are looked at, `SLOTS` for each that is wanted, so some may come up from further down. Which
    copy stands for a text is decided before, by the search.
    """
    rows = None
    if filters.narrow:
        rows = index.articles.rows_between(filters.after, filters.before, filters.outlets, undated=filters.undated)
        if not rows:
            return []
    vector = index.embedder.encode([question])[0]
    near = [row for row, _ in index.vectors.search(vector, DEPTH, sorted(rows) if rows is not None else None)]
    words = dict(index.keywords.search(question, DEPTH, rows))
    scores = _scores(index, vector, sorted({*near, *words}), words, max(words.values(), default=1.0))
    ranked = sorted(scores, key=lambda each: (-each[1], each[0]))
    return reranked(question, once(index.hits(ranked[: SLOTS * limit]), index), reranker)[:limit]


def given(index: Index, question: str, rows: Sequence[int]) -> list[Hit]:
    """Passages that were not searched for, with the scores that a search would give them, in the order of their rows."""
    vector = index.embedder.encode([question])[0]
    best = index.keywords.search(question, 1)
    words = dict(index.keywords.search(question, len(rows), rows))
    return index.hits(_scores(index, vector, sorted(rows), words, best[0][1] if best else 1.0))


def _scores(
    index: Index, vector: Vectors, rows: Sequence[int], words: Mapping[int, float], best: float
) -> list[tuple[int, float]]:
    if not rows:
        return []
    cosines = index.vectors.get(rows) @ vector
    return [
        (row, round(WORDS * words.get(row, 0.0) / best + MEANING * float(cosine) + SENTENCE * sentence, 6))
        for row, cosine, sentence in zip(rows, cosines, index.sentences.closest(vector, rows), strict=True)
    ]
