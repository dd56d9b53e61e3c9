"""A model's sentences -> what the reader sees: each tied to the words it cites and checked against them.

A number that names no evidence is taken out and counted. A sentence that its citations do not bear out, or that has none, is
matched to the evidence; what nothing bears out is `unsupported`. What an article says to whoever reads it, or what somebody put
into it that has to do with neither article nor question, is never repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.embed import Vectors
from index.opened import Index
from index.records import Article
from index.sentences import spans
from rag.cite import citation
from rag.copies import Copies
from rag.lexicon import content
from rag.marks import Said
from rag.numbered import Line, Numbered, unit
from rag.records import Citation, Evidence, Filters, Sentence, Status
from rag.verify import Encoder, unborne

MOST_CITED = 6  # sentences of the evidence that one sentence may rest on
TRIED = 4  # sentences of the evidence that a sentence without a good citation is compared with
Units = tuple[tuple[Evidence, tuple[Article, ...]], ...]  # words to cite, each with the articles that carry them, too
ECHO = 0.6  # share of a sentence's words that stand in one sentence that is no evidence: it repeats it
# Least cosine of a sentence of the evidence with the question, or with what stands around it. Below it lie two of a hundred
# sentences that people chose as the answers to CLAPnq's questions (`evals.benchmarks.planted --foreign`, one half of them).
FOREIGN = 0.22
AROUND = 1  # sentences on each side that a sentence is compared with


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence, the evidence that bears it out, why nothing does, and how many numbers it gave that were of no use."""

    said: Said
    units: Units
    why: str | None
    rejected: int

    @property
    def supported(self) -> bool:
        """Whether its words stand in its source."""
        return self.why is None


class Judge:
    """Judges the sentences of one answer; equal sentences once."""

    def __init__(self, numbered: Numbered, index: Index, question: str) -> None:
        self.numbered, self.index, self.question = numbered, index, question
        self.copies = Copies(index, Filters())
        self._vectors = Remembered(index.embedder)
        self._known: dict[Said, Judged | None] = {}
        self._foreign: dict[int, bool] = {}
        self._stems = [(line, content(line.text, index.lexicon)) for _, line in numbered.ids()]
        self._orders = [content(text, index.lexicon) for text in numbered.left_out]

    def judge(self, said: Said) -> Judged | None:
        """What becomes of a sentence; None for one that repeats an order found in an article."""
        if said not in self._known:
            self._known[said] = self._judge(said)
        return self._known[said]

    def evidence(self, said: Said) -> list[tuple[str, Line]]:
        """What a sentence cites, and what is nearest to it, by number: for one who is to write it again."""
        numbers = {id(line): number for number, line in self.numbered.ids()}
        lines = [*self._cited(said)[0], *self._nearest(said.text)]
        return [(numbers[id(line)], line) for line in {id(line): line for line in lines}.values()]

    def _judge(self, said: Said) -> Judged | None:
        words = content(said.text, self.index.lexicon)
        cited, unknown = self._cited(said)
        nearest = self._nearest(said.text)
        suspects = [content(line.text, self.index.lexicon) for line in (*cited, *nearest[:1]) if self._is_foreign(line)]
        if any(words and len(words & other) >= ECHO * len(words) for other in (*self._orders, *suspects)):
            return None
        cited = [line for line in cited if not self._is_foreign(line)]
        why = None
        if cited:
            units = _units(cited, self.copies)
            why = self._unborne(said.text, units)
            if why is None:
                return Judged(said, self._needed(said.text, units), None, unknown)
        for lines in [[line] for line in nearest] + [nearest[:2]]:
            if any(self._is_foreign(line) for line in lines):
                continue
            if self._unborne(said.text, units := _units(lines, self.copies)) is None:
                return Judged(said, units, None, unknown + len(said.ids) * bool(cited))
        return Judged(said, (), why or "it names no source, and none was found for it", unknown)

    def _is_foreign(self, line: Line) -> bool:
        """Whether a sentence has to do neither with the question nor with the article that holds it: put there by another."""
        if id(line) not in self._foreign:
            self._foreign[id(line)] = foreign(line, self.question, self._vectors)
        return self._foreign[id(line)]

    def _unborne(self, text: str, units: Units) -> str | None:
        evidence = [each for each, _ in units]
        return unborne(text, evidence, embedder=self._vectors, lexicon=self.index.lexicon)

    def _needed(self, text: str, units: Units) -> Units:
        """Those of the cited words that bear the sentence out alone, where any do: the rest was cited along."""
        if len(units) == 1:
            return units
        return tuple(each for each in units if self._unborne(text, (each,)) is None) or units

    def _cited(self, said: Said) -> tuple[list[Line], int]:
        """The lines that a sentence's numbers name, and how many name none. Of a whole source, the nearest two."""
        lines: list[Line] = []
        unknown = 0
        for named in said.ids:
            found = list(self.numbered.lines(named))
            if named[1] is None and len(found) > 2:
                of_source = {id(line) for line in found}
                found = [line for line in self._ordered(said.text) if id(line) in of_source][:2]
            unknown += not found
            lines += [line for line in found if all(line is not other for other in lines)]
        return lines[:MOST_CITED], unknown

    def _nearest(self, text: str) -> list[Line]:
        return self._ordered(text)[:TRIED]

    def _ordered(self, text: str) -> list[Line]:
        words = content(text, self.index.lexicon)
        ranked = sorted(enumerate(self._stems), key=lambda each: (-len(words & each[1][1]), each[0]))
        return [line for _, (line, _) in ranked]


