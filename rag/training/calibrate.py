"""Make `rag/reader.safetensors` and `rag/reader.json` of a training's output: weights, calibration and figures.

    python -m rag.training.calibrate --data DATA --weights OUT/reader.pt
    python -m rag.training.calibrate --data DATA    # the shipped reader once more: prints, draws the curve, changes no weights

The held-out articles of SquadShifts new_wiki and Wikinews and the held-out stories are indexed by Footnote and
asked about, with and without the articles that answer: the public questions, four of ten in other words, and those written for
Footnote, half of which nothing answers though the topic is there. So are the even halves of CLAPnq and squad2-500, whose odd
halves nothing is fitted on. A logistic curve turns a sentence's margin, its passage's rank and score and the names that its
article lacks into the chance that it answers, and the threshold is put where the shares of wrong answers given and of right
answers withheld are both as near as can be to what the aims allow. The figures are of each half of the questions, fitted on
the other. The same is done for likeness alone, which stands in where the reader is left out. The curve is drawn into
`docs/refusal.svg`.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rag import reader
from rag.evidence import candidates
from rag.extract import MAX_READ, Odds, likeness, margins, missing_names
from rag.training import curve
from rag.training.archives import (
    Asked,
    Document,
    Question,
    RememberingEmbedder,
    answers,
    ask,
    clapnq,
    held_out,
    new_wiki,
    squad2_500,
    wikinews,
)
from rag.training.examples import Rewording
from rag.training.written import as_questions, stories

SEED = 11
# What the aims allow: 3 answers to 18 questions that nothing answers, and 3 right answers withheld of 50.
WRONG, WITHHELD = 3 / 18, 3 / 50
RIDGE = 1e-3
ROUNDS = 4  # the best sentences are chosen and the curve is fitted in turn; it need not settle


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read for one question: of every sentence what its odds are made of, and if it answers."""

    kind: str
    source: str
    margins: NDArray[np.float64]
    ranks: NDArray[np.float64]
    near: NDArray[np.float64]
    missing: NDArray[np.float64]
    right: NDArray[np.bool_]

    @property
    def features(self) -> NDArray[np.float64]:
        """Shape (4, sentences)."""
        return np.stack([self.margins, self.ranks, self.near, self.missing])


def best(odds: Odds, outcome: Outcome) -> tuple[float, bool]:
    """The best sentence's log odds, and whether it answers."""
    if not len(outcome.margins):
        return -50.0, False
    found = np.array([odds.margin, odds.rank, odds.near, odds.missing]) @ outcome.features + odds.offset
    return float(found.max()), bool(outcome.right[found.argmax()])


def export(weights: Sequence[Path], folder: Path) -> str:
    """Write the trained layers as float16, without the embeddings that the packaged model brings; gives their SHA-256.

    Of several readers the mean of their weights (Wortsman et al. 2022, arXiv 2109.01903): one of them has to come of the other.
    """
    from safetensors.torch import load_file, save_file

    readers = []
    for file in weights:
        if file.suffix == ".pt":
            trained = torch.load(file, weights_only=True, map_location="cpu").items()
            readers.append({name.removeprefix("encoder."): tensor.float() for name, tensor in trained})
        else:
            readers.append({name: tensor.float() for name, tensor in load_file(file).items()})
    kept = {
        name: torch.stack([reader[name] for reader in readers]).mean(dim=0).half().contiguous()
        for name in readers[0]
        if not name.startswith(("embeddings.", "pooler."))
    }
    save_file(kept, folder / "reader.safetensors")
    return hashlib.sha256((folder / "reader.safetensors").read_bytes()).hexdigest()


def outcomes_of(asked: Asked, source: str) -> dict[str, Outcome]:
    """One question's hits, each sentence measured by the reader and by its likeness to the question."""
    found = candidates(asked.hits[:MAX_READ])
    ranks = np.array([float(candidate.rank) for candidate in found])
    near = np.array([candidate.hit.score for candidate in found])
    lacking = missing_names(asked.question.text, found, asked.index.lexicon)
    missing = np.array([float(lacking[candidate.hit.article.id]) for candidate in found])
    right = np.array([asked.kind == "answered" and answers(candidate, asked.question) for candidate in found], dtype=bool)
    measured = {"reader": margins(asked.question.text, found), "likeness": likeness(asked.question.text, found, asked.index)}
    return {
        name: Outcome(asked.kind, source, np.array([span.margin for span in spans]), ranks, near, missing, right)
        for name, spans in measured.items()
    }


def calibrate(outcomes: list[Outcome]) -> Odds:
    """Fit the log odds that the best sentence answers by a logistic curve, which also says which one is the best.

    What is best and what the curve makes of it depend on each other: of a few rounds the one counts that puts most answers
    first.
    """
    read = [each for each in outcomes if len(each.margins)]
    odds, tried = Odds(1.0, 0.0, 0.0, 0.0, 0.0), []
    for _ in range(ROUNDS):
        weights = np.array([odds.margin, odds.rank, odds.near, odds.missing])
        first = [int((weights @ each.features).argmax()) for each in read]
        y = np.array([float(each.right[at]) for each, at in zip(read, first, strict=True)])
        design = np.stack([np.append(each.features[:, at], 1.0) for each, at in zip(read, first, strict=True)], axis=1)
        odds = Odds(*(round(float(weight), 5) for weight in _logistic(design, y)))
        tried.append(odds)
    answered = [each for each in read if each.kind == "answered"]
    return max(tried, key=lambda odds: sum(best(odds, each)[1] for each in answered))  # the first of equals


