"""A question as typed -> the question as searched, with its filters checked. No language model."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from index.errors import UsageError
from rag.records import Filters

MAX_QUESTION = 2000  # characters
_POINTS_BACK = re.compile(
    r"^(?:and|but|so|then|also|or|what about|how about)\b"  # goes on
    # is cut short
    r"|^(?:why|how|when|where|who|which|what|since when|how (?:many|much|long|old|far))(?: not| so| else)?[?!. ]*$"
    r"|\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers)\b"  # says "he" of someone
    r"|\b(?:that|those|this|these|there|then)(?=\s*[?.!,]|$)",  # says "that" of something, not "that" before a clause
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<!^)\b[A-Z]\w+")


def normalise(question: str) -> str:
    r"""One line, NFC, no spaces at the ends. Raises UsageError when nothing is asked or far too much.

    >>> normalise("  who \n won? ")
    'who won?'
    """
    whole = question.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair stops every library below
    cleaned = " ".join(unicodedata.normalize("NFC", whole).split())
    if not any(character.isalnum() for character in cleaned):
        raise UsageError(f"The question {question[:40]!r} has no words.", next_step='footnote ask "who said what?"')
    if len(cleaned) > MAX_QUESTION:
        raise UsageError(
            f"The question has {len(cleaned)} characters; at most {MAX_QUESTION} are read.",
            next_step="the same question, shorter",
        )
    return cleaned


def searched_for(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The question as searched: a follow-up that names nothing of its own takes the last question along.

    Cautious on purpose: a question with a name of its own is searched as asked. What a pronoun stands for is not resolved.

    >>> searched_for("when did it begin?", [("user", "who brokered the truce in Badghis?"), ("assistant", "Elders.")])
    'who brokered the truce in Badghis? when did it begin?'
    """
    asked = next((normalise(text) for role, text in reversed(history) if role == "user" and text.strip()), None)
    if asked is None or _CAPITALISED.search(question) or not _POINTS_BACK.search(question):
        return question
    return f"{asked[-MAX_QUESTION:]} {question}"


def filters(after: str | None, before: str | None, outlets: Sequence[str], known: Sequence[str]) -> Filters:
    """Check what a search is narrowed to. Days are ISO; outlets are matched without regard to case.

    Raises UsageError for what is no day, for a span that ends before it begins, and for an outlet the archive lacks.
    """
    days = [_day(value, name) for name, value in (("after", after), ("before", before))]
    if days[0] and days[1] and days[0] > days[1]:
        raise UsageError(f"Nothing is both after {days[0]} and before {days[1]}.", next_step="the two days the other way")
    spelled = {outlet.casefold(): outlet for outlet in known}
    for outlet in outlets:
        if outlet.casefold() not in spelled:
            raise UsageError(
                f"No article is by the outlet {outlet!r}; the archive has {', '.join(known) or 'no outlet names'}.",
                next_step="one of these outlets",
            )
    return Filters(days[0], days[1], tuple(sorted({spelled[outlet.casefold()] for outlet in outlets})))


def _day(value: str | None, name: str) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise UsageError(f"{name} is {value!r}, not a day.", next_step=f"--{name} 2021-07-06") from error
