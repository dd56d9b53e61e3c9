import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.vectors import VectorIndex

DIMENSION = 24


def unit_vectors(count: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def made(rows: list[int], vectors: NDArray[np.float32]) -> VectorIndex:
    index = VectorIndex(vectors.shape[1])
    index.add(rows, vectors)
    return index


ROWS = [7, 3, 90, 41, 5, 1000, 12, 66, 2, 30]
VECTORS = unit_vectors(len(ROWS), seed=1)
QUERY = unit_vectors(1, seed=2)[0]


def by_numpy(allowed: list[int]) -> list[tuple[int, float]]:
    scores = {row: float(vector @ QUERY) for row, vector in zip(ROWS, VECTORS, strict=True) if row in allowed}
    return sorted(scores.items(), key=lambda hit: -hit[1])


@pytest.mark.parametrize("limit", [1, 4, 10, 99])
@pytest.mark.parametrize("allowed", [None, [41, 2, 7], [41, 8, 9], []], ids=["all", "three", "one that is there", "none"])
def test_search_gives_what_numpy_gives(limit: int, allowed: list[int] | None) -> None:
    found = made(ROWS, VECTORS).search(QUERY, limit, allowed)
    expected = by_numpy(ROWS if allowed is None else allowed)[:limit]
    assert [row for row, _ in found] == [row for row, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)


def test_equal_scores_come_in_the_order_of_rows() -> None:
    index = made([9, 4, 6], np.repeat(VECTORS[:1], 3, axis=0))
    assert [row for row, _ in index.search(QUERY, 3)] == [4, 6, 9]


def test_nothing_is_found_in_an_empty_index() -> None:
    assert VectorIndex(DIMENSION).search(QUERY, 5) == []


def test_vectors_come_back_under_the_rows_they_went_in() -> None:
    got = made(ROWS, VECTORS).get([1000, 7])
    assert np.array_equal(got, VECTORS[[5, 0]])


def test_no_rows_give_no_vectors_of_the_right_length() -> None:
    assert made(ROWS, VECTORS).get([]).shape == (0, DIMENSION)


def test_a_written_index_is_read_as_it_was(tmp_path: Path) -> None:
    index = made(ROWS, VECTORS)
    index.write(tmp_path / "vectors.faiss")
    read = VectorIndex.read(tmp_path / "vectors.faiss")
    assert (len(read), read.dimension) == (10, DIMENSION)
    assert read.search(QUERY, 10) == index.search(QUERY, 10)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "vectors.faiss"
    made(ROWS, VECTORS).write(file)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RuntimeError):
        VectorIndex.read(file)


def test_a_full_disk_is_an_error_and_not_a_short_file(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
import numpy as np
from index.vectors import VectorIndex
index = VectorIndex(8)
index.add(range(5), np.ones((5, 8), dtype=np.float32))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    index.write(Path(sys.argv[1]))
except OSError as error:
    print(error.strerror)
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "vectors.faiss")], capture_output=True, text=True, check=True
    )
    assert run.stdout == "File too large\n"
