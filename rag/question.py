"""A question as typed -> the question as searched, with its filters checked. No language model."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from index.errors import UsageError
from rag.records import Filters

MAX_QUESTION = 2000  # characters
MAX_CONTEXT = 500  # of an earlier question that is taken along
_OUTLETS_SHOWN = 10
_POINTS_BACK = re.compile(
    r"^(?:and|but|so|then|also|or|what about|how about)\b"  # goes on
    # is cut short
    r"|^(?:why|how|when|where|who|which|what|since when|how (?:many|much|long|old|far))(?: not| so| else)?[?!. ]*$"
    r"|\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers)\b"  # says "he" of someone
    r"|\b(?:that|those|this|these|there|then)(?=\s*[?.!,]|$)",  # says "that" of something, not "that" before a clause
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<!^)\b[^\W\d_a-zß-öø-ÿ](?:\w|\.\w)")


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
    turns = (" ".join(text.split()) for role, text in reversed(history) if role == "user")
    asked = next((turn for turn in turns if any(character.isalnum() for character in turn)), None)
    if asked is None or _NAMED.search(question) or not _POINTS_BACK.search(question):
        return question
    return f"{asked[-MAX_CONTEXT:]} {question}"


def filters(after: str | date | None, before: str | date | None, outlets: str | Sequence[str], known: Sequence[str]) -> Filters:
    """Check what a search is narrowed to. Days are ISO; outlets are matched without regard to case.

    The outlets that come back are spelled as the archive spells them, all spellings of each. Raises UsageError for what is
    no day, for a span that ends before it begins, and for an outlet the archive lacks.
    """
    first, last = day(after, "after"), day(before, "before")
    if first and last and first > last:
        raise UsageError(f"Nothing is both after {first} and before {last}.", next_step="the two days the other way")
    spelled: dict[str, list[str]] = {}
    for outlet in known:
        spelled.setdefault(outlet.casefold(), []).append(outlet)
    wanted = [outlets] if isinstance(outlets, str) else outlets
    for outlet in wanted:
        if outlet.casefold() not in spelled:
            some = ", ".join(known[:_OUTLETS_SHOWN]) or "no outlet names"
            more = f" and {len(known) - _OUTLETS_SHOWN} more" if len(known) > _OUTLETS_SHOWN else ""
            raise UsageError(
                f"No article is by the outlet {outlet!r}; the archive has {some}{more}.", next_step="footnote status"
            )
    names = tuple(sorted({each for outlet in wanted for each in spelled[outlet.casefold()]}))
    return Filters(first.isoformat() if first else None, last.isoformat() if last else None, names)


def day(value: str | date | None, name: str) -> date | None:
    """Read an ISO day; `name` is how the message calls it. Raises UsageError for what is none."""
    if value is None:
        return None
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as error:
        raise UsageError(f"{name} is {value!r}, not a day.", next_step=f"--{name} 2021-07-06") from error
