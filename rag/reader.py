"""A small model that reads question and passage together and gives each sentence the chance that it answers.

Its layers are in `reader.safetensors` (float16); the embeddings below them are the packaged MiniLM's own. It is trained by
`python -m rag.training.reader` on SquadShifts, QAMR and questions written for Footnote; `docs/reader.md` has data, figures and
limits. It points at words and never makes any.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder, open_tokenizer, padded
from index.errors import ModelError
from index.packaged import packaged_embeddings, packaged_folder

if TYPE_CHECKING:
    from tokenizers import Encoding

LONGEST_SPAN = 30  # tokens
MAX_QUESTION = 64  # tokens of a question that are read: its end, where it asks
MAX_TOKENS = 384  # of question and passage in one window; a passage holds at most 256 as indexed
STRIDE = 96  # tokens that a window of a longer text shares with the one before
BATCH = 4  # passages of like length read at once


_LOADING = Lock()


@dataclass(frozen=True, slots=True)
class Span:
    """The words of a passage sentence that answer best, and by how much they beat "no answer here" (logits)."""

    start: int
    end: int
    margin: float


class Reader:
    """The reader, loaded; several threads may use it. Raises ModelError when the weights are not those that were measured."""

    def __init__(self, weights: Path, sha256: str) -> None:
        with weights.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            raise ModelError(
                f"The reader's weights have SHA-256 {found[:12]}..., not {sha256[:12]}....",
                next_step="pip install --force-reinstall --no-deps footnote-qa",
            )
        from safetensors.numpy import load_file

        folder = packaged_folder()
        layers = {name: tensor.astype(np.float32) for name, tensor in load_file(weights).items()}
        head = layers.pop("span.weight"), layers.pop("span.bias")
        self._encoder = Encoder(packaged_embeddings(folder), layers, head)
        self._tokenizer = open_tokenizer(folder)
        self._pairs = open_tokenizer(folder)
        self._pairs.enable_truncation(MAX_TOKENS, stride=STRIDE, strategy="only_second")

    def read(self, question: str, passages: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[list[Span]]:
        """Give the best span of every sentence: `sentences[i]` are (start, end) characters in `passages[i]`."""
        ends = self._tokenizer.encode(question, add_special_tokens=False).offsets
        asked = question[ends[-MAX_QUESTION][0] :] if len(ends) > MAX_QUESTION else question
        found = self._pairs.encode_batch([(asked, passage) for passage in passages])
        windows = [(row, window) for row, whole in enumerate(found) for window in (whole, *whole.overflowing)]
        windows.sort(key=lambda pair: len(pair[1].ids))
        best = [[Span(start, start, -99.0) for start, _ in spans] for spans in sentences]  # of what no window holds
        for start in range(0, len(windows), BATCH):
            batch = windows[start : start + BATCH]
            ids, mask = padded([window.ids for _, window in batch])
            kinds, _ = padded([window.type_ids for _, window in batch])
            for (row, window), logits in zip(batch, self._encoder.run(ids, kinds, mask), strict=True):
                offsets = _offsets(window)
                for number, sentence in enumerate(sentences[row]):
                    span = _in_sentence(logits, offsets, *sentence)
                    if span.margin > best[row][number].margin:
                        best[row][number] = span
        return best


def _offsets(read: "Encoding") -> NDArray[np.int64]:
    """Characters of each token of the passage, shape (tokens, 2); -1 for those of the question and the model's own."""
    inside = np.array([sequence == 1 for sequence in read.sequence_ids])
    return np.where(inside[:, None], np.array(read.offsets, dtype=np.int64), -1)


def _in_sentence(logits: NDArray[np.float32], offsets: NDArray[np.int64], start: int, end: int) -> Span:
    """The best span among a sentence's tokens, against the first token, which stands for "no answer"."""
    tokens = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 0] >= 0))
    if not len(tokens):
        return Span(start, start, -99.0)  # in another window
    first, last, score = best_span(logits[tokens])
    margin = round(score - float(logits[0].sum()), 4)
    return Span(max(start, int(offsets[tokens[first], 0])), min(end, int(offsets[tokens[last], 1])), margin)


def best_span(logits: NDArray[np.float32]) -> tuple[int, int, float]:
    """Give first and last token and score of the span of at most `LONGEST_SPAN` tokens whose start and end logits sum highest.

    `logits` has the shape (tokens, 2): Devlin et al. 2018, section 4.3.
    """
    sums = logits[:, 0, None] + logits[None, :, 1]
    steps = np.arange(len(logits))[None, :] - np.arange(len(logits))[:, None]
    sums = np.where((steps >= 0) & (steps < LONGEST_SPAN), sums, -np.inf)
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(first), int(last), float(sums[first, last])


@lru_cache(maxsize=1)
def describe() -> dict[str, Any]:
    """Give what `reader.json` says of the weights: their SHA-256, how margins become chances, and figures."""
    found: dict[str, Any] = json.loads(files("rag").joinpath("reader.json").read_text(encoding="utf-8"))
    return found


def load() -> Reader:
    """Load the shipped reader, once for all threads."""
    with _LOADING:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Reader:
    with as_file(files("rag") / "reader.safetensors") as weights:
        return Reader(weights, describe()["sha256"])
