"""Hits -> the sentences that may answer, each with what stands around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Article, Hit
from index.sentences import spans

MAX_UNIT = 3  # sentences of one quote
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*$")
# A sentence that begins so needs the one before it to be understood.
_CONNECTIVES = "however|but|and|meanwhile|later|instead|also|still|then|so|yet|moreover|furthermore|nevertheless|therefore|thus"
_LEANS = re.compile(
    rf"[\"'“‘(\[]*(?:(?:(?:{_CONNECTIVES}|for example|in addition|as a result),?\s+)?"
    r"(?:it(?!(?:['’]s| is| was| has been| remains) (?:\w+ ){1,2}(?:that|to|whether|how|why|who|what)\b)"
    r"|(?:this|that|these|those)(?! (?:who|week|weekend|month|year|morning|evening|summer|winter|spring|autumn)\b)"
    r"|he|she|they|him|her|his|their|its|such|the latter|the former|both|neither|another|others)"
    r"|however|instead|therefore|thus|moreover|furthermore|nevertheless)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a hit, `article.text[start:end]`; `rank` is the hit's, from 0.

    `unit_start` and `unit_end` bound what has to be quoted for the sentence to stand alone.
    """

    hit: Hit
    rank: int
    start: int
    end: int
    unit_start: int
    unit_end: int


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Every sentence of the hits that can be quoted, in the hits' order: headings, scraps and loose ends are left out."""
    found: list[Candidate] = []
    split: dict[str, list[tuple[int, int]]] = {}
    for rank, hit in enumerate(hits):
        article, passage = hit.article, hit.passage
        sentences = split.setdefault(article.id, spans(article.text))
        for number, (start, end) in enumerate(sentences):
            if not passage.start <= start < passage.end:
                continue
            unit = quotable_unit(article, sentences, number)
            if unit is None:
                continue
            found.append(Candidate(hit, rank, start, end, *unit))
    return found


def quotable_unit(article: Article, sentences: Sequence[tuple[int, int]], number: int) -> tuple[int, int] | None:
    """The shortest run of whole sentences around one that can stand alone: its quotation marks closed, its "He" explained.

    None when the sentence is no sentence (a heading, a scrap) or would need more than `MAX_UNIT`.
    """

    def text(at: int) -> str:
        return article.text[slice(*sentences[at])]

    if not is_prose(text(number)):
        return None
    first = last = number
    while last - first < MAX_UNIT:
        unit = article.text[sentences[first][0] : sentences[last][1]]
        open_, close = _open_quotes(unit)
        if first > 0 and (close or leans(text(first))) and is_prose(text(first - 1)):
            first -= 1
        elif open_ and last + 1 < len(sentences) and is_prose(text(last + 1)):
            last += 1
        elif leans(text(first)):
            return None
        else:
            return sentences[first][0], sentences[last][1]
    return None


def is_prose(text: str) -> bool:
    """Whether a span is a sentence that may be quoted: four words or more with an end.

    >>> is_prose("Strategic border crossing closed"), is_prose("The border was closed on Wednesday.")
    (False, True)
    """
    return len(text.split()) >= 4 and _ENDS.search(text) is not None


def leans(text: str) -> bool:
    """Whether a sentence speaks of something that only the sentence before it names.

    >>> leans("He added that talks went on."), leans("It was raining in Kabul."), leans("Mr Nadery spoke.")
    (True, True, False)
    """
    return _LEANS.match(text) is not None


def _open_quotes(text: str) -> tuple[bool, bool]:
    """Whether a quotation is left open, and whether one is closed that was never opened."""
    depth = 0
    closed_first = False
    for position, character in enumerate(text):
        if character == "“":
            depth += 1
        elif character == "”":
            closed_first, depth = (True, 0) if depth == 0 else (closed_first, depth - 1)
        elif character == '"':
            before = text[position - 1] if position else " "
            if before.isspace() or before in "([—–-":
                depth += 1
            elif depth:
                depth -= 1
            else:
                closed_first = True
    return depth > 0, closed_first
