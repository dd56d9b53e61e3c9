"""Fit `rag/relevance.json`: which sentence answers, and from which probability on an answer is given.

    python -m rag.training.relevance --data ../shared/bench

Data: SquadShifts new_wiki (CC BY 4.0; 40 articles to fit, the last 8 to choose the threshold and to report) and the
Wikinews half of QAMR (MIT; every fifth article to report). Each question is asked twice of an archive indexed by
Footnote itself: as it stands, and with every article that holds the answer taken away, which is the case a refusal is
for: the topic is there and the answer is not. Archives have three sizes, from one article to all, since rarity of words
depends on it. Nothing of squad2-500, CLAPnq or of the articles that tests ask about is used.
"""

import argparse
import csv
import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from index import embed
from index.build import sync
from index.embed import Vectors
from index.opened import Index, open_index
from index.records import Hit
from index.sentences import spans
from rag import relevance
from rag.evidence import Candidate, candidates
from rag.extract import featurise, preselect
from rag.records import Filters
from rag.retrieve import DEFAULT_LIMIT, retrieve

HIDDEN = 16
EPOCHS = 40
SEED = 7


@dataclass(frozen=True, slots=True)
class Document:
    """One article of an archive to train on; `group` keeps what belongs together on one side of the split."""

    name: str
    title: str
    text: str
    group: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the document that answers it, the accepted answers and the words around each in that document."""

    text: str
    document: str
    answers: tuple[str, ...]
    contexts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One question asked of one archive: features of its candidates, and which of them answer (none, perhaps)."""

    source: str
    features: relevance.Features
    answers: NDArray[np.bool_]


class RememberingEmbedder:
    """The packaged model, which encodes no text twice: a run meets each sentence in many archives."""

    def __init__(self, kept: Path | None) -> None:
        self._model = embed.load()
        self._known: dict[str, Vectors] = {}
        if kept and kept.exists():
            stored = np.load(kept, allow_pickle=False)
            self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
        self.name, self.fingerprint = self._model.name, self._model.fingerprint
        self.dimension, self.window = self._model.dimension, self._model.window
        self.count_tokens = self._model.count_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length one."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def keep(self, file: Path) -> None:
        """Write all vectors to a file, so that the next run starts with them."""
        np.savez(file, texts=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))


