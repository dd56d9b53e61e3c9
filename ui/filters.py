"""What a search is narrowed to: as given beside the chat, and as chips below an answer that can be taken away.

Taking a chip away asks again with what is left, and then nothing is read from the question, or the chip would come back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rag.records import Filters
from ui.markup import button, text
from ui.texts import Texts
from ui.words import line

if TYPE_CHECKING:
    from rag.answer import Options

DATES = "dates"  # the chip of both days; the chip of an outlet is "outlet:" and its name
OUTLET = "outlet:"
MOST_OUTLETS = 200


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader narrowed a question to. With `read`, days and outlets are also read from the question itself."""

    after: str | None = None
    before: str | None = None
    outlets: tuple[str, ...] = ()
    read: bool = True

    @property
    def options(self) -> "Options":
        """As `rag.answer` takes it."""
        return {"after": self.after, "before": self.before, "outlets": self.outlets, "read_filters": self.read}


AS_ASKED = Given()


def given_of(data: Mapping[str, Any]) -> Given:
    """Read what a browser sent; what is no day and no name is left out, for the page offers nothing else.

    >>> given_of({"after": "2021-07-01", "before": "<b>", "outlets": ["BBC", 7], "read": False})
    Given(after='2021-07-01', before=None, outlets=('BBC',), read=False)
    """
    outlets = data.get("outlets")
    named = [name for name in outlets if isinstance(name, str)] if isinstance(outlets, list) else []
    return Given(_day(data.get("after")), _day(data.get("before")), tuple(named[:MOST_OUTLETS]), data.get("read") is not False)


def without(filters: Filters, chip: str) -> Given:
    """Say what is left of an answer's filters when a chip is taken away.

    >>> without(Filters("2021-07-01", None, ("BBC", "AFP")), "outlet:BBC")
    Given(after='2021-07-01', before=None, outlets=('AFP',), read=False)
    """
    left = Given(filters.after, filters.before, filters.outlets, read=False)
    if chip == DATES:
        return replace(left, after=None, before=None)
    return replace(left, outlets=tuple(name for name in left.outlets if chip != OUTLET + name))


def chips_html(filters: Filters, texts: Texts) -> str:
    """Show what an answer's search was narrowed to, each part with a button that takes it away; nothing without any."""
    if not filters.narrow:
        return ""
    chips = []
    if filters.after or filters.before:
        undated = texts.or_undated if filters.undated else ""
        chips.append((DATES, texts.days(filters.after, filters.before) + undated))
    chips += [(OUTLET + name, line(name)) for name in filters.outlets]
    said = texts.joined([f"“{line(words)}”" for words in filters.read], texts.and_)
    read = f' <span class="fn-read-from">({text(texts.read_from.format(said))})</span>' if said else ""
    items = "".join(f"<li>{text(label)} {_remove(chip, label, texts)}</li>" for chip, label in chips)
    return f'<div class="fn-narrowed"><span>{text(texts.searched_only)}</span><ul class="fn-chips">{items}</ul>{read}</div>'


def _remove(chip: str, label: str, texts: Texts) -> str:
    return button("×", "unfilter", kind="fn-remove", aria=texts.remove_filter.format(line(label)), chip=chip)


def _day(value: object) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None
