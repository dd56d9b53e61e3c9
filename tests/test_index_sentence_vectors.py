from pathlib import Path

import numpy as np
import pytest
from conftest import WordEmbedder

from index.sentence_vectors import VECTORS, SentenceVectors, sentences_of, write

RIVER, RAIN = "The river rose. People left.", "It rained."


def test_every_sentence_has_its_vector(tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path, [RIVER, RAIN], [2, 1], embedder)
    found = SentenceVectors(tmp_path)
    assert len(found) == 2
    assert np.allclose(found.get(0), embedder.encode(["The river rose.", "People left."]), atol=1e-3)
    assert np.allclose(found.get(1), embedder.encode([RAIN]), atol=1e-3)
    asked = embedder.encode(["people left"])[0]
    assert found.closest(asked, [1, 0]) == pytest.approx([0.0, 1.0], abs=1e-3)


def test_vectors_there_are_are_taken_as_they_are(tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path, [RIVER, RAIN], [2, 1], embedder)
    held = SentenceVectors(tmp_path)
    (tmp_path / "new").mkdir()
    embedder.encoded.clear()
    write(tmp_path / "new", [held.get(1), "The dam broke.", held.get(0)], [1, 1, 2], embedder)
    assert embedder.encoded == ["The dam broke."]
    assert np.array_equal(SentenceVectors(tmp_path / "new").get(2), held.get(0))


def test_an_index_of_nothing(tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path, [], [], embedder)
    assert len(SentenceVectors(tmp_path)) == 0


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path, [RIVER], [2], embedder)
    np.save(tmp_path / VECTORS, np.zeros((1, embedder.dimension), np.float16))
    with pytest.raises(ValueError, match="1 sentence vectors"):
        SentenceVectors(tmp_path)


def test_a_passage_without_a_sentence_is_its_own() -> None:
    assert sentences_of(" ") == [" "]
