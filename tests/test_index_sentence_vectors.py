from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import WordEmbedder

from index.packaged import PackagedEmbedder
from index.sentence_vectors import VECTORS, SentenceVectors, Writer, sentences_of

RIVER, RAIN = "The river rose. People left.", "It rained."


def write(folder: Path, embedder: WordEmbedder, *passages: str) -> SentenceVectors:
    counts = [len(sentences_of(passage)) for passage in passages]
    _, found = embedder.encode_parts(passages, [sentences_of(passage) for passage in passages])
    with closing(Writer(folder, counts, embedder.dimension)) as writer:
        for row in reversed(range(len(passages))):
            writer.put(row, found[row])
    return SentenceVectors(folder)


def test_every_sentence_has_its_vector_in_whatever_order_they_are_written(tmp_path: Path, embedder: WordEmbedder) -> None:
    found = write(tmp_path, embedder, RIVER, RAIN)
    assert len(found) == 2
    assert np.allclose(found.get(0), embedder.encode(["The river rose.", "People left."]), atol=1e-3)
    assert np.allclose(found.get(1), embedder.encode([RAIN]), atol=1e-3)
    asked = embedder.encode(["people left"])[0]
    assert found.closest(asked, [1, 0]) == pytest.approx([0.0, 1.0], abs=1e-3)


def test_vectors_of_another_passage_are_refused(tmp_path: Path, embedder: WordEmbedder) -> None:
    with closing(Writer(tmp_path, [2, 1], embedder.dimension)) as writer, pytest.raises(ValueError, match="is expected"):
        writer.put(1, embedder.encode(["The river rose.", "People left."]))


def test_an_index_of_nothing(tmp_path: Path, embedder: WordEmbedder) -> None:
    assert len(write(tmp_path, embedder)) == 0


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path, embedder, RIVER)
    np.save(tmp_path / VECTORS, np.zeros((1, embedder.dimension), np.float16))
    with pytest.raises(ValueError, match="1 sentence vectors"):
        SentenceVectors(tmp_path)


def test_a_passage_without_a_sentence_is_its_own() -> None:
    assert sentences_of(" ") == [(0, 1)]


def test_the_packaged_model_pools_a_sentence_from_its_passage() -> None:
    model = PackagedEmbedder()
    text = "Élan rowed home. He won the race of Ōtaki."
    whole, (parts, one, none) = model.encode_parts([text, text, RAIN], [sentences_of(text), [(0, len(text))], []])
    assert np.allclose(whole, model.encode([text, text, RAIN]))
    assert np.allclose(np.linalg.norm(parts, axis=1), 1, atol=1e-5) and none.shape == (0, 384)
    # The part that is all of the text lacks only the model's own first and last token.
    assert one[0] @ whole[0] > 0.95
    alone = model.encode(["He won the race of Ōtaki.", "Élan rowed home."])
    asked = model.encode(["Who won the race?"])[0]
    assert parts[1] @ asked > parts[0] @ asked and parts[1] @ alone[0] > parts[0] @ alone[0]


def test_a_part_beyond_the_window_has_the_vector_of_its_text() -> None:
    model = PackagedEmbedder()
    text = "rain " * 300 + "snow"
    _, (parts,) = model.encode_parts([text], [[(0, 4), (len(text) - 4, len(text))]])
    assert parts[1] @ model.encode([text])[0] > 0.9
