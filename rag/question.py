"""A question as typed -> the question as searched, with its filters checked. No language model."""

import unicodedata
from collections.abc import Sequence
from datetime import date

from index.errors import UsageError
from rag.followup import Whole, made_whole
from rag.records import Filters

MAX_QUESTION = 2000  # characters
_OUTLETS_SHOWN = 10


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
    """The question as searched: a follow-up made whole from what was asked before.

    >>> searched_for("when did it begin?", [("user", "who brokered the truce in Badghis?"), ("assistant", "Elders.")])
    'when did the truce in Badghis begin?'
    """
    return whole(question, history).text


def whole(question: str, history: Sequence[tuple[str, str]]) -> Whole:
    """A follow-up made whole, and how sure that is; turns without words are passed over."""
    asked = [" ".join(text.split()) for role, text in history if role == "user"]
    return made_whole(question, [turn for turn in asked if any(character.isalnum() for character in turn)])


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
