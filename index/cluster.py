"""Which articles are copies of one text: a wire story under other headlines, cut, lightly edited, or corrected later.

Each article has a MinHash over its runs of three words (Broder 1997), made once and kept with it. Likely pairs come from
bands of the signatures, and what decides is how much of the shorter text the longer one holds, since copies are cut. It
compares words and knows no dates: a form that is filled in daily looks like a copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.keyword import words

SHINGLE = 3  # words
PERMUTATIONS = 128
BAND = 2  # rows of a signature that have to agree for two articles to be compared
CONTAINED = 0.45  # share of the shorter article's shingles that the longer one holds, from which they are copies
LIKE = 0.12  # least Jaccard: a round-up that holds a whole short report is no copy of it
_COMPARED = 40  # of articles that agree in a band: all pairs up to here, beyond it each with so many of the longest

Matrix = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Signature:
    """The MinHash of an article and how many different shingles it has: what is kept to compare it with others."""

    values: bytes
    size: int


def shingles(text: str) -> set[str]:
    """Every run of three words; a shorter text is one shingle, and one without words has none.

    >>> sorted(shingles("The truce holds in Herat"))
    ['holds in herat', 'the truce holds', 'truce holds in']
    """
    found = words(text)
    if len(found) <= SHINGLE:
        return {" ".join(found)} if found else set()
    return set(map(" ".join, zip(*(found[start:] for start in range(SHINGLE)), strict=False)))


def signatures(texts: Sequence[str]) -> list[Signature]:
    """The signature of each text; equal words give equal signatures on every machine."""
    from datasketch import MinHash

    permutations = _permutations()
    found = []
    for text in texts:
        parts = shingles(text)
        sketch = MinHash(PERMUTATIONS, permutations=permutations, scheme="affine32")
        if parts:
            sketch.update_batch([part.encode() for part in parts])
        found.append(Signature(sketch.hashvalues.astype("<u4").tobytes(), len(parts)))
    return found


def clusters(signed: Mapping[str, Signature]) -> dict[str, str]:
    """The cluster of every article, by id; a cluster goes by the least id in it, so one that has no copy by its own.

    The longest article of a cluster is its centre and every other one a copy of that, so that a chain of likenesses never
    joins two stories. The outcome depends on the articles alone and not on the order in which they came.
    """
    order = sorted((each for each in signed if signed[each].size), key=lambda each: (-signed[each].size, each))
    copies = _copies(
        np.frombuffer(b"".join(signed[each].values for each in order), dtype="<u4").reshape(-1, PERMUTATIONS),
        np.array([signed[each].size for each in order], dtype=np.float64),
    )
    centre: dict[int, int] = {}
    for place in range(len(order)):
        if place not in centre:
            centre[place] = place
            centre |= {other: place for other in copies.get(place, ()) if other not in centre}
    members: dict[int, list[str]] = {}
    for place, middle in centre.items():
        members.setdefault(middle, []).append(order[place])
    named = {each: min(group) for group in members.values() for each in group}
    return {each: named.get(each, each) for each in sorted(signed)}


def _copies(values: Matrix, sizes: NDArray[np.float64]) -> dict[int, list[int]]:
    """For each row, the later rows that are copies of it; rows come longest first."""
    found: dict[int, list[int]] = {}
    pairs = _alike(values)
    for start in range(0, len(pairs), 100_000):  # some at a time: a row of 128 numbers stands behind each
        one, other = pairs[start : start + 100_000].T
        jaccard = np.mean(values[one] == values[other], axis=1)
        held = jaccard * (sizes[one] + sizes[other]) / (1 + jaccard) / sizes[other]  # of the shorter, by inclusion
        for first, second in zip(*(rows[(held >= CONTAINED) & (jaccard >= LIKE)] for rows in (one, other)), strict=True):
            found.setdefault(int(first), []).append(int(second))
    return found


def _alike(values: Matrix) -> NDArray[np.int64]:
    """Pairs of rows that agree in a whole band, the lower row first, sorted, each once."""
    found: list[NDArray[np.int64]] = [np.empty((0, 2), dtype=np.int64)]
    for band in range(0, PERMUTATIONS - BAND + 1, BAND):
        keys = values[:, band].astype(np.uint64)
        for column in range(band + 1, band + BAND):
            keys = keys * np.uint64(0x9E3779B97F4A7C15) + values[:, column]
        rows = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[rows])) + 1
        starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(rows)]])
        for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
            run = rows[start:end].astype(np.int64)
            for place in range(min(len(run) - 1, _COMPARED)):
                others = run[place + 1 :]
                found.append(np.column_stack([np.full(len(others), run[place]), others]))
    return np.unique(np.concatenate(found), axis=0)


@lru_cache(maxsize=1)
def _permutations() -> Any:
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, seed=1, scheme="affine32").permutations
