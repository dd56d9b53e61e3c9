"""What a reader is trained on: questions with a passage that answers, and questions with one that only looks as if it did.

SquadShifts new_wiki without its last 8 articles, reddit, Amazon reviews (CC BY 4.0); QAMR without every fifth Wikinews article
(MIT). Every epoch draws anew: which passages, which wrong ones beside them, and how a question is worded.
"""

import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index import embed, sentences
from index.keyword import STOP_WORDS, KeywordIndex
from rag.training.archives import Document, Question, held_out, new_wiki, qamr_sentences, wikinews

# For each example that holds its answer, how many of each kind that does not.
NEAR, WITHOUT_SENTENCE, OTHER_NAME, OTHER_QUESTION = 0.45, 0.3, 0.2, 0.25
TWO_PASSAGES = 0.25  # share of the examples that get another passage before or behind
REWORDED = 0.4  # share of the questions in which some words give way to words of like meaning
LIKE_MEANING = 0.7  # cosine of the packaged model between single words
DRAWN = {"reddit": 4000, "amazon_reviews": 2500, "qamr": 8000}  # questions an epoch; of the rest, all
_NAME = re.compile(r"(?<=\s)(?:[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*|\d[\d,.]*\d)")
_NAME_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*")
_WORD = re.compile(r"(?<![\w’'-])[a-z]{4,}(?![\w’'-])")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage and where in it the answer stands (characters), or (0, 0) when it does not."""

    question: str
    passage: str
    start: int
    end: int

    @property
    def answer(self) -> str:
        """The words that answer, in lower case."""
        return self.passage[self.start : self.end].lower()


class Part:
    """The examples of one source, and keyword search over their passages, kept in a folder for as long as it is used."""

    def __init__(self, name: str, examples: Sequence[Example], folder: Path) -> None:
        self.name, self.examples = name, list(examples)
        self.passages = list(dict.fromkeys(example.passage for example in examples))
        self._index = KeywordIndex(folder / name)
        self._index.add((row, "", passage) for row, passage in enumerate(self.passages))

    def near(self, example: Example, order: random.Random) -> Example | None:
        """A passage that keyword search finds for the question and that lacks its answer."""
        close = [self.passages[row] for row, _ in self._index.search(example.question, 8)]
        close = [passage for passage in close if passage != example.passage and example.answer not in passage.lower()]
        return Example(example.question, order.choice(close[:5]), 0, 0) if close else None

    def other_name(self, example: Example, order: random.Random) -> Example | None:
        """The question about someone, something or a number that the passage does not name."""
        named = _NAME.findall(order.choice(self.examples).question)
        matches = list(_NAME.finditer(example.question))
        if not named or not matches or named[0].lower() in f"{example.passage} {example.question}".lower():
            return None
        match = order.choice(matches)
        if named[0][0].isdigit() != match.group()[0].isdigit():
            return None
        question = example.question[: match.start()] + named[0] + example.question[match.end() :]
        return Example(question, example.passage, 0, 0)

    def other_question(self, example: Example, order: random.Random) -> Example | None:
        """A question of another passage, asked about a name that stands in this one."""
        other = order.choice(self.examples)
        asked = [match for match in _NAME.finditer(other.question) if not match.group()[0].isdigit()]
        names = _NAME_INSIDE.findall(example.passage)
        if not asked or not names or other.passage == example.passage or other.answer in example.passage.lower():
            return None
        match = order.choice(asked)
        question = other.question[: match.start()] + order.choice(names) + other.question[match.end() :]
        return Example(question, example.passage, 0, 0)


def without_sentence(example: Example, _: random.Random | None = None) -> Example | None:
    """The passage without the sentence that answers: the topic is there, and the answer is not."""
    kept = [
        example.passage[start:end]
        for start, end in sentences.spans(example.passage)
        if end <= example.start or start >= example.end
    ]
    passage = " ".join(kept)
    return Example(example.question, passage, 0, 0) if len(kept) > 1 and example.answer not in passage.lower() else None


class Rewording:
    """Questions in other words: single words that the packaged model puts close to each other, and hasty typing."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(text))
        words = [word for word, count in counts.items() if count >= 8 and word not in STOP_WORDS]
        vectors = embed.load().encode(words)
        with tempfile.TemporaryDirectory() as folder:
            index = KeywordIndex(Path(folder) / "keyword")
            stems = [index.stems(word) for word in words]
        self._like: dict[str, list[str]] = {}
        for row, word in enumerate(words):
            near = vectors @ vectors[row]
            close = [at for at in np.argsort(-near)[:8] if near[at] >= LIKE_MEANING and stems[at] != stems[row]]
            if close:
                self._like[word] = [words[at] for at in close[:3]]

    def __call__(self, question: str, order: random.Random) -> str:
        """The question, in 40 of 100 cases with other words; some without question mark, as key words, or mistyped."""
        if order.random() < REWORDED:
            question = _WORD.sub(lambda match: self._other(match.group(), order), question)
        if order.random() < 0.3:
            question = question.rstrip(" ?")
        if order.random() < 0.05:
            question = " ".join(word for word in question.split() if word.lower() not in STOP_WORDS) or question
        if order.random() < 0.06 and len(question) > 12:
            at = order.randrange(1, len(question) - 2)
            question = question[:at] + question[at + 1] + question[at] + question[at + 2 :]
        return question

    def _other(self, word: str, order: random.Random) -> str:
        return order.choice(self._like[word]) if word in self._like and order.random() < 0.5 else word


