"""Hits -> the sentences that may answer, each with what stands around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Article, Hit
from index.sentences import spans

MAX_UNIT = 4  # sentences of one quote
_OPENING = '"“‘'
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*$")
_CONNECTIVES = "however|but|and|meanwhile|later|instead|also|still|then|so|yet|moreover|furthermore|nevertheless|therefore|thus"
_SAID = "said|says|told|added|asked|wrote|warned|replied|explained|insisted|recalled|continued|noted|argued|claimed|denied"
_PREPOSITION = "about|after|against|among|at|before|behind|beside|by|despite|for|from|in|of|on|since|to|under|with|without"
# A sentence of one of these forms needs the one before it to be understood.
_LEANS = re.compile(
    rf"[\"'“‘(\[]*(?:(?:(?:{_CONNECTIVES}|for example|in addition|as a result),?\s+)?"
    r"(?:it(?!(?:['’]s| is| was| has been| remains) (?:\w+ ){1,2}(?:that|to|whether|how|why|who|what)\b)"
    r"|(?:this|that|these|those)(?! (?:who|week|weekend|month|year|morning|evening|summer|winter|spring|autumn)\b)"
    r"|(?:his|her|their)(?! (?:majesty|holiness|highness|excellency)\b)|both(?! sides\b| \w+ and\b)|neither(?! side\b)"
    r"|another(?! \d| \w+ \w*s\b)|he|she|they|him|its|such|the latter|the former|others)"
    r"|however|instead|therefore|thus|moreover|furthermore|nevertheless"
    rf"|(?:{_PREPOSITION}) (?:(?:it|him|them)|(?:this|that|these|those)(?=, | (?:is|are|was|were|time|point|moment)\b)))\b"
    r"|(?:on|in|at|by|last|earlier|since|after|before|during) (?:[\w’'-]+ ){0,3}[\w’'-]+,? (?:he|she|they)\b",
    re.IGNORECASE,
)
_HE_SAID = re.compile(rf"[\"”’]\s+(?:(?:he|she|they|it) (?:{_SAID})|(?:{_SAID}) (?:he|she|they))\b", re.IGNORECASE)


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

    None when the sentence is no sentence (a heading, a scrap), or speaks of someone whom no sentence before it names within
    `MAX_UNIT`. A quotation longer than that is cited by the sentence alone.
    """
    text = [article.text[start:end] for start, end in sentences[max(0, number - MAX_UNIT) : number + MAX_UNIT]]
    at = min(number, MAX_UNIT)
    if not is_prose(text[at]):
        return None
    shift, first, last = number - at, at, at

    def joined(one: int, other: int) -> bool:
        """Whether a quotation may run on from one sentence to the next: within a paragraph, or into one that opens it again."""
        between = article.text[sentences[shift + one][1] : sentences[shift + other][0]]
        return _ENDS.search(text[one]) is not None and ("\n" not in between or text[other][0] in _OPENING)

    while last - first < MAX_UNIT:
        open_, closed = _open_quotes(article.text[sentences[shift + first][0] : sentences[shift + last][1]])
        if first > 0 and shift + first > 0 and (leans(text[first]) or (closed and joined(first - 1, first))):
            if not _ENDS.search(text[first - 1]):
                return None  # a heading stands between
            first -= 1
        elif open_ and last + 1 < len(text) and joined(last, last + 1):
            last += 1
        else:
            return sentences[shift + first][0], sentences[shift + last][1]
    return None if leans(text[at]) else sentences[number]


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
    return _LEANS.match(text) is not None or _HE_SAID.search(text) is not None


def _open_quotes(text: str) -> tuple[bool, bool]:
    """Whether a quotation is left open, and whether one is closed that was never opened.

    Every paragraph of a long quotation opens it again and only the last closes it, so marks are not counted.
    """
    opened = closed = False
    for position, mark in enumerate(text):
        if mark not in '“”"‘’':
            continue
        before = text[position - 1] if position else " "
        after = text[position + 1] if position + 1 < len(text) else " "
        if mark == "“" or (mark in '"‘' and (before.isspace() or before in "([—–-") and not after.isspace()):
            opened = True
        elif mark in '”"' or (mark == "’" and before in ".,!?" and after.isspace()):  # else an apostrophe
            closed, opened = closed or not opened, False
    return opened, closed
