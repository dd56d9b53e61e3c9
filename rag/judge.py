"""A model's sentences -> what the reader sees: each tied to the words it cites and checked against them.

A number that names no evidence is taken out and counted. A sentence that its citations do not bear out, or that has none, is
matched to the evidence; what nothing bears out is `unsupported`. What an article says to whoever reads it is never repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.opened import Index
from index.records import Article
from rag.cite import citation
from rag.copies import Copies
from rag.lexicon import content
from rag.marks import Said
from rag.numbered import Line, Numbered, unit
from rag.records import Citation, Evidence, Filters, Sentence, Status
from rag.verify import unborne

MOST_CITED = 6  # sentences of the evidence that one sentence may rest on
TRIED = 4  # sentences of the evidence that a sentence without a good citation is compared with
Units = tuple[tuple[Evidence, tuple[Article, ...]], ...]  # words to cite, each with the articles that carry them, too
ECHO = 0.6  # share of a sentence's words that stand in one order to the reader: it repeats the order


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

    def __init__(self, numbered: Numbered, index: Index) -> None:
        self.numbered, self.index = numbered, index
        self.copies = Copies(index, Filters())
        self._known: dict[Said, Judged | None] = {}
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
        if any(words and len(words & order) >= ECHO * len(words) for order in self._orders):
            return None
        cited, unknown = self._cited(said)
        why = None
        if cited:
            units = _units(cited, self.copies)
            why = self._unborne(said.text, units)
            if why is None:
                return Judged(said, self._needed(said.text, units), None, unknown)
        for line in (nearest := self._nearest(said.text)):
            if self._unborne(said.text, units := _units([line], self.copies)) is None:
                return Judged(said, units, None, unknown + len(said.ids) * bool(cited))
        if len(nearest) > 1 and self._unborne(said.text, units := _units(nearest[:2], self.copies)) is None:
            return Judged(said, units, None, unknown + len(said.ids) * bool(cited))
        return Judged(said, (), why or "it names no source, and none was found for it", unknown)

    def _unborne(self, text: str, units: Units) -> str | None:
        evidence = [each for each, _ in units]
        return unborne(text, evidence, embedder=self.index.embedder, lexicon=self.index.lexicon)

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