def choose(outcomes: list[Outcome], fitted: Odds) -> float:
    """The threshold at which the worse of the two errors, each beside what the aims allow, is least."""
    return min(figures(outcomes, fitted)[1], key=lambda point: (max(point[1] / WRONG, point[2] / WITHHELD), point[0]))[0]


def crossed(outcomes: list[Outcome]) -> dict[str, float]:
    """Figures of questions that the curve and the threshold were not fitted on: each half by the other, and the mean."""
    shuffled = random.Random(SEED).sample(outcomes, len(outcomes))
    halves = shuffled[::2], shuffled[1::2]
    found: list[dict[str, float]] = []
    for fit, held in (halves, halves[::-1]):
        fitted = calibrate(fit)
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


def by_source(outcomes: list[Outcome], fitted: Odds, threshold: float) -> list[str]:
    """Both errors at the threshold for every source of questions, a line each."""
    found = []
    for source in dict.fromkeys(each.source for each in outcomes):
        own = [(each.kind, 1 / (1 + np.exp(-best(fitted, each)[0]))) for each in outcomes if each.source == source]
        wrong = np.mean([chance >= threshold for kind, chance in own if kind != "answered"])
        withheld = np.mean([chance < threshold for kind, chance in own if kind == "answered"])
        found.append(f"  {source}: false answers {wrong:.3f}, false refusals {withheld:.3f}")
    return found


def _auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    return float(np.mean([(value > below).mean() + (value == below).mean() / 2 for value in above]))


def main() -> None:
    """Export, read, fit, print, write."""
    parser = argparse.ArgumentParser(description="Make the shipped reader of a training's output.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds squadshifts/ and qamr/")
    parser.add_argument("--weights", type=Path, action="append", default=[], help=(
        "a training's reader.pt or a shipped reader; given again, their mean; without, the shipped reader is measured again"
    ))  # fmt: skip
    parser.add_argument("--curve", type=Path, default=Path("docs/refusal.svg"), help="where the curve is drawn")
    parser.add_argument("--questions", type=int, default=160, help="of each archive size, four sizes in all")
    parser.add_argument("--vectors", type=Path, help="an .npz file: keep vectors here, and use those that are there")
    options = parser.parse_args()
    package = Path(reader.__file__).parent
    if options.weights:
        digest = export(options.weights, package)
        # What reads the questions below is what was just written, before there is a calibration of it.
        neutral = asdict(Odds(0.5, 0.0, 0.0, 0.0, 0.0))
        (package / "reader.json").write_text(
            json.dumps({"sha256": digest, "reader": neutral, "likeness": neutral}) + "\n", encoding="utf-8"
        )
        reader.describe.cache_clear()
    embedder = RememberingEmbedder(options.vectors)
    reword = Rewording([each.text for source in (new_wiki, wikinews) for each in source(options.data)[0]])
    order = random.Random(SEED)
    outcomes: dict[str, list[Outcome]] = {"reader": [], "likeness": []}

    def read(source: str, documents: list[Document], questions: list[Question], *sizes: int, all_of_them: bool = False) -> None:
        held = {document.group for document in documents} if all_of_them else held_out(documents)
        inside = [document for document in documents if document.group in held]
        count = len(questions) if all_of_them else options.questions
        for asked in ask(inside, questions, sizes or (len(held),), count, embedder, SEED):
            for name, each in outcomes_of(asked, source).items():
                outcomes[name].append(each)

    wiki, news = new_wiki(options.data), wikinews(options.data)
    for source, (documents, questions), sizes in (("new_wiki", wiki, (1, 8)), ("Wikinews", news, (8, 96))):
        read(source, documents, [replace(question, text=reword(question.text, order)) for question in questions], *sizes)
    read("written", wiki[0], as_questions(wiki[0]), 8)
    read("written", news[0], as_questions(news[0]), 96)
    read("written", stories(), as_questions(stories()), 5, 15)
    read("CLAPnq, even half", *clapnq(options.data), all_of_them=True)
    read("squad2-500, even half", *squad2_500(options.data), all_of_them=True)
    if options.vectors:
        embedder.keep(options.vectors)
    described: dict[str, Any] = {"sha256": digest if options.weights else reader.describe()["sha256"]}
    for name, found in outcomes.items():
        fitted = calibrate(found)
        described[name] = asdict(fitted) | {"threshold": choose(found, fitted), "figures": crossed(found)}
        print(f"{name}:", json.dumps(described[name]))
        points = figures(found, fitted)[1]
        for point in points[::6]:
            print("threshold {:.2f}: false answers {:.3f}, false refusals {:.3f}".format(*point))
        print(*by_source(found, fitted, described[name]["threshold"]), sep="\n")
        if name == "reader":
            options.curve.write_text(curve.svg(points, described[name]["threshold"]), encoding="utf-8")
    (package / "reader.json").write_text(json.dumps(described) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
