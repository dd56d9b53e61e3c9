"""Whether a sentence says what a yes-or-no question asks, or denies it."""

import re
from dataclasses import dataclass
from itertools import pairwise

from index.keyword import words
from rag.lexicon import Lexicon, content, content_sequence

SCOPE = 8  # words after a negation that it may be about
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might|must)\b|\bwhether\b", re.IGNORECASE
)
_NEGATION = re.compile(
    r"\b(?P<deny>den(?:y|ies|ied|ying)|reject(?:s|ed|ing)?|disput(?:e|es|ed|ing)|dismiss(?:es|ed|ing)?|contradict(?:s|ed)?)\b"
    r"|\b(?:not|no|never|none|nothing|nobody|neither|without|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
_WISH = re.compile(r"\s+(?:should|must|ought|would|could)\b", re.IGNORECASE)
_WISHED = re.compile(r"\b(?:should|must|ought|would|could)\s*$", re.IGNORECASE)
_SAID = re.compile(r"\s*(?:(?:said|says|told \w+|added|insisted|claimed)\s+(?:that\s+)?)?")
_CLAUSE = re.compile(
    r"[;:!?“”\"]|[,.](?!\d)|\s[–—]\s|\b(?:but|while|whereas|although|though|because|and (?:said|says|added|that))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence says of a question: `text[start:end]`, whether that denies it, and which stems they share.

    `asked` are the question's stems, `denied` those of what is denied.
    """

    denies: bool
    start: int
    end: int
    asked: frozenset[str]
    shared: frozenset[str]
    denied: frozenset[str]


def is_yes_or_no(question: str) -> bool:
    """Whether a question can be answered by yes or no.

    >>> is_yes_or_no("Has an offer been made?"), is_yes_or_no("What has been offered?")
    (True, False)
    """
    return _YES_OR_NO.search(question) is not None


def says(question: str, text: str, lexicon: Lexicon) -> Said | None:
    """What a sentence says of a yes-or-no question; None when it shares too little with it beside names.

    Denied is what follows a "no" or "not" closely or stands in the scope of a "denied", if the question asks for it and
    the sentence holds two of its words: a bridge whose building is rejected does not deny that the bridge has reopened.
    """
    asked = frozenset(content(question, lexicon))
    names = content(" ".join(re.findall(r"(?<=\s)[A-Z][\w’'-]+", question)), lexicon)
    things = asked - names
    held = frozenset(content(text, lexicon))
    for match in _NEGATION.finditer(text):
        clause = _CLAUSE.search(text, match.end())
        end = clause.start() if clause else len(text)
        scope = content_sequence(" ".join(words(text[match.end() : end])[:SCOPE]), lexicon)
        near = frozenset(scope if match["deny"] else scope[:1])
        wish = _WISH.match(text, match.end()) or _WISHED.search(text[: match.start()])
        if wish or (not near & things and things & frozenset(scope)):
            return None  # a wish, or a "not" that is about something close
        if near & things and len(things & held) >= min(2, len(things)):
            return Said(True, match.start(), end, asked, held & asked, frozenset(scope))
    shared = held & things
    if 2 * len(shared) < len(things):
        return None
    start, end = _clause(text, shared, lexicon)
    return Said(False, start, end, things, shared, frozenset())


def _clause(text: str, shared: frozenset[str], lexicon: Lexicon) -> tuple[int, int]:
    """The clause that shares most with the question, the first of equals."""
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    parts = [(start, end) for start, end in pairwise(cuts) if text[start:end].strip()]
    start, end = max(parts, key=lambda part: len(content(text[slice(*part)], lexicon) & shared))
    start = _SAID.match(text, start, end).end()  # type: ignore[union-attr]  # it may match nothing
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip(' ,.;:!?”"')))
