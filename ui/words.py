"""How dates, counts and quotes read to a person, in the terminal and on the page alike. No colours, no markup."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from index.records import Article

if TYPE_CHECKING:
    from index.opened import Index
    from rag.records import Answer, Citation, Difference, Filters, Side

UNDATED = "undated"
UNKNOWN_OUTLET = "Unknown outlet"
UNSUPPORTED = "no source confirms this"  # as in rag.records, which is not imported for it
# What stands above the sides of a disagreement, by its kind.
DIFFERENCES: "dict[Difference, str]" = {"differ": "Sources differ", "changed": "Changed over time"}
DEFAULT_CONTEXT = 400  # characters shown on either side of a quote when its paragraph is longer

# C0 and C1 control characters except tab and newline, DEL, and the marks that override the order in which text is shown:
# an article may hold any of them, and a terminal obeys them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    r"""Text without the characters that command a terminal or turn the reading direction.

    >>> clean("\x1b[31mred\x9b0m")
    '[31mred0m'
    """
    return _CONTROL.sub("", text)


def line(text: str) -> str:
    r"""Clean text and put it on one line, every run of white space one space.

    >>> line("Two\n\n lines\x07")
    'Two lines'
    """
    return " ".join(clean(text).split())


def day(published: str | None) -> str:
    """Write a date as readers do.

    >>> day("2021-07-06T10:00:00+00:00"), day(None)
    ('6 July 2021', 'undated')
    """
    if not published:
        return UNDATED
    try:
        found = date.fromisoformat(published[:10])
    except ValueError:
        return line(published)
    return f"{found.day} {found:%B} {found.year}"


def days(first: str | None, last: str | None) -> str:
    """Write a span of dates.

    >>> days("2021-07-02", "2023-05-30"), days("2021-07-02", "2021-07-02"), days("2021-07-02", None)
    ('2 July 2021 to 30 May 2023', '2 July 2021', 'from 2 July 2021')
    """
    if first and last:
        return day(first) if day(first) == day(last) else f"{day(first)} to {day(last)}"
    if first:
        return f"from {day(first)}"
    return f"until {day(last)}" if last else UNDATED


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "article"), counted(1234, "passage")
    ('1 article', '1,234 passages')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(names: Sequence[str], last: str = "and") -> str:
    """List names as a sentence does.

    >>> joined(["BBC"]), joined(["BBC", "Reuters", "AFP"])
    ('BBC', 'BBC, Reuters and AFP')
    """
    return f" {last} ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)


def holdings(index: "Index") -> str:
    """Say what an archive holds in one line: `36 articles from 8 outlets, 2 July 2021 to 30 May 2023`."""
    first, last, undated = index.articles.dates()
    outlets = len(index.articles.outlets())
    text = counted(index.manifest.counts["articles"], "article")
    if outlets:
        text += f" from {counted(outlets, 'outlet')}"
    if first:
        text += f", {days(first, last)}"
    return f"{text} ({undated:,} undated)" if undated else text


def sources(side: "Side") -> str | None:
    """Say how many independent sources stand on a side when it is more than the one that is named.

    >>> from rag.records import Side
    >>> sources(Side("7,000", None, 1)), sources(Side("7,000", None, 1, (2, 3)))
    (None, '3 independent sources')
    """
    return f"{len(side.further) + 1} independent sources" if side.further else None


def narrowed(filters: "Filters") -> str | None:
    """Say what a search was narrowed to, and by which words, or None: `2 July 2021 to 30 May 2023; BBC or Reuters`."""
    parts = []
    if filters.after or filters.before:
        parts.append(days(filters.after, filters.before) + (" or undated" if filters.undated else ""))
    if filters.outlets:
        parts.append(joined([line(outlet) for outlet in filters.outlets], "or"))
    said = joined([f"“{line(words)}”" for words in filters.read])
    return "; ".join(parts) + (f" (from {said} in the question)" if said else "") if parts else None


def left_out(answer: "Answer") -> str:
    """Say how many articles a search by dates could not take in, for they have none; nothing when there are none."""
    if not answer.undated_left_out:
        return ""
    were = "was" if answer.undated_left_out == 1 else "were"
    return f"{counted(answer.undated_left_out, 'article')} without a date {were} left out"


def counted_once(citation: "Citation") -> str:
    """Say that several outlets are one source: `3 outlets, 1 source`; nothing when no other outlet carries the words."""
    outlets = len(citation.outlets)
    return f"{outlets} outlets, 1 source" if outlets > 1 else ""


def around(text: str, words: str | None) -> tuple[str, str, str]:
    """Give a line of text in three parts: before some words of it, the words, and after them; whole words where there are any.

    >>> around("In 2012 all 12 came.", "12"), around("Nobody came.", "12")
    (('In 2012 all ', '12', ' came.'), ('Nobody came.', '', ''))
    """
    text, sought = line(text), re.escape(line(words or ""))
    found = (re.search(rf"(?<!\w){sought}(?!\w)", text) or re.search(sought, text)) if sought else None
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def paragraph(article: Article, start: int, end: int, *, context: int = DEFAULT_CONTEXT) -> tuple[str, str, str]:
    r"""Give the words before a quote in its paragraph, the quote, and the words after it; past `context` they are cut.

    >>> paragraph(Article("a", "a.txt", "One.\nIt fell. He ran. It rose.\nEnd."), 14, 21)
    ('It fell. ', 'He ran.', ' It rose.')
    """
    text = article.text
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    before, after = text[first:start], text[end : last if last >= 0 else len(text)]
    if len(before) > context:
        before = "… " + before[-context:].partition(" ")[2]
    if len(after) > context:
        after = after[:context].rpartition(" ")[0] + " …"
    return before, text[start:end], after
