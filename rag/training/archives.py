"""Public questions asked of archives that Footnote itself indexes: what the weights are fitted on.

SquadShifts new_wiki (CC BY 4.0) and the Wikinews half of QAMR (MIT). Each question is asked of an archive as it stands, of
the same archive with every article that holds the answer taken away (the topic is there and the answer is not: what a
refusal is for), and of an archive about something else. Archives have several sizes, since rarity of words depends on it.
"""

import csv
import json
import os
import random
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index import embed
from index.build import sync
from index.clean import clean
from index.embed import Vectors
from index.opened import Index, open_index
from index.packaged import Parts
from index.records import Hit
from rag.evidence import Candidate
from rag.records import Filters
from rag.retrieve import DEFAULT_LIMIT, retrieve


@dataclass(frozen=True, slots=True)
class Document:
    """One article of an archive to train on; `group` keeps what belongs together on one side of the split."""

    name: str
    title: str
    text: str
    group: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the document that answers it, the accepted answers, and for each the words that end with it there."""

    text: str
    document: str
    answers: tuple[str, ...]
    contexts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked of one archive and what was found; only an "answered" one can be answered from its hits."""

    kind: Literal["answered", "near", "far"]
    question: Question
    hits: tuple[Hit, ...]
    index: Index


class RememberingEmbedder:
    """The packaged model, which encodes no text twice: a run meets each sentence in many archives."""

    def __init__(self, kept: Path | None) -> None:
        self._model = embed.load()
        self._known: dict[str, Vectors] = {}
        self._parts: dict[str, Vectors] = {}
        if kept:
            self.recall(kept)
        self.name, self.fingerprint = self._model.name, self._model.fingerprint
        self.dimension, self.window = self._model.dimension, self._model.window
        self.count_tokens = self._model.count_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length one."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def encode_parts(self, texts: Sequence[str], parts: Sequence[Parts]) -> tuple[Vectors, list[Vectors]]:
        """As the model gives them; a text's parts are the same every time."""
        new = [(text, own) for text, own in zip(texts, parts, strict=True) if text not in self._parts]
        if new:
            vectors, of_parts = self._model.encode_parts(*zip(*new, strict=True))
            for (text, _), vector, own in zip(new, vectors, of_parts, strict=True):
                self._known[text], self._parts[text] = vector, own
        return self.encode(texts), [self._parts[text] for text in texts]

    def keep(self, file: Path) -> None:
        """Write all vectors to an .npz file, so that the next run starts with them."""
        # As bytes: an array of str gives every text the room of the longest.
        texts = np.frombuffer(json.dumps(list(self._known)).encode(), dtype=np.uint8)
        new = file.with_suffix(".new.npz")
        np.savez(new, texts=texts, vectors=np.stack(list(self._known.values())))
        os.replace(new, file)

    def recall(self, file: Path) -> None:
        """Take the vectors that were kept in a file, when it is there."""
        if file.exists():
            with np.load(file, allow_pickle=False) as stored:
                self._known |= dict(zip(json.loads(stored["texts"].tobytes()), stored["vectors"], strict=True))


