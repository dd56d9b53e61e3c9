"""A small model that reads question and passage together and gives each sentence the chance that it answers.

Its layers are in `reader.safetensors` (float16); the embeddings below them are the packaged MiniLM's own. It is trained by
`python -m rag.training.reader` on SquadShifts and QAMR; `docs/reader.md` has data, figures and limits. It points at words and
never makes any.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import embed
from index.errors import ModelError

LONGEST_SPAN = 30  # tokens
MAX_QUESTION = 64  # tokens of a question that are read: its end, where it asks
MAX_TOKENS = 352  # of question and passage; a passage holds at most 256 as indexed


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
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        with weights.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            raise ModelError(
                f"The reader's weights have SHA-256 {found[:12]}..., not {sha256[:12]}....",
                next_step="pip install --force-reinstall --no-deps footnote-qa",
            )
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoTokenizer, BertModel

        folder = embed.load().folder
        layers = {name: tensor.float() for name, tensor in load_file(weights).items()}
        self._head = layers.pop("span.weight"), layers.pop("span.bias")
        packaged = load_file(folder / "model.safetensors")
        layers |= {name: tensor for name, tensor in packaged.items() if name.startswith("embeddings.")}
        layers.pop("embeddings.position_ids", None)  # a counter that newer versions do not store
        self._encoder: Any = BertModel(AutoConfig.from_pretrained(str(folder)), add_pooling_layer=False)
        self._encoder.load_state_dict(layers)
        self._encoder.train(False)
        self._lock = Lock()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)

    def read(self, question: str, passages: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[list[Span]]:
        """Give the best span of every sentence: `sentences[i]` are (start, end) characters in `passages[i]`."""
        import torch

        with self._lock:  # the tokenizer keeps the last call's padding and truncation
            encoded = self._encode(question, passages)
        offsets = encoded.pop("offset_mapping").numpy()
        with torch.inference_mode():
            hidden = self._encoder(**encoded).last_hidden_state
            logits = torch.nn.functional.linear(hidden, *self._head).numpy()
        inside = (encoded["token_type_ids"].numpy() == 1) & (offsets[..., 1] > offsets[..., 0])
        return [
            [_in_sentence(logits[row], np.where(inside[row, :, None], offsets[row], -1), *sentence) for sentence in spans]
            for row, spans in enumerate(sentences)
        ]

    def _encode(self, question: str, passages: Sequence[str]) -> Any:
        tokens = self._tokenizer(question, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ends = tokens["offset_mapping"]
        return self._tokenizer(
            [question[ends[-MAX_QUESTION][0] :] if len(ends) > MAX_QUESTION else question] * len(passages),
            list(passages),
            truncation="only_second",
            max_length=MAX_TOKENS,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )


def _in_sentence(logits: NDArray[np.float32], offsets: NDArray[np.int64], start: int, end: int) -> Span:
    """The best span among a sentence's tokens, against the first token, which stands for "no answer"."""
    tokens = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 0] >= 0))
    if not len(tokens):
        return Span(start, start, -99.0)  # beyond what is read
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