class Remembered:
    """An encoder that encodes no text twice: sentences are compared with several of their kind."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder.encode`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def foreign(line: Line, question: str, encoder: Encoder) -> bool:
    """Whether a sentence is far in meaning from the question and from its title and the sentences around it."""
    text, sentences = line.article.text, spans(line.article.text)
    place = sentences.index((line.start, line.end))
    near = [*sentences[max(0, place - AROUND) : place], *sentences[place + 1 : place + 1 + AROUND]]
    around = " ".join([*(text[start:end] for start, end in near), line.article.title or ""])
    own, *others = encoder.encode([line.text, question, around])
    return max(float(own @ other) for other in others) < FOREIGN


def _units(lines: Sequence[Line], copies: Copies) -> Units:
    """The words to cite for lines, those that overlap once, in the order named."""
    found: list[tuple[Evidence, tuple[Article, ...]]] = []
    for line in lines:
        own = unit(line)
        if not any(_within(own, other) for other, _ in found):
            found = [each for each in found if not _within(each[0], own)] + [(own, _carried(line, own, copies))]
    return tuple(found)


def _carried(line: Line, own: Evidence, copies: Copies) -> tuple[Article, ...]:
    """The copies among the hits, and those that the search did not show because they are copies."""
    found = {article.id: article for article in (*line.copies, *copies.carrying(own))}
    return tuple(found.values())


def _within(one: Evidence, other: Evidence) -> bool:
    return one.article.id == other.article.id and other.start <= one.start and one.end <= other.end


def assembled(judged: Sequence[Judged], *, strict: bool) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences with their statuses and citations, numbered as they come; `strict` drops what nothing bears out."""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for each in judged:
        if strict and not each.supported:
            continue
        numbers = []
        for evidence, copies in each.units:
            key = (evidence.article.id, evidence.start, evidence.end)
            known = next((c.number for c in citations if (c.article_id, c.start, c.end) == key), None)
            if known is None:
                citations.append(citation(len(citations) + 1, evidence, copies))
                known = len(citations)
            numbers.append(known)
        status: Status = "supported" if each.supported else "unsupported"
        sentences.append(Sentence(each.said.text, status, tuple(dict.fromkeys(numbers)), each.why))
    return tuple(sentences), tuple(citations)