def new_wiki(data: Path) -> tuple[list[Document], list[Question]]:
    """SquadShifts new_wiki: each paragraph is a document, its Wikipedia article the group."""
    documents: list[Document] = []
    questions: list[Question] = []
    articles = json.loads((data / "squadshifts/new_wiki_v1.0.json").read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(articles):
        title = article["title"].replace("_", " ")
        for place, paragraph in enumerate(article["paragraphs"]):
            name, text = f"w{number:02d}-{place:03d}", paragraph["context"]
            documents.append(Document(name, title, text, f"w{number:02d}"))
            for entry in paragraph["qas"]:
                spans = [(answer["answer_start"], answer["text"]) for answer in entry["answers"]]
                contexts = tuple(dict.fromkeys(text[max(0, at - 30) : at + len(words)] for at, words in spans))
                questions.append(Question(entry["question"], name, tuple(dict.fromkeys(words for _, words in spans)), contexts))
    return documents, questions


def wikinews(data: Path) -> tuple[list[Document], list[Question]]:
    """QAMR over Wikinews: the sentences at hand of each news article, joined; one question a sentence and asker."""
    documents, questions = _qamr(data, "wikinews")
    # A question that names nothing ("Who died?") can only be asked of a sentence that is in view.
    return documents, [question for question in questions if _names_something(question.text)]


def qamr_sentences(data: Path, without: Collection[str]) -> tuple[list[Document], list[Question]]:
    """The rest of QAMR, less the Wikinews articles named: Wikipedia sentences, and questions that name nothing."""
    found: tuple[list[Document], list[Question]] = [], []
    for source in ("wikinews", "wikipedia"):
        documents, questions = _qamr(data, source)
        found[0].extend(documents)
        found[1].extend(
            question
            for question in questions
            if question.document not in without and (source == "wikipedia" or not _names_something(question.text))
        )
    return found


def _names_something(question: str) -> bool:
    return any(word[0].isupper() for word in question.split()[1:])


def _qamr(data: Path, source: str) -> tuple[list[Document], list[Question]]:
    sentences: dict[str, str] = {}
    for line in (data / "qamr/wiki-sentences.tsv").read_text(encoding="utf-8").splitlines():
        name, words = line.split("\t")
        if f":{source}:" in name:
            sentences[name] = words
    letter = "n" if source == "wikinews" else "p"
    by_article: dict[str, list[str]] = {}
    for name in sorted(sentences, key=lambda name: [int(part) for part in name.split(":")[2:]]):
        by_article.setdefault(name.split(":")[2], []).append(name)
    documents = []
    for article, names in by_article.items():
        text = " ".join(_joined(sentences[name].split(" ")) for name in names)
        documents.append(Document(f"{letter}{article}", "", text, f"{letter}{article}"))
    questions: list[Question] = []
    for part in ("dev.tsv", "test.tsv"):
        with (data / "qamr" / part).open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row[0] not in sentences:
                    continue
                tokens = sentences[row[0]].split(" ")
                sentence, answer = _joined(tokens), _joined([tokens[int(at)] for at in row[6].split()])
                at = sentence.find(answer)
                if at >= 0 and len(answer) > 1:
                    context = sentence[max(0, at - 60) : at + len(answer)]
                    questions.append(Question(row[5], f"{letter}{row[0].split(':')[2]}", (answer,), (context,)))
    return documents, questions


def _joined(tokens: Sequence[str]) -> str:
    text = " ".join(tokens)
    for written, meant in (("-LRB- ", "("), (" -RRB-", ")"), ("-LSB- ", "["), (" -RSB-", "]"), ("`` ", '"'), (" ''", '"'),
                           (" 's", "'s"), (" n't", "n't"), (" '", "'"), ("$ ", "$"), (" %", "%")):  # fmt: skip
        text = text.replace(written, meant)
    for mark in ",.;:?!":
        text = text.replace(f" {mark}", mark)
    return text


def personal(data: Path) -> list[Document]:
    """The passages of SquadShifts reddit and Amazon reviews, each a document."""
    found = []
    for name, letter in (("reddit", "r"), ("amazon_reviews", "m")):
        articles = json.loads((data / f"squadshifts/{name}_v1.0.json").read_text(encoding="utf-8"))["data"]
        contexts = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
        names = [f"{letter}{place:04d}" for place in range(len(contexts))]
        found += [Document(name, "", text, name) for name, text in zip(names, contexts, strict=True)]
    return found


def clapnq(data: Path) -> tuple[list[Document], list[Question]]:
    """The even half of CLAPnq: each passage is a document; the answers are the sentences that annotators chose, or none."""
    documents, questions = [], []
    for kind in ("answerable", "unanswerable"):
        lines = (data / f"clapnq/{kind}.jsonl").read_text(encoding="utf-8").splitlines()[::2]
        for number, entry in enumerate(map(json.loads, lines)):
            name, passage = f"c{kind[0]}{number:03d}", entry["passages"][0]
            documents.append(Document(name, passage["title"], passage["text"], name))
            chosen = dict.fromkeys(clean(str(said)) for output in entry["output"] for said in output["selected_sentences"])
            if kind == "unanswerable" or chosen:
                questions.append(Question(entry["input"], name, tuple(chosen), tuple(chosen)))
    return documents, questions


def squad2_500(data: Path) -> tuple[list[Document], list[Question]]:
    """The even half of squad2-500, each with its passage as a document; about half have no answer there."""
    folder = data / "squad2-500"
    golds = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    documents: dict[str, Document] = {}
    questions = []
    for entry in json.loads((folder / "queries.json").read_text(encoding="utf-8"))["queries"][::2]:
        text, name = entry["context"], f"q{len(documents):03d}"
        document = documents.setdefault(text, Document(name, "", text, name))
        accepted = tuple(dict.fromkeys(golds[entry["id"]]["answers"])) if not golds[entry["id"]]["is_impossible"] else ()
        ends = {match.end() for words in accepted for match in re.finditer(re.escape(words), text)}
        contexts = tuple(text[max(0, end - 60) : end] for end in sorted(ends))
        questions.append(Question(entry["question"], document.name, accepted, contexts))
    return list(documents.values()), questions


def ask(documents: Sequence[Document], questions: Sequence[Question], sizes: Sequence[int], each: int,
        embedder: RememberingEmbedder, seed: int) -> Iterator[Asked]:  # fmt: skip
    """Ask `each` questions for every size, a number of groups in one archive; the index is open while one is held.

    A question without an answer is asked of the archive that holds its document, and is "near".
    """
    order = random.Random(seed)
    groups = sorted({document.group for document in documents})
    group_of = {document.name: document.group for document in documents}
    questions = [question for question in questions if question.document in group_of]
    for size in sizes:
        order.shuffle(groups)
        parts = [groups[start : start + size] for start in range(0, len(groups), size)]
        share = max(1, each // len(parts))
        for part in parts:
            inside = [document for document in documents if document.group in part]
            own = [question for question in questions if group_of[question.document] in part]
            foreign = [question for question in questions if group_of[question.document] not in part]
            with tempfile.TemporaryDirectory() as folder:
                index = _indexed(Path(folder), inside, embedder)
                for question in order.sample(own, min(len(own), share)):
                    hits = retrieve(index, question.text, Filters(), limit=4 * DEFAULT_LIMIT)
                    if not question.answers:
                        yield Asked("near", question, tuple(hits[:DEFAULT_LIMIT]), index)
                        continue
                    yield Asked("answered", question, tuple(hits[:DEFAULT_LIMIT]), index)
                    yield Asked("near", question, _without(question, hits, inside), index)
                for question in order.sample(foreign, min(len(foreign), max(1, share // 4))):
                    hits = retrieve(index, question.text, Filters(), limit=2 * DEFAULT_LIMIT)
                    yield Asked("far", question, _without(question, hits, inside), index)
                index.close()


def answers(candidate: Candidate, question: Question) -> bool:
    """Say whether a sentence holds the end of an accepted answer, at the place where it answers."""
    article = candidate.hit.article
    if article.path.removesuffix(".json") != question.document:
        return False
    ends = [at + len(context) for context in question.contexts if (at := article.text.find(context)) >= 0]
    return any(candidate.start < end <= candidate.end + 1 for end in ends)


def _without(question: Question, hits: Sequence[Hit], documents: Sequence[Document]) -> tuple[Hit, ...]:
    accepted = [words.lower() for words in question.answers]
    lost = {document.name for document in documents if any(words in document.text.lower() for words in accepted)}
    lost.add(question.document)
    return tuple(hit for hit in hits if hit.article.path.removesuffix(".json") not in lost)[:DEFAULT_LIMIT]


def _indexed(folder: Path, documents: list[Document], embedder: RememberingEmbedder) -> Index:
    source = folder / "articles"
    source.mkdir()
    for document in documents:
        record = {"title": document.title, "text": document.text}
        (source / f"{document.name}.json").write_text(json.dumps(record), encoding="utf-8")
    sync([source], folder / "index", embedder=embedder)
    return open_index(folder / "index", embedder=embedder)


def held_out(documents: Sequence[Document]) -> set[str]:
    """Name the groups that nothing is trained on.

    The last 8 of new_wiki's 48 articles, every fifth article of Wikinews and story, every twelfth made-up subject and every
    eighth of the stories that were made up later.
    """
    stories, subjects, retold = (sorted({each.group for each in documents if each.group[0] == letter}) for letter in "sek")
    return {*stories[::5], *subjects[::12], *retold[::8]} | {
        doc.group for number, doc in enumerate(documents) if doc.group >= "w40" or (doc.group[0] == "n" and number % 5 == 0)
    }
