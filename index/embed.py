"""Text -> unit vectors. The packaged all-MiniLM-L6-v2 by default; any sentence-transformers model by name or folder."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index import model_folder
from index.packaged import BATCH, PACKAGED, PackagedEmbedder, Parts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

KIND = model_folder.Kind("embedding model", next_step=f"footnote index FOLDER --embedder {PACKAGED}")


class Embedder(Protocol):
    """Turns texts into vectors of length one. `window` is in tokens; `fingerprint` changes when any vector could."""

    name: str

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def window(self) -> int: ...  # noqa: D102

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's own first and last."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length one."""
        ...

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Parts]) -> tuple[Vectors, list[Vectors]]:
        """Vectors of texts as `encode` gives them, and for each text those of its parts, shape (parts, dimension), as long."""
        ...


def load(name: str = PACKAGED) -> Embedder:
    """Find a model by name: the packaged one, a folder, or a name on the Hugging Face hub (fetched once, unless offline).

    Nothing heavy is imported until the first text is encoded. Raises ModelError when the model is not there, or when its
    folder holds Python files or weights that are only pickled; at its first use, when the packaged weights were altered.
    """
    if name == PACKAGED:
        return PackagedEmbedder()
    return SentenceEmbedder(name, model_folder.find(name, KIND))


class SentenceEmbedder:
    """A sentence-transformers model on the CPU, opened at its first use. It never runs code that comes with a model.

    Threads may share it; they take turns.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        # A fast tokenizer in use refuses a second thread ("already borrowed"); torch uses every core for one text anyway.
        self._turn = threading.RLock()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of every file that shapes the vectors."""
        return model_folder.fingerprint(self.folder)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def window(self) -> int:
        """Most tokens that the model reads of one text, its own first and last token among them."""
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's own first and last."""
        if not texts:
            return []
        with self._turn:
            encoded = self._model.tokenizer(
                list(texts), add_special_tokens=False, truncation=False, return_attention_mask=False, verbose=False
            )
        return [len(ids) for ids in encoded["input_ids"]]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length one."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._turn:
            vectors = self._model.encode(
                list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Parts]) -> tuple[Vectors, list[Vectors]]:
        """Vectors of texts, and for each those of its parts, read alone: not every model's vector is a mean of its tokens'."""
        cut = [text[start:end] for text, own in zip(texts, parts, strict=True) for start, end in own]
        ends = np.cumsum([len(own) for own in parts])[:-1]
        return self.encode(texts), np.split(self.encode(cut), ends)

    @property
    def _model(self) -> "SentenceTransformer":
        with self._turn:
            return self._loaded

    @cached_property
    def _loaded(self) -> "SentenceTransformer":
        with model_folder.opening(self.folder, KIND) as options:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(str(self.folder), **options)
