"""A published generation opened for reading: articles by id, passages by meaning or by words."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index import embed
from index.articles import ArticleDb
from index.embed import Embedder, Vectors
from index.errors import FootnoteError, IndexDamaged, IndexMismatch
from index.keyword import KeywordIndex
from index.records import Article, Hit
from index.sentence_vectors import SentenceVectors
from index.sentences import SPLITTER
from index.store import CANARIES, DEFAULT_FOLDER, Manifest, current, mend_command, read_manifest, verify
from index.vectors import VectorIndex

# float32 sums differ in the last bits between processors; another model or tokenizer differs in the first digits.
CANARY_COSINE = 0.999


class Index:
    """One whole generation, opened for reading; it stays as it is when writers go on. Threads may share it."""

    def __init__(self, folder: Path, generation: Path, manifest: Manifest, embedder: Embedder | None = None) -> None:
        self.folder = folder
        self.generation = generation.name
        self.manifest = manifest
        self.vectors = VectorIndex.read(generation / "vectors.faiss")
        self.sentences = SentenceVectors(generation)
        self.keywords = KeywordIndex(generation / "keyword")
        self.articles = ArticleDb(generation / "articles.db")
        self._embedder = embedder
        self._checked = False

    @property
    def snapshot(self) -> str:
        """Sixteen hex digits that name the content: equal for equal articles, splitter and model."""
        return self.manifest.snapshot

    @property
    def embedder(self) -> Embedder:
        """The model that made this index, loaded at its first use and checked against the index's own canaries."""
        if self._embedder is None:
            self._embedder = embed.load(self.manifest.embedder)
        if not self._checked:
            cosine = self.likeness(self._embedder.encode(CANARIES))
            if cosine < CANARY_COSINE:
                raise IndexMismatch(
                    f"The model {self.manifest.embedder!r} no longer gives the vectors of this index (cosine {cosine:.3f}).",
                    next_step=mend_command(self.folder, self.manifest.roots),
                )
            self._checked = True
        return self._embedder

    def likeness(self, canaries: Vectors) -> float:
        """Least cosine between a model's canary vectors and those of the model that made this index; 1 is the same."""
        own = np.asarray(self.manifest.canaries, dtype=np.float32)
        return float(np.min(np.sum(canaries * own, axis=1))) if canaries.shape == own.shape else 0.0

    def article(self, article_id: str) -> Article | None:
        """The article of an id, or None."""
        return next(self.articles.articles([article_id]), None)

    def hits(self, found: Sequence[tuple[int, float]]) -> list[Hit]:
        """Rows with scores, as a search gives them, made into hits in the same order."""
        passages = self.articles.passages([row for row, _ in found])
        return [Hit(*passages[row], score) for row, score in found if row in passages]

    @property
    def lexicon(self) -> KeywordIndex:
        """How the archive's words are stemmed."""
        return self.keywords

    def close(self) -> None:
        """Let go of the files."""
        self.articles.close()


def open_index(folder: str | Path = DEFAULT_FOLDER, *, embedder: Embedder | None = None) -> Index:
    """Open the generation being served; the index itself says which model and settings it needs.

    Checks every file's size and SHA-256, the counts, and the model's name, fingerprint and dimension. Raises
    IndexMissing, IndexDamaged or IndexMismatch, each with the command that mends it. `embedder` stands in for the named
    model when its name and fingerprint are equal (a model that is loaded already).
    """
    index = open_whole(Path(folder))
    try:
        index._embedder = _model_of(index, embedder)
    except FootnoteError:
        index.close()
        raise
    return index


def open_whole(folder: Path) -> Index:
    """Open the generation being served whatever model made it, for one who reads articles and stored vectors only."""
    generation = current(folder)
    try:
        return _open(folder, generation)
    except FootnoteError:
        if current(folder) == generation:
            raise
        return _open(folder, current(folder))  # a writer published and pruned while we read


def _open(folder: Path, generation: Path) -> Index:
    manifest = read_manifest(folder, generation)
    mend = mend_command(folder, manifest.roots)
    try:
        verify(folder, generation, manifest)
        index = Index(folder, generation, manifest)
        counts = index.articles.counts()
    except (OSError, sqlite3.Error, RuntimeError, ValueError) as error:
        raise IndexDamaged(f"The index in {str(generation)!r} cannot be read: {error}.", next_step=mend) from error
    found = {**counts, "vectors": len(index.vectors), "sentences": len(index.sentences),
             "keywords": len(index.keywords)}  # fmt: skip
    expected = manifest.counts | dict.fromkeys(("vectors", "sentences", "keywords"), manifest.counts["passages"])
    if found != expected or index.vectors.dimension != manifest.dimension:
        index.close()
        raise IndexDamaged(
            f"The index in {str(generation)!r} holds {found}, dimension {index.vectors.dimension}; "
            f"its manifest says {expected}, dimension {manifest.dimension}.",
            next_step=mend,
        )
    return index


def _model_of(index: Index, embedder: Embedder | None) -> Embedder:
    manifest = index.manifest
    mend = mend_command(index.folder, manifest.roots)
    if manifest.splitter != SPLITTER:
        raise IndexMismatch(
            f"The index in {str(index.folder)!r} was split by {manifest.splitter!r}; this version uses {SPLITTER!r}.",
            next_step=mend,
        )
    stands_in = embedder if embedder is not None and embedder.name == manifest.embedder else None
    model = stands_in or embed.load(manifest.embedder)
    if model.fingerprint != manifest.embedder_fingerprint:
        raise IndexMismatch(
            f"The index in {str(index.folder)!r} was made by {manifest.embedder!r} "
            f"{manifest.embedder_fingerprint[:12]}; the model here is {model.fingerprint[:12]}.",
            next_step=mend,
        )
    return model
