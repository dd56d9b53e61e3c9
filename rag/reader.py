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
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index import embed
from index.errors import ModelError

if TYPE_CHECKING:
    import torch

LONGEST_SPAN = 30  # tokens
MAX_QUESTION = 64  # tokens of a question that are read
MAX_TOKENS = 320  # of question and passage; a passage holds at most 256 as indexed


@dataclass(frozen=True, slots=True)
class Span:
    """The words of a passage sentence that answer best, and by how much they beat "no answer here" (logits)."""

    start: int
    end: int
    margin: float


class Reader:
    """The reader, loaded. Not thread-safe to build, safe to use from several threads."""

    def __init__(self) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from safetensors.torch import load_file
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder = str(embed.load().folder)
        with as_file(files("rag") / "reader.safetensors") as file:
            expected = describe()["sha256"]
            with file.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            if found != expected:
                raise ModelError(
                    f"The reader's weights have SHA-256 {found[:12]}..., not {expected[:12]}....",
                    next_step="pip install --force-reinstall --no-deps footnote-qa",
                )
            weights = {name: tensor.float() for name, tensor in load_file(file).items()}
        self._head = weights.pop("span.weight"), weights.pop("span.bias")
        self._encoder: Any = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, add_pooling_layer=False
        )
        missing = self._encoder.load_state_dict(weights, strict=False)
        if missing.unexpected_keys:
            raise ModelError(f"The reader's weights hold unknown {missing.unexpected_keys[0]!r}.", next_step="a fresh install")
        self._encoder.eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def read(self, question: str, passages: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[list[Span]]:
        """Give the best span of every sentence: `sentences[i]` are (start, end) characters in `passages[i]`."""
        import torch

        encoded = self._tokenizer(
            [question] * len(passages),
            list(passages),
            truncation="only_second",
            max_length=MAX_TOKENS,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").numpy()
        with torch.inference_mode():
            hidden = self._encoder(**encoded).last_hidden_state
            logits = torch.nn.functional.linear(hidden, *self._head).numpy()
        found = []
        for row, spans in enumerate(sentences):
            inside = (encoded["token_type_ids"][row].numpy() == 1) & (offsets[row][:, 1] > offsets[row][:, 0])
            null = float(logits[row, 0].sum())
            found.append([_best(logits[row], offsets[row], inside, span, null) for span in spans])
        return found


def _best(
    logits: NDArray[np.float32], offsets: NDArray[np.int64], inside: NDArray[np.bool_], sentence: tuple[int, int], null: float
) -> Span:
    tokens = np.flatnonzero(inside & (offsets[:, 0] < sentence[1]) & (offsets[:, 1] > sentence[0]))
    if not len(tokens):
        return Span(sentence[0], sentence[0], -99.0)  # beyond what the model reads
    starts, ends = logits[tokens, 0], logits[tokens, 1]
    sums = starts[:, None] + ends[None, :]
    sums = np.where(np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), LONGEST_SPAN) > 0, sums, -np.inf)
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    margin = round(float(sums[first, last]) - null, 4)
    return Span(int(offsets[tokens[first], 0]), int(offsets[tokens[last], 1]), margin)


@lru_cache(maxsize=1)
def describe() -> dict[str, Any]:
    """Give what `reader.json` says of the weights: their SHA-256, how margins become chances, and figures."""
    found: dict[str, Any] = json.loads(files("rag").joinpath("reader.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def load() -> Reader:
    """Load the shipped reader once."""
    return Reader()
