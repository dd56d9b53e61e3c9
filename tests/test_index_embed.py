"""The packaged model, and a tiny real one that is made here: random weights, but read and run as any other."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.build import sync
from index.embed import SentenceEmbedder, load
from index.errors import IndexMismatch, ModelError
from index.opened import open_index
from index.packaged import PACKAGED, PACKAGED_SHA256, PackagedEmbedder, packaged_folder

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a of to on in at and was is it dam river rose broke fell snow rain hill town "
    "council voted close open bridge road monday tuesday friday police said fire flood after before ##s ##ed ##ing . , ?"
)
TEXTS = ["The dam broke on Monday.", "snow", "The council voted to close the bridge after the flood, police said."]


@pytest.fixture(scope="session")
def made_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers and 32 dimensions with mean pooling, saved as sentence-transformers saves its models."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    (folder / "vocab.txt").write_text("\n".join(WORDS.split()) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS.split()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
    )
    BertModel(config).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=32)
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "made"), create_model_card=False)
    return folder / "made"


@pytest.fixture
def model(made_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_model, tmp_path / "model"))


def flip_a_bit(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(-7, os.SEEK_END)
        byte = stream.read(1)[0]
        stream.seek(-7, os.SEEK_END)
        stream.write(bytes([byte ^ 1]))


def test_the_packaged_weights_are_the_ones_that_were_checked() -> None:
    assert load().fingerprint == PACKAGED_SHA256


def test_packaged_weights_with_one_flipped_bit_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(packaged_folder(), tmp_path / "copy"))
    flip_a_bit(folder / "model.safetensors")
    with pytest.raises(ModelError, match="53aa51172d14") as caught:
        PackagedEmbedder(folder).encode(["snow"])
    assert caught.value.next_step.startswith("pip install --force-reinstall")


def test_the_packaged_model_gives_the_vectors_of_sentence_transformers() -> None:
    ours, theirs = load(), SentenceEmbedder("the same by name of its folder", packaged_folder())
    texts = [*TEXTS, "", "Élan, naïveté – 7,000 “prisoners”", "one long text " * 200, "a b c " * 84]
    vectors = ours.encode(texts)
    assert vectors.dtype == np.float32
    assert np.abs(vectors - theirs.encode(texts)).max() < 2e-6
    assert ours.count_tokens(texts) == theirs.count_tokens(texts)
    assert (ours.dimension, ours.window) == (theirs.dimension, theirs.window)


def test_the_packaged_model_needs_no_torch() -> None:
    code = """
