"""A vector for every sentence of a passage, so that one sentence that fits a question counts as much as the whole passage.

Only passages that another search has found are looked at, so nothing here searches: a matrix in half precision is mapped from
disk and the rows of those passages are read.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder, Vectors
from index.sentences import spans

VECTORS, STARTS = "sentences.npy", "sentence_starts.npy"
_SLICE = 1024  # sentences encoded at once, those of like length together

Half = NDArray[np.float16]


def sentences_of(text: str) -> list[str]:
    """The sentences of a passage that have vectors: all of them, in order; the text itself when it holds none.

    >>> sentences_of("It rained. The river rose.")
    ['It rained.', 'The river rose.']
    """
    return [text[start:end] for start, end in spans(text)] or [text]


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


def write(folder: Path, passages: Iterable[str | Half], counts: Sequence[int], embedder: Embedder) -> None:
    """Write the vectors of passages in the order of their rows: a passage is its text, or vectors it has already.

    `counts` has the number of sentences of each. Raises OSError when the disk is full.
    """
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    shape = (int(starts[-1]), embedder.dimension)
    with (folder / VECTORS).open("wb") as stream:
        header = {"descr": "<f2", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)  # the rows follow as they are made: they need not fit in memory
        waiting: list[str | Half] = []
        for passage in passages:
            waiting += sentences_of(passage) if isinstance(passage, str) else [passage]
            if len(waiting) >= _SLICE:
                stream.write(_encoded(waiting, embedder).tobytes())
                waiting.clear()
        stream.write(_encoded(waiting, embedder).tobytes())
    np.save(folder / STARTS, starts, allow_pickle=False)


def _encoded(waiting: Sequence[str | Half], embedder: Embedder) -> Half:
    """All of them as one matrix, in order."""
    texts = sorted({each for each in waiting if isinstance(each, str)}, key=lambda text: (-len(text), text))
    made = dict(zip(texts, embedder.encode(texts).astype("<f2"), strict=True)) if texts else {}
    found = [made[each][None] if isinstance(each, str) else each for each in waiting]
    return np.concatenate(found) if found else np.empty((0, embedder.dimension), "<f2")
