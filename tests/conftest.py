"""Fixtures: a hand-computable embedder, small archives, and the two archives that are slow to index."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build import sync
from index.embed import Vectors
from index.opened import Index, open_index
from index.packaged import Parts

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


class WordEmbedder:
    """An embedder to compute by hand: each distinct word adds 1 in the dimension that its hash picks, then the length is 1.

    `encoded` keeps every text that was asked for. A token is a word; a text without words points along the first axis.
    """

    name = "word-counts"
    fingerprint = "word-counts/1"
    dimension = 64
    window = 40

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in {word.strip(".,?!\"'").lower() for word in text.split()}:
                vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % self.dimension] = 1
            if not vector.any():
                vector[0] = 1
            vector /= np.linalg.norm(vector)
        return vectors

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Parts]) -> tuple[Vectors, list[Vectors]]:
        vectors = self.encode(texts)
        of_parts = [
            WordEmbedder.encode(WordEmbedder(), [text[start:end] for start, end in own])
            for text, own in zip(texts, parts, strict=True)
        ]
        return vectors, of_parts


@pytest.fixture(scope="session", autouse=True)
def event_loop_of_the_main_thread() -> Iterator[None]:
    """litellm's blocking calls take the thread's event loop; where there is none they make one and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def archive(tmp_path: Path, embedder: WordEmbedder) -> Callable[..., Index]:
    """Index a few files, given as name=text, with the word-counting embedder."""

    def make(**texts: str) -> Index:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        sync([folder], tmp_path / "index", embedder=embedder)
        return open_index(tmp_path / "index", embedder=embedder)

    return make


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The five real articles beside the project, with the packaged model; skipped where they are not."""
    if not CORPUS.is_dir():
        pytest.skip("the five articles (shared/corpus) are not beside this checkout")
    folder = tmp_path_factory.mktemp("corpus") / "index"
    sync([CORPUS], folder)
    return open_index(folder)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The sample archive, with the packaged model."""
    folder = tmp_path_factory.mktemp("sample") / "index"
    sync([Path(__file__).resolve().parents[1] / "index" / "sample" / "articles"], folder)
    return open_index(folder)


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Three short articles, with the packaged model: what a server serves in tests."""
    from test_ui_cli import ARTICLES

    folder = tmp_path_factory.mktemp("papers") / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    sync([folder], folder.parent / "index")
    return open_index(folder.parent / "index")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; skipped where either is not installed."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
