"""What a reader is trained on: questions with a passage that answers, and questions with one that only looks as if it did.

SquadShifts new_wiki without its last 8 articles, reddit, Amazon reviews (CC BY 4.0); QAMR without every fifth Wikinews article
(MIT); questions written for Footnote about both. Every epoch draws anew: which passages, which wrong ones beside them, and how
a question is worded.
"""

import hashlib
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

import numpy as np

from index import sentences
from index.errors import UsageError
from index.keyword import STOP_WORDS, KeywordIndex
from rag.training.archives import (
    Document,
    Question,
    RememberingEmbedder,
    held_out,
    new_wiki,
    personal,
    qamr_sentences,
    wikinews,
)
from rag.training.written import (
    CHANGED,
    EXAM,
    PAIRS,
    RETOLD,
    SUBJECTS,
    WRITTEN,
    YES_NO,
    as_question,
    of_documents,
    retold,
    stories,
    subjects,
)

# For each example that holds its answer, how many of each kind that does not.
NEAR, WITHOUT_SENTENCE, OTHER_NAME, OTHER_QUESTION = 0.45, 0.3, 0.2, 0.25
NEAR_OF = {"retold": 0.9}  # where the other articles of the same event seem to answer, too
TWO_PASSAGES = 0.25  # share of the examples that get another passage before or behind
REWORDED = 0.4  # share of the questions in which some words give way to words of like meaning
LIKE_MEANING = 0.7  # cosine of the packaged model between single words
BESIDE = (PAIRS, CHANGED, EXAM, YES_NO)  # written with the passage in view
# Questions an epoch, and of those without an answer as many; of all others all.
DRAWN = {
    "written": 2000, "pairs": 1500, "changed": 2500, "exam": 2500,
    "new_wiki": 3500, "wikinews": 1000, "qamr": 1000, "reddit": 500, "amazon_reviews": 400,
}  # fmt: skip
BESIDE_HELD = 12  # one of so many passages' questions of these files is for development
LONGEST = 1200  # characters of a document in one example
CLOSE = 8  # passages of each search among which a wrong one is drawn
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
    """The examples of one source, and a search over their passages, kept in a folder for as long as it is used.

    `unanswered` are questions whose own passage does not answer.
    """

    def __init__(self, name: str, examples: Sequence[Example], folder: Path, unanswered: Sequence[Example] = ()) -> None:
        self.name, self.examples, self.unanswered = name, list(examples), list(unanswered)
        self.passages = list(dict.fromkeys(example.passage for example in examples))
        self._keywords = KeywordIndex(folder / name)
        self._keywords.add((row, "", passage) for row, passage in enumerate(self.passages))
        self._vectors = embedder().encode(self.passages)

    def near(self, example: Example, order: random.Random) -> Example | None:
        """A passage that search by words and by meaning finds for the question and that lacks its answer."""
        by_words = [row for row, _ in self._keywords.search(example.question, CLOSE)]
        by_meaning = np.argsort(-(self._vectors @ embedder().encode([example.question])[0]), kind="stable")[:CLOSE]
        rows = dict.fromkeys(row for pair in zip_longest(by_words, by_meaning.tolist()) for row in pair if row is not None)
        close = [self.passages[row] for row in rows]
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
        vectors = embedder().encode(words)
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


def training_parts(data: Path, folder: Path, own: Sequence[Path] = ()) -> list[Part]:
    """All sources without what is held out, and files of one's own; their keyword indexes are written below `folder`."""
    wiki_documents, wiki_questions = new_wiki(data)
    news_documents, news_questions = wikinews(data)
    held = held_out(wiki_documents) | held_out(news_documents)
    held_names = {document.name for document in wiki_documents + news_documents if document.group in held}
    qamr_documents, qamr_questions = qamr_sentences(data, held_names)
    kept = [question for question in wiki_questions if question.document not in held_names]
    news = [question for question in news_questions if question.document not in held_names]
    made_up = [*stories(), *subjects(), *retold()]
    documents = [*wiki_documents, *news_documents, *qamr_documents, *personal(data), *made_up]
    documents = [document for document in documents if document.group not in held | held_out(made_up)]
    return [
        _written(documents, folder),
        *(_written([each for each in documents if not _held_beside(each)], folder, file) for file in BESIDE),
        *(_written(documents, folder, file) for file in (SUBJECTS, RETOLD)),
        Part("new_wiki", _of_documents(wiki_documents, kept), folder),
        Part("wikinews", _of_documents(news_documents, news), folder),
        Part("qamr", _of_documents(qamr_documents, qamr_questions), folder),
        *(_squad(name, data / f"squadshifts/{name}_v1.0.json", folder) for name in ("reddit", "amazon_reviews")),
        *(_squad(f"own-{number}", file, folder) for number, file in enumerate(own, 1)),
    ]


