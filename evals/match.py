"""Whether a wording that a question set accepts occurs in an answer."""

import re
import unicodedata
from functools import lru_cache

PATTERN = "re:"
_LETTER = re.compile(r"(?s).[\u0300-\u036f]*")  # with its accents, which may stand apart
_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "\u00a0": " "})


def plain(text: str) -> str:
    """Text with one form of quotes, dashes and white space, so that wordings need not care.

    >>> plain("the “Marram  Bridge” – closed")
    'the "Marram Bridge" - closed'
    """
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())


def occurs(wording: str, text: str) -> bool:
    """Say whether a wording stands in a text, in any case, from the start of a word on; a number only as a whole number.

    A wording that begins with "re:" is a regular expression, searched in any case.

    >>> occurs("prisoner", "7,000 Prisoners"), occurs("000", "7,000 prisoners"), occurs("7", "7,000"), occurs("7", "7.")
    (True, False, False, True)
    >>> occurs("re:seven|7 thousand", "Seven thousand")
    True
    """
    return bool(_compiled(wording).search(plain(text)))


def spans(wording: str, text: str) -> list[tuple[int, int]]:
    """Where a wording stands in a text as it is, start and end; empty where that cannot be told.

    >>> spans('"cracks"', "They found “cracks” in it.")
    [(11, 19)]
    """
    letters = [(each, at.span()) for at in _LETTER.finditer(text) for each in plain(f"a{at[0]}a")[1:-1]]
    kept = [pair for at, pair in enumerate(letters) if pair[0] != " " or (at and letters[at - 1][0] != " ")]
    same = "".join(letter for letter, _ in kept)
    if same.rstrip(" ") != plain(text):
        return []
    found = _compiled(wording).finditer(same.rstrip(" "))
    return [(kept[at.start()][1][0], kept[at.end() - 1][1][1]) for at in found if at.end() > at.start()]


def first(wordings: tuple[str, ...], text: str) -> str | None:
    """The first of several wordings that occurs, or None."""
    return next((wording for wording in wordings if occurs(wording, text)), None)


def check(wording: str) -> None:
    """Raise re.error when a wording is a regular expression that is none."""
    _compiled(wording)


@lru_cache(maxsize=8192)
def _compiled(wording: str) -> re.Pattern[str]:
    if wording.startswith(PATTERN):
        return re.compile(wording.removeprefix(PATTERN), re.IGNORECASE)
    words = plain(wording)
    before = r"(?<!\w)" + (r"(?<!\d[.,])" if words[:1].isdigit() else "") if words[:1].isalnum() else ""
    after = r"(?!\w)(?![.,]\d)" if words[-1:].isdigit() else ""
    return re.compile(before + re.escape(words) + after, re.IGNORECASE)
