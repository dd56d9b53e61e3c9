"""Hits -> hits: a cross-encoder, which reads question and passage together, may put what was found in another order.

Off unless one is named. It changes the order, so the rank of each passage and which passages are read; `Hit.score` stays what
the search gave, since the reader's odds were fitted to that and a cross-encoder's scores have no common scale.
"""

import json
import math
import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat

from index import model_folder
from index.records import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH = 8  # pairs of like length
KEPT = 2  # models that stay loaded
KIND = model_folder.Kind("reranker", next_step="the same without --reranker")
_HEADS = ("ForSequenceClassification", "ForCausalLM")  # architectures that end in a score, as transformers names them
_LOADING = threading.Lock()


class Reranker(Protocol):
    """Says how well texts answer a question. Equal names mean equal scores: the name is part of `settings_hash`."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One number a text, in their order; higher is better, comparable for this question only."""
        ...


def reranked(question: str, hits: Sequence[Hit], reranker: Reranker | None) -> list[Hit]:
    """The same hits, best first by the reranker; those that it scores equal, and all without one, stay in order.

    It is given each passage with its article's title before it, as the reader is. Raises ModelError when what it gives is not
    one number a passage.
    """
    if reranker is None or len(hits) < 2:
        return list(hits)
    texts = [f"{hit.article.title}. {hit.passage.text}" if hit.article.title else hit.passage.text for hit in hits]
    scores = list(reranker.score(question, texts))
    if len(scores) != len(hits):
        raise KIND.error(f"The reranker {reranker.name!r} gave {len(scores)} scores for {len(hits)} passages.")
    for score in scores:
        if not isinstance(score, SupportsFloat) or not math.isfinite(score):
            raise KIND.error(f"The reranker {reranker.name!r} gave a score that no order can be made of: {score}.")
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [hits[place] for place in order]


def chosen(reranker: str | Path | Reranker | None) -> Reranker | None:
    """What was asked for, if anything: a model by name or folder is loaded, anything else is one already."""
    return load(reranker) if isinstance(reranker, str | Path) else reranker


def ready(reranker: str | Path | Reranker | None) -> Reranker | None:
    """The same, tried once, so that what is wrong with it is said before a question is asked."""
    found = chosen(reranker)
    if found is not None:
        found.score("Is it ready?", ["It is."])
    return found


def load(name: str | Path) -> "SentenceReranker":
    """Find a cross-encoder: a folder, or a name on the Hugging Face hub (fetched once, unless offline).

    What was found is kept, and torch is imported when it scores for the first time. Raises ModelError when there is none, when
    its folder holds Python files or weights that are only pickled, and for a model that was not made to score.
    """
    folder = Path(name).expanduser()
    with _LOADING:
        return _load(str(name), folder.resolve() if str(name) and folder.is_dir() else None)


@lru_cache(maxsize=KEPT)
def _load(name: str, place: Path | None) -> "SentenceReranker":
    folder = model_folder.find(str(place or name), KIND)
    if not _made_to_score(folder):
        raise KIND.error(f"The model folder {str(folder)!r} holds no cross-encoder, which is what scores a passage.")
    return SentenceReranker(place.name if place else name, folder)


class SentenceReranker:
    """A sentence-transformers cross-encoder on the CPU, opened at its first use. It never runs code that comes with a model.

    Threads may share it; they take turns.
    """

    def __init__(self, known_as: str, folder: Path) -> None:
        self.known_as = known_as
        self.folder = folder
        self._turn = threading.RLock()  # as for an embedding model: a fast tokenizer in use refuses a second thread

    @cached_property
    def name(self) -> str:
        """What it is known as, and twelve hex digits over its files: another model under the same name is another."""
        return f"{self.known_as} {model_folder.fingerprint(self.folder)[:12]}"

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """The model's logit for each text, rounded so that the last bits of a sum never decide an order."""
        if not texts:
            return []
        with self._turn:
            pairs = [(question, text) for text in texts]
            logits = self._loaded.predict(pairs, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        return [round(float(logit), 5) for logit in logits]

    @cached_property
    def _loaded(self) -> "CrossEncoder":
        with model_folder.opening(self.folder, KIND) as options:
            from sentence_transformers import CrossEncoder
            from torch.nn import Identity

            # Logits as they are: a sigmoid keeps their order, but makes all that are nearly sure equal. And so no function
            # that the model's own configuration names is looked up.
            model: CrossEncoder = CrossEncoder(str(self.folder), activation_fn=Identity(), **options)
            if model.num_labels != 1:
                raise ValueError(f"it gives {model.num_labels} scores a passage, and one is needed")
            return model


def _made_to_score(folder: Path) -> bool:
    """Whether a model ends in a score. To any other the library adds a last layer of random numbers, and only warns."""
    own, base = (_json(folder / name) for name in ("config_sentence_transformers.json", "config.json"))
    architectures = base.get("architectures") or []
    return own.get("model_type") == "CrossEncoder" or any(str(each).endswith(_HEADS) for each in architectures)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
