"""How likely a sentence answers a question: a small model over features of words, names, meaning and kind of answer.

The weights in `relevance.json` are made by `python -m rag.training.relevance`; it says on what data, and how good they are.
It compares; it does not read. A reader that does may take its place behind `rag/extract.py`.
"""

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.keyword import STOP_WORDS, words
from rag.answer_types import KINDS, focus_of, holds, kind_of
from rag.evidence import Candidate, leans

Features = NDArray[np.float32]
Weights = Mapping[str, Sequence[float] | Sequence[Sequence[float]]]

_NAME_OR_NUMBER = re.compile(r"\b[A-Z][\w’'-]*|\d[\d,.]*\d|\d")


class Lexicon(Protocol):
    """What the features need to know of an archive's words: the index's keyword search has it."""

    def stems(self, text: str) -> list[str]:
        """The words of a text, lower case, endings off."""
        ...

    def frequency(self, stem: str) -> int:
        """In how many passages a stem occurs."""
        ...

    def __len__(self) -> int: ...


def rarity(stem: str, lexicon: Lexicon) -> float:
    """How rare a stem is: about 0 for one in every passage, 1 for one in none (the idf of BM25, scaled)."""
    passages, found = len(lexicon), lexicon.frequency(stem)
    return math.log(1 + (passages - found + 0.5) / (found + 0.5)) / math.log(1 + (passages + 0.5) / 0.5)


def asked_stems(question: str, lexicon: Lexicon) -> dict[str, float]:
    """The stems of a question that carry its meaning, in order, each with its rarity."""
    stems = dict.fromkeys(lexicon.stems(" ".join(word for word in words(question) if word not in STOP_WORDS)))
    return {stem: rarity(stem, lexicon) for stem in stems if stem not in STOP_WORDS and stem != "s"}


NAMES = (
    "cosine", "cosine_below_best", "passage_cosine", "rank",
    "words", "words_below_best", "words_with_before", "words_in_passage", "rarest_missing", "rarest_missing_in_passage",
    "pairs", "names", "names_in_passage", "no_names",
    "focus", "focus_there", "focus_by_number",
    "length", "is_question", "nothing_new", "new_words", "leans", "leads",
    "holds_kind",
    *(f"kind_{kind}" for kind in KINDS),
    *(f"holds_{kind}" for kind in KINDS),
)  # fmt: skip


def features(
    question: str,
    candidates: Sequence[Candidate],
    cosines: Sequence[float],
    passage_cosines: Sequence[float],
    of: Lexicon,
) -> Features:
    """Features of each candidate for a question, of shape (len(candidates), len(NAMES)).

    `cosines` compare the question with the sentence, `passage_cosines` with the passage (one per candidate, both).
    """
    kind, focus = kind_of(question), focus_of(question)
    weight = asked_stems(question, of)
    total = sum(weight.values()) or 1.0
    pairs = set(itertools.pairwise(weight))
    named = [set(of.stems(match.group())) for match in _NAME_OR_NUMBER.finditer(question) if match.start() > 0]
    focus_stems = set(of.stems(focus)) - STOP_WORDS if focus else set()
    stems_of = lru_cache(maxsize=None)(lambda text: tuple(of.stems(text)))

    def share(found: set[str]) -> float:
        return sum(value for stem, value in weight.items() if stem in found) / total

    def missing(found: set[str]) -> float:
        return max((value for stem, value in weight.items() if stem not in found), default=0.0)

    rows = []
    for candidate, cosine, passage_cosine in zip(candidates, cosines, passage_cosines, strict=True):
        sequence = stems_of(candidate.text)
        own = set(sequence)
        title = set(stems_of(candidate.hit.article.title or ""))
        passage = set(stems_of(candidate.hit.passage.text)) | title
        near = own | set(stems_of(candidate.before)) | title
        content = [stem for stem in sequence if stem not in STOP_WORDS]
        new = len({stem for stem in content if stem not in weight})
        held = holds(kind, candidate.text, question)
        rows.append([
            cosine, 0.0, passage_cosine, 1 / (1 + candidate.rank),
            share(own), 0.0, share(near), share(passage), missing(own), missing(passage),
            len(pairs & set(itertools.pairwise(content))) / max(len(pairs), 1),
            sum(name <= own for name in named) / max(len(named), 1),
            sum(name <= passage for name in named) / max(len(named), 1), float(not named),
            float(bool(focus_stems)), float(bool(focus_stems) and focus_stems <= own),
            float(bool(focus_stems) and _counted(sequence, focus_stems)),
            min(len(candidate.text), 400) / 400, float(candidate.text.rstrip("\"'”’").endswith("?")),
            float(new < 2), math.log1p(new), float(leans(candidate.text)), float(candidate.leads),
            float(held),
            *(float(kind == each) for each in KINDS),
            *(float(kind == each and held) for each in KINDS),
        ])  # fmt: skip
    found = np.asarray(rows, dtype=np.float32).reshape(-1, len(NAMES))
    for column, source in (("cosine_below_best", "cosine"), ("words_below_best", "words")):
        values = found[:, NAMES.index(source)]
        found[:, NAMES.index(column)] = values - values.max(initial=0.0)
    return found


def _counted(sequence: Sequence[str], focus: set[str]) -> bool:
    """Whether a number stands within three words of the thing counted."""
    numbers = [position for position, stem in enumerate(sequence) if stem[0].isdigit()]
    return any(focus & set(sequence[max(0, position - 2) : position + 5]) for position in numbers)


class Relevance:
    """The fitted model: features -> probability that a sentence answers. One hidden layer, a few kilobytes."""

    def __init__(self, weights: Weights) -> None:
        arrays = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self._hidden, self._hidden_bias = arrays["hidden"], arrays["hidden_bias"]
        self._out, self._linear, self._bias = arrays["out"], arrays["linear"], arrays["bias"]

    def score(self, found: Features) -> NDArray[np.float32]:
        """Probabilities of shape (n,), rounded so that the last bits of a sum never decide an order."""
        scaled = (found - self._mean) / self._scale
        hidden = np.tanh(scaled @ self._hidden.T + self._hidden_bias)
        logits = hidden @ self._out + scaled @ self._linear + self._bias
        return np.round(1 / (1 + np.exp(-logits)), 5).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What `relevance.json` holds: the model and the probability from which a sentence is taken for an answer."""

    relevance: Relevance
    threshold: float
    version: str


@lru_cache(maxsize=1)
def load() -> Fitted:
    """The shipped model."""
    fitted = json.loads(files("rag").joinpath("relevance.json").read_text(encoding="utf-8"))
    if tuple(fitted["features"]) != NAMES:
        raise AssertionError("relevance.json was fitted on other features: run python -m rag.training.relevance")
    return Fitted(Relevance(fitted["weights"]), float(fitted["threshold"]), fitted["version"])
