"""Make `rag/reader.safetensors` and `rag/reader.json` of a training's output: weights, calibration and figures.

    python -m rag.training.calibrate --data DATA --weights OUT/reader.pt

The held-out articles of SquadShifts new_wiki and Wikinews are indexed by Footnote and asked about, with and without the
articles that answer, four of ten questions in other words, as people ask who have not read the article. From that it is found
what to take off a margin for each rank of its passage, a logistic curve turns margin and shared words into a chance, and the
threshold is put where the shares of wrong answers given and of right answers withheld sum to least. The figures are of each
half of the questions, fitted on the other.
"""

import argparse
import hashlib
import json
import random
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rag import reader
from rag.evidence import candidates
from rag.extract import MAX_READ, Odds, likeness, margins, shared
from rag.training.archives import Asked, Document, Question, RememberingEmbedder, answers, ask, held_out, new_wiki, wikinews
from rag.training.examples import Rewording

SEED = 11
RIDGE = 1e-3
RANK_COSTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read for one question: of every sentence margin, rank and share of the question's words, and if it answers."""

    kind: str
    margins: NDArray[np.float64]
    ranks: NDArray[np.float64]
    shared: NDArray[np.float64]
    right: NDArray[np.bool_]


def best(odds: Odds, outcome: Outcome) -> tuple[float, bool]:
    """The best sentence's log odds, and whether it answers."""
    if not len(outcome.margins):
        return -50.0, False
    found = odds.scale * (outcome.margins - odds.rank_cost * outcome.ranks) + odds.shared * outcome.shared + odds.offset
    return float(found.max()), bool(outcome.right[found.argmax()])


def export(weights: Path, folder: Path) -> str:
    """Write the trained layers as float16, without the embeddings that the packaged model brings; gives their SHA-256."""
    from safetensors.torch import save_file

    kept = {}
    for name, tensor in torch.load(weights, weights_only=True, map_location="cpu").items():
        if not name.startswith(("encoder.embeddings.", "encoder.pooler.")):
            kept[name.removeprefix("encoder.") if name.startswith("encoder.") else name] = tensor.half().contiguous()
    save_file(kept, folder / "reader.safetensors")
    return hashlib.sha256((folder / "reader.safetensors").read_bytes()).hexdigest()


def outcomes_of(asked: Asked) -> dict[str, Outcome]:
    """One question's hits, each sentence measured by the reader and by its likeness to the question."""
    found = candidates(asked.hits[:MAX_READ])
    ranks = np.array([float(candidate.rank) for candidate in found])
    said = np.array([shared(asked.question.text, candidate.hit, asked.index.lexicon) for candidate in found])
    right = np.array([asked.kind == "answered" and answers(candidate, asked.question) for candidate in found], dtype=bool)
    measured = {"reader": margins(asked.question.text, found), "likeness": likeness(asked.question.text, found, asked.index)}
    return {
        name: Outcome(asked.kind, np.array([span.margin for span in spans]), ranks, said, right)
        for name, spans in measured.items()
    }


def calibrate(outcomes: list[Outcome], *, share_of_words: bool = True) -> Odds:
    """Fit the log odds that the best sentence answers, by a logistic curve; the rank's cost puts most answers first."""
    read = [each for each in outcomes if len(each.margins)]
    answered = [each for each in read if each.kind == "answered"]

    def firsts(cost: float) -> int:
        return sum(best(Odds(cost, 1.0, 0.0, 0.0), each)[1] for each in answered)

    cost = max(RANK_COSTS, key=lambda cost: (firsts(cost), -cost))
    first = [int((each.margins - cost * each.ranks).argmax()) for each in read]
    y = np.array([float(each.right[at]) for each, at in zip(read, first, strict=True)])
    design = np.stack([
        [each.margins[at] - cost * each.ranks[at] for each, at in zip(read, first, strict=True)],
        [each.shared[at] if share_of_words else 0.0 for each, at in zip(read, first, strict=True)],
        np.ones(len(read)),
    ])  # fmt: skip
    weights = _logistic(design, y)
    return Odds(cost, *(round(float(weight), 5) for weight in weights))


def choose(outcomes: list[Outcome], fitted: Odds) -> float:
    """The threshold at which the shares of wrong answers given and of right answers withheld sum to least."""
    return min(figures(outcomes, fitted)[1], key=lambda point: (point[1] + point[2], point[0]))[0]


