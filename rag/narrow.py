"""What a question itself says about dates and outlets -> filters that a reader can see and take away again.

It reads spans of days (`rag/when.py`), "according to the BBC" where the archive has such an outlet, "before the vote" where
the headlines of a few days alone speak of it, and "now", which asks for the newest report. In doubt it reads nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.opened import Index
from rag.lexicon import content
from rag.records import Filters
from rag.when import spans_in

_SAYS = r"reports?|reported|sa(?:y|ys|id)|writes?|wrote|claims?|claimed|puts?|describes?|described|estimates?|estimated"
_FROM = "according to|reported (?:by|in)|published (?:by|in)|printed (?:by|in)|carried by|written in|as told to"
_NOW = re.compile(
    r"\b(?:now|currently|at present|at the moment|these days|to date|so far|latest|newest|most recent(?:ly)?)\b",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(r"\b(?:until|by|up to|from|before|even|just) now\b|\bnow that\b|\bnow[- ]\w+ed\b", re.IGNORECASE)
_EVENT = re.compile(r"\b(?P<lead>before|after|since) (?P<event>the (?:[\w'’-]+ ){0,4}?[\w'’-]+)\s*[?.!]*$", re.IGNORECASE)
_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d")
_LEADS = frozenset(
    "in on during of for at over throughout within before after since from until till by up to prior the".split()
)
HEADLINES = 50  # passages that are looked at for headlines that speak of an event
NEAR = 3  # days within which all headlines that speak of an event have to lie


@dataclass(frozen=True, slots=True)
class Reading:
    """A question without the words that were read from it, the filters with them, and what kind of filter they made.

    `newest` says that the present state is asked for. `dates` are the words that named days, or "" for none; `strict` is
    false where they named an event, whose day was guessed from headlines.
    """

    question: str
    filters: Filters
    newest: bool = False
    dates: str = ""
    strict: bool = True

    def mentions(self, text: str) -> bool:
        """Whether a text names the days that the question names, so that it may tell of them though it was written later.

        >>> Reading("", Filters(), dates="in early July").mentions("On 6 July he left."), Reading("", Filters()).mentions("")
        (True, False)
        """
        words = [word for word in re.findall(r"\w+", self.dates.lower()) if word not in _LEADS]
        named = [word for word in words if _MONTH.match(word)] or words
        return bool(named) and set(named) <= set(re.findall(r"\w+", text.lower()))


def read(question: str, given: Filters, index: Index, today: date) -> Reading:
    """Read what a question says about dates and outlets. What was given as a filter is not read again.

    An article without a date stays within days that were read, since nobody said to leave it out. Days that all dated
    articles lie within narrow nothing and are no filter.
    """
    reading = Reading(question, given, newest=asks_for_now(question))
    if not given.outlets:
        reading = _outlet(reading, list(index.articles.outlets()))
    if not (given.after or given.before):
        first, last, _ = index.articles.dates()
        if first and last:
            held = (date.fromisoformat(first), date.fromisoformat(last))
            reading = _days(reading, *held, today, index.articles.months()) or _event(reading, index)
    return reading


def asks_for_now(question: str) -> bool:
    """Whether a question is about the present state.

    >>> asks_for_now("How many districts do they hold now?"), asks_for_now("Why was it closed until now?")
    (True, False)
    """
    return _NOW.search(question) is not None and _NOT_NOW.search(question) is None


def _outlet(reading: Reading, known: Sequence[str]) -> Reading:
    for outlet in sorted(known, key=lambda name: (-len(name), name)):
        name = re.escape(re.sub(r"^the\s+|\s+(?:news|online)$", "", outlet, flags=re.IGNORECASE))
        spelled = rf"(?:the\s+)?{name}(?:\s+(?:news|online))?"
        source = re.search(rf",?\s*\b(?:{_FROM})\s+{spelled}(?!\w)(?:['’]s\s+\w+)?,?", reading.question, re.IGNORECASE)
        own = rf"(?:['’]s\s+(?:report|story|article|account)|\s+(?:{_SAYS}))"
        says = re.search(rf"(?<!\w){spelled}{own}(?!\w)", reading.question, re.IGNORECASE)
        if source is None and says is None:
            continue
        spellings = tuple(sorted(each for each in known if each.casefold() == outlet.casefold()))
        said = source or says
        assert said is not None
        question = _without(reading.question, source.span()) if source else reading.question
        words = said.group().strip(" ,")
        return replace(reading, question=question, filters=_more(reading.filters, words, outlets=spellings))
    return reading


def _days(reading: Reading, first: date, last: date, today: date, months: Sequence[str]) -> Reading | None:
    found = spans_in(reading.question, today, months)
    if found is None or ((found.after or first) <= first and (found.before or last) >= last):
        return None
    if found.before and not found.after and found.before < first and not re.search(r"\d{4}", found.words):
        return None  # "who will leave by 11 September?" is of a day to come
    start = reading.question.index(found.words)
    filters = _more(
        reading.filters,
        found.words,
        after=found.after.isoformat() if found.after else None,
        before=found.before.isoformat() if found.before else None,
        undated=True,
    )
    question = _without(reading.question, (start, start + len(found.words)))
    return replace(reading, question=question, filters=filters, dates=found.words)


def _event(reading: Reading, index: Index) -> Reading:
    """Take "before the vote" for before the day on which headlines first speak of the vote, if they all do within days."""
    match = _EVENT.search(reading.question)
    wanted = content(match["event"], index.lexicon) if match else set()
    if match is None or not wanted:
        return reading
    found = index.articles.passages([row for row, _ in index.keywords.search(match["event"], HEADLINES)])
    days = sorted(
        date.fromisoformat(article.published[:10])
        for _, article in found.values()
        if article.published and article.title and wanted <= content(article.title, index.lexicon)
    )
    if not days or days[-1] - days[0] > timedelta(days=NEAR):
        return reading
    if match["lead"].lower() == "before":
        after, before = None, (days[0] - timedelta(days=1)).isoformat()
    else:
        after, before = days[0].isoformat(), None
    words = f"{match['lead']} {match['event']}"
    filters = _more(reading.filters, words, after=after, before=before, undated=True)
    return replace(reading, filters=filters, dates=words, strict=False)


def _more(
    filters: Filters,
    words: str,
    *,
    after: str | None = None,
    before: str | None = None,
    outlets: tuple[str, ...] = (),
    undated: bool = False,
) -> Filters:
    return Filters(
        after or filters.after, before or filters.before, outlets or filters.outlets, undated or filters.undated,
        (*filters.read, words),
    )  # fmt: skip


def _without(question: str, span: tuple[int, int]) -> str:
    """The question without some of its words; as it was when hardly anything would be left."""
    rest = f"{question[: span[0]]} {question[span[1] :]}"
    rest = re.sub(r"\s+([?.!,])", r"\1", " ".join(rest.split())).strip(" ,")
    if question[:1].isupper():
        rest = rest[:1].upper() + rest[1:]
    return rest if len(re.findall(r"\w+", rest)) >= 3 else question
