"""An article while it is being read: its text, and what its file says of it in fields."""

import re
from dataclasses import dataclass

from index.clean import one_line
from index.dates import parse_date

_LONGEST_FIELD = 500
_ADDRESS = re.compile(r"(?:https?:|www\.)\S*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article while it is being read: a text, and what is known about it so far."""

    text: str
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    updated: str | None = None
    author: str | None = None
    url: str | None = None

    def filled(self, other: "Draft") -> "Draft":
        """Keep what is known and take the rest, never the text, from another draft.

        >>> Draft("a", title="A").filled(Draft("b", title="B", outlet="Post"))
        Draft(text='a', title='A', outlet='Post', published=None, updated=None, author=None, url=None)
        """
        return Draft(
            self.text,
            self.title or other.title,
            self.outlet or other.outlet,
            self.published or other.published,
            self.updated or other.updated,
            self.author or other.author,
            self.url or other.url,
        )


def draft(
    text: str,
    *,
    title: object = None,
    outlet: object = None,
    published: object = None,
    updated: object = None,
    author: object = None,
    url: object = None,
) -> Draft:
    """Make a draft from fields as a file gave them: strings on one line, dates as ISO 8601, the rest None.

    >>> found = draft("It rained.", title=" Rain ", published="6 July 2021", author=["A. Rao", "B. Li"], url="ftp://x")
    >>> found.title, found.published, found.author, found.url
    ('Rain', '2021-07-06', 'A. Rao, B. Li', None)
    """
    return Draft(
        text,
        _field(title),
        _field(outlet),
        parse_date(published),
        parse_date(updated),
        names(author),
        web_address(url),
    )


def _field(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list | tuple):
        value = ", ".join(filter(None, map(_field, value)))
    return (one_line(value)[:_LONGEST_FIELD].strip() or None) if isinstance(value, str) else None


def names(value: object) -> str | None:
    """Write authors on one line; an address, of a page about somebody, is no name.

    >>> names(["A. Rao", {"name": "B. Li"}, "https://example.org/c"])
    'A. Rao, B. Li'
    """
    several = value if isinstance(value, list | tuple) else [value]
    return _field([name for name in map(_field, several) if name and not _ADDRESS.match(name)])


def web_address(value: object) -> str | None:
    """Keep an http or https address as it is; anything else is None.

    >>> web_address(" https://example.org/a "), web_address("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    found = one_line(value) if isinstance(value, str) else ""
    return found if len(found) <= 2000 and re.fullmatch(r"(?i:https?)://[^\s<>\"]+", found) else None