def crossed(outcomes: list[Outcome], *, share_of_words: bool = True) -> dict[str, float]:
    """Figures of questions that the curve and the threshold were not fitted on: each half by the other, and the mean."""
    shuffled = random.Random(SEED).sample(outcomes, len(outcomes))
    halves = shuffled[::2], shuffled[1::2]
    found: list[dict[str, float]] = []
    for fit, held in (halves, halves[::-1]):
        fitted = calibrate(fit, share_of_words=share_of_words)
        threshold = choose(fit, fitted)
        own, points = figures(held, fitted)
        wrong, withheld = next((point[1], point[2]) for point in points if point[0] == threshold)
        found.append(own | {"false_answers": wrong, "false_refusals": withheld})
    mean = {name: round((found[0][name] + found[1][name]) / 2, 4) for name in found[0]}
    return mean | {"questions": found[0]["questions"] + found[1]["questions"]}


def _logistic(design: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of a logistic regression, design of shape (weights, items): Newton's method, each step halved until it helps."""

    def loss(weights: NDArray[np.float64]) -> float:
        odds = weights @ design
        return float(np.sum(np.logaddexp(0, odds) - y * odds) + RIDGE * weights @ weights / 2)

    weights = np.zeros(len(design))
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(weights @ design, -500, 500)))
        slope = design @ (y - chance) - RIDGE * weights
        step = np.linalg.solve((design * (chance * (1 - chance))) @ design.T + RIDGE * np.eye(len(design)), slope)
        while loss(weights + step) > loss(weights) and np.abs(step).max() > 1e-9:
            step /= 2
        weights = weights + step
    return weights


def figures(outcomes: list[Outcome], fitted: Odds) -> tuple[dict[str, float], list[tuple[float, float, float]]]:
    """How often the first sentence answers and how well answerable is told from not; and the curve over thresholds."""
    chances = {
        kind: np.array([1 / (1 + np.exp(-best(fitted, each)[0])) for each in outcomes if each.kind == kind])
        for kind in ("answered", "near", "far")
    }
    refuse = np.concatenate([chances["near"], chances["far"]])
    answered = [each for each in outcomes if each.kind == "answered"]
    found = {
        "questions": float(len(answered)),
        "answer_read": float(np.mean([each.right.any() for each in answered])),
        "answer_first": float(np.mean([best(fitted, each)[1] for each in answered])),
        "auc_near": _auc(chances["answered"], chances["near"]),
        "auc_far": _auc(chances["answered"], chances["far"]),
    }
    points = [
        (round(float(at), 2), float((refuse >= at).mean()), float((chances["answered"] < at).mean()))
        for at in np.arange(0.02, 0.99, 0.01)
    ]
    return {name: round(value, 4) for name, value in found.items()}, points


def _auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    return float(np.mean([(value > below).mean() + (value == below).mean() / 2 for value in above]))


def main() -> None:
    """Export, read, fit, print, write."""
    parser = argparse.ArgumentParser(description="Make the shipped reader of a training's output.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds squadshifts/ and qamr/")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("rag"))
    parser.add_argument("--questions", type=int, default=160, help="of each archive size, four sizes in all")
    parser.add_argument("--vectors", type=Path, help="an .npz file: keep vectors here, and use those that are there")
    options = parser.parse_args()
    digest = export(options.weights, options.out)
    # What reads the questions below is what was just written, before there is a calibration of it.
    neutral = asdict(Odds(0.0, 0.5, 0.0, 0.0))
    (options.out / "reader.json").write_text(
        json.dumps({"sha256": digest, "reader": neutral, "likeness": neutral}) + "\n", encoding="utf-8"
    )
    reader.describe.cache_clear()
    embedder = RememberingEmbedder(options.vectors)
    reword = Rewording([each.text for source in (new_wiki, wikinews) for each in source(options.data)[0]])
    order = random.Random(SEED)
    outcomes: dict[str, list[Outcome]] = {"reader": [], "likeness": []}

    def read(documents: list[Document], questions: list[Question], sizes: tuple[int, ...]) -> None:
        held = held_out(documents)
        inside = [document for document in documents if document.group in held]
        questions = [replace(question, text=reword(question.text, order)) for question in questions]
        for asked in ask(inside, questions, sizes, options.questions, embedder, SEED):
            for name, each in outcomes_of(asked).items():
                outcomes[name].append(each)

    read(*new_wiki(options.data), (1, 8))
    read(*wikinews(options.data), (8, 96))
    if options.vectors:
        embedder.keep(options.vectors)
    described: dict[str, Any] = {"sha256": digest}
    for name, found in outcomes.items():
        fitted = calibrate(found)
        described[name] = asdict(fitted) | {"threshold": choose(found, fitted), "figures": crossed(found)}
        print(f"{name} without shared words:", json.dumps(crossed(found, share_of_words=False)))
        print(f"{name}:", json.dumps(described[name]))
        for point in figures(found, fitted)[1][::6]:
            print("threshold {:.2f}: false answers {:.3f}, false refusals {:.3f}".format(*point))
    (options.out / "reader.json").write_text(json.dumps(described) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