import sys
from rag import reader
from index.embed import load
load().encode(["snow"])
reader.load().read("What fell?", ["Snow fell."], [[(0, 10)]])
print([name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_model_in_a_folder_gives_the_vectors_of_sentence_transformers(model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    vectors = load(str(model)).encode(TEXTS)
    reference = SentenceTransformer(str(model), device="cpu").encode(TEXTS, convert_to_numpy=True)
    assert vectors.shape == (3, 32) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.allclose(vectors, reference / np.linalg.norm(reference, axis=1, keepdims=True), atol=1e-6)
    assert not np.allclose(vectors[0], vectors[1], atol=0.01)


def test_a_text_has_one_vector_whatever_is_encoded_with_it(model: Path) -> None:
    embedder = load(str(model))
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert np.allclose(embedder.encode(TEXTS), alone, atol=1e-6)


def test_no_texts_are_no_vectors(model: Path) -> None:
    embedder = load(str(model))
    assert embedder.encode([]).shape == (0, 32)
    assert embedder.count_tokens([]) == []


def test_tokens_are_counted_without_the_models_own_and_beyond_its_window(model: Path) -> None:
    embedder = load(str(model))
    assert (embedder.window, embedder.dimension) == (32, 32)
    assert embedder.count_tokens(["the dam floods.", "", "snow " * 90]) == [5, 0, 90]


def test_threads_may_share_a_model(model: Path) -> None:
    embedder = load(str(model))
    with ThreadPoolExecutor(8) as pool:
        counts = [pool.submit(embedder.count_tokens, TEXTS) for _ in range(20)]
        vectors = [pool.submit(embedder.encode, TEXTS[: 1 + number % 3]) for number in range(20)]
        assert {tuple(count.result()) for count in counts} == {tuple(embedder.count_tokens(TEXTS))}
        for vector in vectors:
            assert np.allclose(vector.result()[0], embedder.encode(TEXTS[:1])[0], atol=1e-6)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_the_fingerprint_changes_with_every_file_that_shapes_a_vector(model: Path, name: str) -> None:
    before = load(str(model)).fingerprint
    flip_a_bit(model / name)
    assert load(str(model)).fingerprint != before


def test_the_fingerprint_does_not_change_with_the_readme_or_the_place(model: Path, tmp_path: Path) -> None:
    before = load(str(model)).fingerprint
    (model / "README.md").write_text("A tiny model.")
    moved = model.rename(tmp_path / "moved")
    assert load(str(moved)).fingerprint == before


def test_a_folder_that_holds_code_is_refused(model: Path) -> None:
    (model / "1_Pooling" / "modeling.py").write_text("raise SystemExit('code was run')")
    with pytest.raises(ModelError, match=r"holds Python code \(modeling.py\)") as caught:
        load(str(model))
    assert caught.value.next_step == f"footnote index FOLDER --embedder {PACKAGED}"


def test_weights_that_are_only_pickled_are_refused(model: Path) -> None:
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(model / "model.safetensors"), model / "pytorch_model.bin")
    load(str(model))  # safetensors are there too, and they are what is read
    (model / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="only pickled"):
        load(str(model))


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(str(tmp_path)).encode(["snow"])


def test_a_model_that_is_not_here_is_not_looked_for_on_the_network_when_offline(tmp_path: Path) -> None:
    code = """
import sys
reached = []
sys.addaudithook(lambda event, given: reached.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
from index.embed import load
from index.errors import ModelError
try:
    load("nobody/no-such-model")
except ModelError as error:
    print(error, reached)
"""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("No embedding model 'nobody/no-such-model': not a folder here, and not fetched")
    assert run.stdout.endswith(f"Try: footnote index FOLDER --embedder {PACKAGED} []\n")


def test_a_fingerprint_loads_no_torch() -> None:
    code = "import sys, index.build, index.opened; index.build.embed.load().fingerprint; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_an_index_is_made_and_opened_with_it_and_knows_when_it_changed(model: Path, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for number, text in enumerate(TEXTS):
        (articles / f"{number}.txt").write_text(text)
    report = sync([articles], tmp_path / "index", embedder=load(str(model)))
    assert (report.articles, report.embedded) == (3, 3)
    index = open_index(tmp_path / "index")  # the index itself says which model
    found = index.hits(index.vectors.search(index.embedder.encode([TEXTS[2]])[0], 3))
    assert found[0].passage.text == TEXTS[2] and found[0].score == pytest.approx(1, abs=1e-5)
    index.close()
    flip_a_bit(model / "model.safetensors")
    with pytest.raises(IndexMismatch, match="the model here is"):
        open_index(tmp_path / "index")
    again = sync([articles], tmp_path / "index")  # keeps to its model, not the packaged one
    assert (again.embedded, again.unchanged) == (3, 3)
    assert again.rebuilt and str(model) in again.rebuilt
    shutil.rmtree(model)
    with pytest.raises(ModelError, match="No embedding model"):
        open_index(tmp_path / "index")


def test_an_index_whose_model_is_gone_can_be_given_another(model: Path, made_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXTS[0])
    sync([tmp_path / "a.txt"], tmp_path / "index", embedder=load(str(model)))
    shutil.rmtree(model)
    report = sync([tmp_path / "a.txt"], tmp_path / "index", embedder=load(str(made_model)))
    assert (report.unchanged, report.embedded) == (1, 1)
    assert report.rebuilt == f"The embedding model is now {str(made_model)!r}; it was {str(model)!r}."