def development(data: Path, count: int, folder: Path, seed: int = 1) -> dict[str, list[Example]]:
    """Examples of the held-out articles: with the answer, and of each kind without it."""
    folder = folder / "held out"  # parts have the names of those that are trained on, and their indexes may not meet
    folder.mkdir()
    examples = []
    for documents, questions in (new_wiki(data), wikinews(data)):
        held = held_out(documents)
        names = {document.name for document in documents if document.group in held}
        examples += _of_documents(documents, [question for question in questions if question.document in names])
    order = random.Random(seed)
    part, drawn = Part("development", examples, folder), order.sample(examples, count)
    sources = new_wiki(data)[0], wikinews(data)[0], stories(), subjects(), retold()
    held_documents = [each for documents in sources for each in documents if each.group in held_out(documents)]
    own, about, told = (_written(held_documents, folder, file) for file in (WRITTEN, SUBJECTS, RETOLD))
    tried = [each for documents in sources for each in documents if _held_beside(each)]
    pairs, changed, exam, yes_no = (_written(tried, folder, file) for file in BESIDE)
    kinds: dict[str, Callable[[Example, random.Random], Example | None]] = {
        "near": part.near, "cut": without_sentence, "name": part.other_name, "question": part.other_question
    }  # fmt: skip
    return {
        "answer": drawn,
        "written": own.examples,
        "untold": own.unanswered,
        "pair": pairs.examples,
        "unpaired": pairs.unanswered,
        "changed": changed.examples,
        "changed without": changed.unanswered,
        "exam": exam.examples,
        "exam without": exam.unanswered,
        "subject": about.examples,
        "subject without": about.unanswered,
        "retold": told.examples,
        "retold without": told.unanswered,
        "retold elsewhere": [found for example in told.examples if (found := told.near(example, order))],
        "yes or no": yes_no.examples,
        "yes or no without": yes_no.unanswered,
    } | {name: [found for example in drawn if (found := make(example, order))] for name, make in kinds.items()}


def epoch(
    parts: Sequence[Part],
    reword: Callable[[str, random.Random], str],
    order: random.Random,
    share: float = 1.0,
    wrong: float = 1.0,
    two_passages: float = TWO_PASSAGES,
) -> list[Example]:
    """What is read in one epoch, or a share of it, in no order: questions and about as many again that hold no answer.

    `wrong` times as many of the latter are made.
    """
    found: list[Example] = []
    for part in parts:
        most = share * DRAWN.get(part.name, max(len(part.examples), len(part.unanswered)))
        # The written questions bring their own without an answer.
        few = wrong / 2 if part.unanswered else wrong
        makers: list[tuple[float, Callable[[Example, random.Random], Example | None]]] = [
            (wrong * NEAR_OF[part.name] if part.name in NEAR_OF else few * NEAR, part.near),
            (WITHOUT_SENTENCE * few, without_sentence),
            (OTHER_NAME * few, part.other_name),
            (OTHER_QUESTION * few, part.other_question),
        ]
        for example in _drawn(part.examples, most, order) + _drawn(part.unanswered, wrong * most, order):
            made: list[Example | None] = [example]
            for often, make in makers:
                if example.end and order.random() < often:
                    made.append(make(example, order))
            for each in made:
                if each:
                    each = _beside_another(each, part, example, order) if order.random() < two_passages else each
                    found.append(replace(each, question=reword(each.question, order)))
    return found


def _beside_another(example: Example, part: Part, asked: Example, order: random.Random) -> Example:
    """The example with another passage before or behind it, near the topic where there is one."""
    # What else the archive says about an unanswered question is not known, so beside it stands what is about something else.
    near = part.near(asked, order) if asked.end and order.random() < 0.7 else None
    other = near.passage if near else order.choice(part.passages)
    if other == asked.passage or (asked.end and asked.answer in other.lower()):
        return example
    if order.random() < 0.5:
        return replace(example, passage=f"{example.passage} {other}")
    shift = len(other) + 1 if example.end else 0
    return Example(example.question, f"{other} {example.passage}", example.start + shift, example.end + shift)


@lru_cache(maxsize=1)
def embedder() -> RememberingEmbedder:
    """One for all parts, since most of them are about the same passages."""
    return RememberingEmbedder(None)


def _drawn(examples: list[Example], most: float, order: random.Random) -> list[Example]:
    return order.sample(examples, min(len(examples), round(most)))


def _held_beside(document: Document) -> bool:
    return int(hashlib.sha256(document.name.encode()).hexdigest(), 16) % BESIDE_HELD == 0


def _written(documents: Sequence[Document], folder: Path, file: str = WRITTEN) -> Part:
    answered, unanswered = of_documents(documents, file)
    asked_about = {each.document for each in answered + unanswered}
    by_name = {document.name: document for document in documents if document.name in asked_about}
    asked = [as_question(each, by_name[each.document].text) for each in answered]
    without = [Example(each.question, _whole(by_name[each.document]), 0, 0) for each in unanswered]
    return Part(file.removesuffix(".tsv"), _of_documents(documents, asked), folder, without)


def _whole(document: Document) -> str:
    return (f"{document.title}. " if document.title else "") + document.text[:LONGEST]


def _squad(name: str, file: Path, folder: Path) -> Part:
    """The questions of a file in the form of SQuAD 1.1 or 2.0, each with its shortest answer.

    Raises UsageError for a file that has another form or holds no question with an answer.
    """
    answered: list[Example] = []
    unanswered: list[Example] = []
    try:
        for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                for entry in paragraph["qas"]:
                    given = [] if entry.get("is_impossible") else entry["answers"]
                    best = min(given, key=lambda answer: len(answer["text"]), default=None)
                    start, words = (best["answer_start"], best["text"].rstrip(" .,;")) if best else (0, "")
                    found = Example(entry["question"], paragraph["context"], start, start + len(words))
                    if words and found.answer != words.lower():
                        raise UsageError(f"{file}: {words!r} does not stand at {start}, of {entry['question']!r}.")
                    if words or not given:
                        (answered if words else unanswered).append(found)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file} is no SQuAD file: {error!r}.") from error
    if not answered:
        raise UsageError(f"{file} holds no question with an answer.")
    return Part(name, answered, folder, unanswered)


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
        passage = document.text[first : first + LONGEST].lstrip()
        title = f"{document.title}. " if document.title else ""
        start += len(title) - first - (len(document.text[first : first + LONGEST]) - len(passage))
        if title + passage and (title + passage)[start : start + len(words)] == words:
            found.append(Example(question.text, title + passage, start, start + len(words)))
    return found