def training_parts(data: Path, folder: Path) -> list[Part]:
    """All sources without what is held out; their keyword indexes are written below `folder`."""
    wiki_documents, wiki_questions = new_wiki(data)
    news_documents, news_questions = wikinews(data)
    held = held_out(wiki_documents) | held_out(news_documents)
    held_names = {document.name for document in wiki_documents + news_documents if document.group in held}
    kept = [question for question in wiki_questions if question.document not in held_names]
    news = [question for question in news_questions if question.document not in held_names]
    return [
        Part("new_wiki", _of_documents(wiki_documents, kept), folder),
        Part("wikinews", _of_documents(news_documents, news), folder),
        Part("qamr", _of_documents(*qamr_sentences(data, held_names)), folder),
        *(Part(name, _squadshifts(data / f"squadshifts/{name}_v1.0.json"), folder) for name in ("reddit", "amazon_reviews")),
    ]


def development(data: Path, count: int, folder: Path, seed: int = 1) -> dict[str, list[Example]]:
    """Examples of the held-out articles: with the answer, and of each kind without it."""
    examples = []
    for documents, questions in (new_wiki(data), wikinews(data)):
        held = held_out(documents)
        names = {document.name for document in documents if document.group in held}
        examples += _of_documents(documents, [question for question in questions if question.document in names])
    order = random.Random(seed)
    part, drawn = Part("development", examples, folder), order.sample(examples, count)
    kinds: dict[str, Callable[[Example, random.Random], Example | None]] = {
        "near": part.near, "cut": without_sentence, "name": part.other_name, "question": part.other_question
    }  # fmt: skip
    return {"answer": drawn} | {
        name: [found for example in drawn if (found := make(example, order))] for name, make in kinds.items()
    }


def epoch(parts: Sequence[Part], reword: Callable[[str, random.Random], str], order: random.Random) -> list[Example]:
    """What is read in one epoch, in no order: every example and about as many again that hold no answer."""
    found: list[Example] = []
    for part in parts:
        examples = part.examples
        drawn = order.sample(examples, min(len(examples), DRAWN.get(part.name, len(examples))))
        for example in drawn:
            made: list[Example | None] = [example]
            for share, make in ((NEAR, part.near), (WITHOUT_SENTENCE, without_sentence), (OTHER_NAME, part.other_name),
                                (OTHER_QUESTION, part.other_question)):  # fmt: skip
                if order.random() < share:
                    made.append(make(example, order))
            for each in made:
                if each:
                    each = _beside_another(each, part, example, order) if order.random() < TWO_PASSAGES else each
                    found.append(replace(each, question=reword(each.question, order)))
    return found


def _beside_another(example: Example, part: Part, asked: Example, order: random.Random) -> Example:
    """The example with another passage before or behind it, near the topic where there is one."""
    near = part.near(asked, order) if order.random() < 0.7 else None
    other = near.passage if near else order.choice(part.passages)
    if asked.answer in other.lower() or other == asked.passage:
        return example
    if order.random() < 0.5:
        return replace(example, passage=f"{example.passage} {other}")
    shift = len(other) + 1 if example.end else 0
    return Example(example.question, f"{other} {example.passage}", example.start + shift, example.end + shift)


def _squadshifts(file: Path) -> list[Example]:
    """Answerable examples of one part of SquadShifts, the shortest answer of each."""
    found = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                answer = min(entry["answers"], key=lambda answer: len(answer["text"]))
                start, words = answer["answer_start"], answer["text"].rstrip(" .,;")
                if words:
                    found.append(Example(entry["question"], paragraph["context"], start, start + len(words)))
    return found


def _of_documents(documents: Sequence[Document], questions: Sequence[Question]) -> list[Example]:
    """Answerable examples from documents with titles; of long documents the surroundings of the answer."""
    by_name = {document.name: document for document in documents}
    found = []
    for question in questions:
        document = by_name[question.document]
        words, context = min(
            ((words, context) for context in question.contexts for words in question.answers if context.endswith(words)),
            key=lambda pair: len(pair[0]),
        )
        start = document.text.find(context) + len(context) - len(words)
        if document.text[start : start + len(words)] != words:
            continue
        first = max(0, document.text.rfind(". ", 0, max(0, start - 500)) + 1)
        passage = document.text[first : first + 1200].lstrip()
        title = f"{document.title}. " if document.title else ""
        start += len(title) - first - (len(document.text[first : first + 1200]) - len(passage))
        if title + passage and (title + passage)[start : start + len(words)] == words:
            found.append(Example(question.text, title + passage, start, start + len(words)))
    return found
