"""A vector for every sentence of a passage, so that one sentence that fits a question counts as much as the whole passage.

Only passages that another search has found are looked at, so nothing here searches: a matrix in half precision is mapped from
disk and the rows of those passages are read.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors
from index.sentences import spans

VECTORS, STARTS = "sentences.npy", "sentence_starts.npy"

Half = NDArray[np.float16]


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a passage that have vectors begin and end: all of them, in order; the whole when it holds none.

    >>> sentences_of("It rained. The river rose.")
    [(0, 10), (11, 26)]
    """
    return spans(text) or [(0, len(text))]


class SentenceVectors:
    """The sentence vectors of a generation. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Map the files of a generation. Raises OSError or ValueError when they cannot be read."""
        self._vectors: Half = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        self._starts: NDArray[np.int64] = np.load(folder / STARTS, allow_pickle=False)
        if len(self._starts) < 1 or self._starts[-1] != len(self._vectors):
            raise ValueError(f"{len(self._vectors)} sentence vectors where {self._starts[-1:]} are expected")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def get(self, row: int) -> Half:
        """The vectors of a passage, shape (sentences, dimension)."""
        return self._vectors[self._starts[row] : self._starts[row + 1]]

    def closest(self, vector: Vectors, rows: Sequence[int]) -> list[float]:
        """For each passage the greatest cosine between a vector of shape (dimension,) and one of its sentences."""
        return [float((self.get(row).astype(np.float32) @ vector).max()) for row in rows]


class Writer:
    """Writes the sentence vectors of a new generation, passage by passage in any order: they need not fit in memory."""

    def __init__(self, folder: Path, counts: Sequence[int], dimension: int) -> None:
        """`counts` has the number of sentences of each passage. Raises OSError when the disk is full, as all here do."""
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._dimension = dimension
        np.save(folder / STARTS, self._starts, allow_pickle=False)
        self._stream = (folder / VECTORS).open("wb")
        header = {"descr": "<f2", "fortran_order": False, "shape": (int(self._starts[-1]), dimension)}
        np.lib.format.write_array_header_1_0(self._stream, header)
        self._first = self._stream.tell()

    def put(self, row: int, vectors: Vectors | Half) -> None:
        """Write the vectors of one passage; each passage has to be written once."""
        expected = (int(self._starts[row + 1] - self._starts[row]), self._dimension)
        if vectors.shape != expected:
            raise ValueError(f"sentence vectors of shape {vectors.shape} where {expected} is expected")
        # Not a mapped file: on a full disk writing to one ends the process.
        self._stream.seek(self._first + int(self._starts[row]) * self._dimension * 2)
        self._stream.write(vectors.astype("<f2").tobytes())

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()
