"""Dense search: unit vectors under their passage rows, exact inner product (FAISS)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import Vectors


def _library() -> Any:
    # Untyped: faiss describes only a part of itself.
    import faiss

    return faiss


class VectorIndex:
    """Vectors of one length by row number; for unit vectors the inner product is the cosine.

    Exact and not approximate: a flat scan of 200,000 passages takes tens of milliseconds, and no recall is lost.
    """

    def __init__(self, dimension: int) -> None:
        faiss = _library()
        self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @classmethod
    def read(cls, file: Path) -> "VectorIndex":
        """Open a file that `write` made. Raises RuntimeError when it is cut short or of another kind."""
        faiss = _library()
        index = cls.__new__(cls)
        with file.open("rb") as stream:
            index._faiss = faiss.read_index(faiss.PyCallbackIOReader(stream.read))
        return index

    def write(self, file: Path) -> None:
        """Write to a file that must not be open anywhere. Raises OSError when the disk is full."""
        faiss = _library()
        # Not write_index(path): on a full disk it only prints "close error", and the file is cut short.
        with file.open("wb") as stream:
            faiss.write_index(self._faiss, faiss.PyCallbackIOWriter(stream.write))

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._faiss.d)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors of shape (len(rows), dimension) under rows that are not yet there."""
        self._faiss.add_with_ids(np.ascontiguousarray(vectors), np.asarray(rows, dtype=np.int64))

    def get(self, rows: Sequence[int]) -> Vectors:
        """Vectors of rows that are there, of shape (len(rows), dimension)."""
        found: Vectors = self._faiss.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return found

    def search(self, vector: Vectors, limit: int, rows: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Rows and inner products with a vector of shape (dimension,), best first; among `rows` alone when given.

        Equal scores come in the order of their rows.
        """
        faiss = _library()
        wanted = min(limit, len(self))
        if wanted < 1:  # FAISS asserts that there is something to find
            return []
        parameters = None
        if rows is not None:
            selector = faiss.IDSelectorBatch(np.asarray(rows, dtype=np.int64))
            parameters = faiss.SearchParameters(sel=selector)
        scores, found = self._faiss.search(vector.reshape(1, -1), wanted, params=parameters)
        hits = [(int(row), float(score)) for row, score in zip(found[0], scores[0], strict=True) if row >= 0]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))