def new_wiki(data: Path) -> tuple[list[Document], list[Question]]:
    """SquadShifts new_wiki: each paragraph is a document, its Wikipedia article the group."""
    documents, questions = [], []
    articles = json.loads((data / "squadshifts/new_wiki_v1.0.json").read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(articles):
        title = article["title"].replace("_", " ")
        for place, paragraph in enumerate(article["paragraphs"]):
            name, text = f"w{number:02d}-{place:03d}", paragraph["context"]
            documents.append(Document(name, title, text, f"w{number:02d}"))
            for entry in paragraph["qas"]:
                spans = [(answer["answer_start"], answer["text"]) for answer in entry["answers"]]
                contexts = tuple(dict.fromkeys(text[max(0, at - 30) : at + len(words)] for at, words in spans))
                questions.append(Question(entry["question"], name, tuple({words for _, words in spans}), contexts))
    return documents, questions


def wikinews(data: Path) -> tuple[list[Document], list[Question]]:
    """QAMR over Wikinews: the sentences at hand of each news article, joined; one question a sentence and asker."""
    sentences: dict[str, str] = {}
    for line in (data / "qamr/wiki-sentences.tsv").read_text(encoding="utf-8").splitlines():
        name, words = line.split("\t")
        if ":wikinews:" in name:
            sentences[name] = words
    by_article: dict[str, list[str]] = {}
    for name in sorted(sentences, key=lambda name: [int(part) for part in name.split(":")[2:]]):
        by_article.setdefault(name.split(":")[2], []).append(name)
    documents = [
        Document(f"n{article}", "", " ".join(_joined(sentences[name].split(" ")) for name in names), f"n{article}")
        for article, names in by_article.items()
    ]
    questions = []
    for part in ("dev.tsv", "test.tsv"):
        with (data / "qamr" / part).open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                # A question that names nothing ("Who died?") can only be asked of a sentence that is in view.
                if row[0] not in sentences or not any(word[0].isupper() for word in row[5].split()[1:]):
                    continue
                tokens = sentences[row[0]].split(" ")
                answer = _joined([tokens[int(at)] for at in row[6].split()])
                questions.append(Question(row[5], f"n{row[0].split(':')[2]}", (answer,), (_joined(tokens),)))
    return documents, questions


def _joined(tokens: Sequence[str]) -> str:
    text = " ".join(tokens)
    for written, meant in (("-LRB- ", "("), (" -RRB-", ")"), ("-LSB- ", "["), (" -RSB-", "]"), ("`` ", '"'), (" ''", '"'),
                           (" 's", "'s"), (" n't", "n't"), (" '", "'"), ("$ ", "$"), (" %", "%")):  # fmt: skip
        text = text.replace(written, meant)
    for mark in ",.;:?!":
        text = text.replace(f" {mark}", mark)
    return text


def archives(documents: list[Document], questions: list[Question], sizes: Sequence[int], each: int,
             embedder: RememberingEmbedder, seed: int) -> Iterator[Item]:  # fmt: skip
    """Ask questions of archives of so many groups, `each` questions for every size, with and without their answer."""
    order = random.Random(seed)
    groups = sorted({document.group for document in documents})
    group_of = {document.name: document.group for document in documents}
    text_of = {document.name: document.text for document in documents}
    for size in sizes:
        order.shuffle(groups)
        parts = [groups[start : start + size] for start in range(0, len(groups), size)]
        for part in parts:
            with tempfile.TemporaryDirectory() as folder:
                index = _indexed(Path(folder), [doc for doc in documents if doc.group in part], embedder)
                own = [question for question in questions if group_of[question.document] in part]
                for question in order.sample(own, min(len(own), max(1, each // len(parts)))):
                    hits = retrieve(index, question.text, Filters(), limit=4 * DEFAULT_LIMIT)
                    yield from _asked(question, hits, index, text_of)
                foreign = [question for question in questions if group_of[question.document] not in part]
                for question in order.sample(foreign, min(len(foreign), max(1, each // len(parts) // 4))):
                    hits = _without(question, retrieve(index, question.text, Filters(), limit=2 * DEFAULT_LIMIT), text_of)
                    yield _item("far", question, hits, index)
                index.close()


def _asked(question: Question, hits: list[Hit], index: Index, text_of: dict[str, str]) -> Iterator[Item]:
    yield _item("answered", question, hits[:DEFAULT_LIMIT], index)
    yield _item("near", question, _without(question, hits, text_of), index)


def _without(question: Question, hits: list[Hit], text_of: dict[str, str]) -> list[Hit]:
    lost = {question.document}
    lost |= {name for name, text in text_of.items() if any(words.lower() in text.lower() for words in question.answers)}
    return [hit for hit in hits if hit.article.path.removesuffix(".json") not in lost][:DEFAULT_LIMIT]


def _item(source: str, question: Question, hits: list[Hit], index: Index) -> Item:
    found = preselect(question.text, candidates(hits), index.lexicon)
    answers = np.array([source == "answered" and _answers(candidate, question) for candidate in found], dtype=bool)
    if not found:
        return Item(source, np.zeros((0, len(relevance.NAMES)), dtype=np.float32), answers)
    return Item(source, featurise(question.text, found, index), answers)


def _answers(candidate: Candidate, question: Question) -> bool:
    if candidate.hit.article.path.removesuffix(".json") != question.document:
        return False
    article = candidate.hit.article.text
    for context in question.contexts:
        at = article.find(context)
        if at >= 0 and len(context) > 200:  # the context is the whole sentence
            return candidate.start < at + len(context) and at < candidate.end
        if at >= 0 and candidate.start < at + len(context) <= candidate.end + 1:
            return True
    return False


def _indexed(folder: Path, documents: list[Document], embedder: RememberingEmbedder) -> Index:
    source = folder / "articles"
    source.mkdir()
    for document in documents:
        record = {"title": document.title, "text": document.text}
        (source / f"{document.name}.json").write_text(json.dumps(record), encoding="utf-8")
    sync([source], folder / "index", embedder=embedder)
    return open_index(folder / "index", embedder=embedder)


def fit(items: list[Item], *, hidden: int = HIDDEN, epochs: int = EPOCHS, seed: int = SEED) -> relevance.Weights:
    """Weights that put the answering sentence, or none, above all others: a softmax over candidates and "no answer"."""
    torch.manual_seed(seed)
    stacked = np.concatenate([item.features for item in items])
    mean, scale = stacked.mean(0), stacked.std(0) + 1e-2
    longest = max(len(item.features) for item in items)
    features = torch.zeros(len(items), longest, stacked.shape[1])
    there = torch.zeros(len(items), longest, dtype=torch.bool)
    right = torch.zeros(len(items), longest, dtype=torch.bool)
    for number, item in enumerate(items):
        features[number, : len(item.features)] = torch.from_numpy((item.features - mean) / scale)
        there[number, : len(item.features)] = True
        right[number, : len(item.features)] = torch.from_numpy(item.answers)
    first, last = torch.nn.Linear(stacked.shape[1], hidden), torch.nn.Linear(hidden, 1, bias=False)
    linear = torch.nn.Linear(stacked.shape[1], 1)
    parameters = [*first.parameters(), *last.parameters(), *linear.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(items)), 256):
            logits = (last(torch.tanh(first(features[batch]))) + linear(features[batch]))[..., 0]
            logits = logits.masked_fill(~there[batch], -1e9)
            chances = torch.log_softmax(torch.cat([torch.zeros(len(batch), 1), logits], 1), 1)
            answered = right[batch].any(1)
            chosen = torch.logsumexp(chances[:, 1:].masked_fill(~right[batch], -1e9), 1)
            loss = -torch.where(answered, chosen, chances[:, 0]).mean()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        schedule.step()
    arrays = {
        "mean": mean, "scale": scale, "hidden": first.weight, "hidden_bias": first.bias, "out": last.weight[0],
        "linear": linear.weight[0], "bias": linear.bias,
    }  # fmt: skip
    return {
        name: np.round(value.detach().numpy() if isinstance(value, torch.Tensor) else value, 5).tolist()
        for name, value in arrays.items()
    }


def report(items: list[Item], model: relevance.Relevance) -> tuple[dict[str, float], list[tuple[float, float, float]]]:
    """Figures on items, and the curve: (threshold, share of wrong answers given, share of right answers withheld)."""
    best = {source: np.array([_best(item, model)[0] for item in items if item.source == source])
            for source in ("answered", "near", "far")}  # fmt: skip
    firsts = [_best(item, model)[1] for item in items if item.source == "answered"]
    reached = [bool(item.answers.any()) for item in items if item.source == "answered"]
    figures = {
        "questions": float(len(firsts)),
        "answer_among_candidates": float(np.mean(reached)),
        "answer_first": float(np.mean(firsts)),
        "auc_near": _auc(best["answered"], best["near"]),
        "auc_far": _auc(best["answered"], best["far"]),
    }
    refuse = np.concatenate([best["near"], best["far"]])
    curve = [
        (round(float(threshold), 3), float((refuse >= threshold).mean()), float((best["answered"] < threshold).mean()))
        for threshold in np.arange(0.02, 0.99, 0.01)
    ]
    return figures, curve


def _best(item: Item, model: relevance.Relevance) -> tuple[float, bool]:
    if not len(item.features):
        return 0.0, False
    scores = model.score(item.features)
    return float(scores.max()), bool(item.answers[int(scores.argmax())])


def _auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    return float(np.mean([(value > below).mean() + (value == below).mean() / 2 for value in above]))


def main() -> None:
    """Fit, choose the threshold, print the figures and write the file."""
    parser = argparse.ArgumentParser(description="Fit rag/relevance.json.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds squadshifts/ and qamr/")
    parser.add_argument("--out", type=Path, default=Path("rag/relevance.json"))
    parser.add_argument("--vectors", type=Path, help="an .npz file: keep vectors here, and use those that are there")
    options = parser.parse_args()
    wiki, wiki_questions = new_wiki(options.data)
    news, news_questions = wikinews(options.data)
    news_questions = random.Random(SEED).sample(news_questions, 4000)
    embedder = RememberingEmbedder(options.vectors)

    def ask(documents: list[Document], questions: list[Question], sizes: Sequence[int], each: int) -> list[Item]:
        names = {document.name for document in documents}
        own = [question for question in questions if question.document in names]
        return list(archives(documents, own, sizes, each, embedder, SEED))

    held_news = {document.group for number, document in enumerate(news) if number % 5 == 0}
    sentences = [doc.text[start:end] for doc in wiki + news for start, end in spans(doc.text)]
    embedder.encode(sentences + [question.text for question in wiki_questions + news_questions])  # in whole batches
    if options.vectors:
        embedder.keep(options.vectors)
    parts = {
        "wiki": ask([doc for doc in wiki if doc.group < "w40"], wiki_questions, (1, 6, 40), 1500),
        "wiki held": ask([doc for doc in wiki if doc.group >= "w40"], wiki_questions, (1, 8), 500),
        "news": ask([doc for doc in news if doc.group not in held_news], news_questions, (6, 40, 400), 1500),
        "news held": ask([doc for doc in news if doc.group in held_news], news_questions, (6, 100), 500),
    }
    if options.vectors:
        embedder.keep(options.vectors)
    weights = fit(parts["wiki"] + parts["news"])
    model = relevance.Relevance(weights)
    held = parts["wiki held"] + parts["news held"]
    figures, curve = report(held, model)
    threshold, wrong, withheld = min(curve, key=lambda point: (point[1] + point[2], point[0]))
    for name, items in [*parts.items(), ("all held", held)]:
        print(name, json.dumps({key: round(value, 4) for key, value in report(items, model)[0].items()}))
    for point in curve[::6]:
        print("threshold {:.2f}: false answers {:.3f}, false refusals {:.3f}".format(*point))
    print(f"chosen {threshold:.2f}: false answers {wrong:.3f}, false refusals {withheld:.3f}")
    fitted = {
        "version": hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()[:12],
        "threshold": threshold,
        "figures": {key: round(value, 4) for key, value in figures.items()}
        | {"false_answers": round(wrong, 4), "false_refusals": round(withheld, 4)},
        "features": relevance.NAMES,
        "weights": weights,
    }
    options.out.write_text(json.dumps(fitted) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
