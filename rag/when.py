"""Spans of days as questions name them: "in early July", "last week", "since 6 July 2021", "between 3 and 9 July".

A month without a year is the newest one of which the archive has anything; "last week" counts from `today`. What is
no span for sure ("on Thursday", "the march", "in 5 years") is left alone. It knows English, and nothing of clocks.
"""

import calendar
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

REPORTED = 1  # days after the end of a span that what happened in it is still reported

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR = r"(?:,?\s(?P<year>(?:19|20)\d\d)\b)?"
_PART = r"(?:(?P<part>early|mid|late|the beginning of|the start of|the middle of|the end of)[\s-])?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_BEFORE, _AFTER, _SINCE, _UNTIL = "before|prior to", "after", "since|from", "until|till|by|up to"
_WITHIN = "in|on|during|of|for|at|over|throughout|within"
_LEAD = rf"(?:(?P<lead>{_BEFORE}|{_AFTER}|{_SINCE}|{_UNTIL}|{_WITHIN})\s)"
_UNIT = r"(?P<unit>day|week|month|year)"
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)})"
_PARTS = {"early": 0, "the beginning of": 0, "the start of": 0, "mid": 1, "the middle of": 1, "late": 2, "the end of": 2}


@dataclass(frozen=True, slots=True)
class When:
    """The first and the last day that a question is about, either of which may be open, and its words that say so."""

    after: date | None
    before: date | None
    words: str


def spans_in(question: str, today: date, months: Collection[str]) -> When | None:
    """The one span of days that a question names, or None; `months` are those in which the archive has something.

    >>> spans_in("who resigned in early July?", date(2026, 11, 24), ["2021-06", "2021-07"])
    When(after=datetime.date(2021, 7, 1), before=datetime.date(2021, 7, 11), words='in early July')
    """
    for form, read in _FORMS:
        for match in form.finditer(question):
            try:
                found = read(match, today, months)
            except (OverflowError, ValueError):  # before the year 1 or after 9999
                continue
            if found is not None:
                start, end = found
                if start is None or end is None or start <= end:
                    return When(start, end, match.group().strip(" ,"))
    return None


_Span = tuple[date | None, date | None]
_Read = Callable[[re.Match[str], date, Collection[str]], _Span | None]


def _led(lead: str | None, start: date, end: date) -> _Span:
    """What is before, after, since or within a span."""
    lead = (lead or "in").lower()
    if re.fullmatch(_BEFORE, lead):
        return None, start - timedelta(days=1)
    if re.fullmatch(_AFTER, lead):
        return end + timedelta(days=1), None
    if re.fullmatch(_SINCE, lead):
        return start, None
    if re.fullmatch(_UNTIL, lead):
        return None, end
    return start, end + timedelta(days=REPORTED)


def _year(match: re.Match[str], month: int, day: int, today: date, months: Collection[str]) -> int:
    """The year that is written, or the newest in which the archive has that month, or the newest in which it had begun."""
    if match["year"]:
        return int(match["year"])
    begun = (today.year if (month, day) <= (today.month, today.day) else today.year - 1, month)
    held = (divmod(int(each.replace("-", "")), 100) for each in months)
    return max((year for year, number in held if number == month and (year, number) <= begun), default=begun[0])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_days(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    if not (match["year"] or match.groupdict().get("lead") or match.groupdict().get("from")):
        return None  # "12 March voters"
    month, day = _MONTHS[match["month"].lower()], int(match["day"])
    year = _year(match, month, day, today, months)
    start, end = _date(year, month, int(match.groupdict().get("from") or day)), _date(year, month, day)
    return _led(match.groupdict().get("lead"), start, end) if start and end else None


def _read_iso(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    found = _date(int(match["year"]), int(match["number"]), int(match["day"]))
    return _led(match["lead"], found, found) if found else None


def _read_month(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    written = match["month"]
    if (
        written[0].islower()
        and written in ("may", "march", "mar", "sun")
        and (match["lead"] or "").lower() not in ("in", "since")
    ):
        return None  # "by march", "before may": words that are no months, too
    if not (match["lead"] or match["year"] or match["part"]):
        return None
    month = _MONTHS[written.lower()]
    year = _year(match, month, 1, today, months)
    days = calendar.monthrange(year, month)[1]
    starts, ends = ((1, 1, 11, 21), (days, 10, 20, days))
    part = -1 if match["part"] is None else _PARTS[match["part"].lower()]
    return _led(match["lead"], date(year, month, starts[part + 1]), date(year, month, ends[part + 1]))


def _read_year(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    year = int(match["year"])
    return _led(match["lead"], date(year, 1, 1), date(year, 12, 31))


def _read_calendar(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    """The span of "last week": the seven days that ended before this week's Monday; months and years alike."""
    unit, back = match["unit"].lower(), 0 if match["which"].lower() == "this" else 1
    if unit == "day":
        return None
    if unit == "week":
        start = today - timedelta(days=today.weekday() + 7 * back)
        end = start + timedelta(days=6)
    elif unit == "month":
        ended = today.replace(day=1) - timedelta(days=1) if back else today
        start, end = ended.replace(day=1), ended.replace(day=calendar.monthrange(ended.year, ended.month)[1])
    else:
        start, end = date(today.year - back, 1, 1), date(today.year - back, 12, 31)
    return _led(match["lead"], start, end)


def _read_past(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    """The past three days end today; three days ago is a day, and three weeks ago the week around it."""
    count = 1 if match["count"] is None else _COUNTS.get(match["count"].lower()) or int(match["count"])
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[match["unit"].lower()]
    if "ago" not in match.groupdict() or match["ago"] is None:
        return today - timedelta(days=count * days), today
    middle = today - timedelta(days=count * days)
    return _led(match["lead"], middle - timedelta(days=days // 2), middle + timedelta(days=days // 2))


def _read_word(match: re.Match[str], today: date, months: Collection[str]) -> _Span | None:
    found = today - timedelta(days=match["word"].lower() != "today")
    return _led(match["lead"], found, found)


_FORMS: list[tuple[re.Pattern[str], _Read]] = [
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (rf"\b{_LEAD}?(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b", _read_iso),
        (rf"\b(?:between|from)\s(?P<from>\d{{1,2}})(?:st|nd|rd|th)?\s(?:and|to|until)\s{_DAY}\s{_MONTH}{_YEAR}", _read_days),
        (rf"\b(?:between|from)\s{_MONTH}\s(?P<from>\d{{1,2}})(?:st|nd|rd|th)?\s(?:and|to|until)\s{_DAY}{_YEAR}", _read_days),
        (rf"\b{_LEAD}?(?:the\s)?{_DAY}\s(?:of\s)?{_MONTH}{_YEAR}", _read_days),
        (rf"\b{_LEAD}?{_MONTH}\s{_DAY}\b(?!\s?%){_YEAR}", _read_days),
        (rf"\b{_LEAD}?{_PART}{_MONTH}{_YEAR}", _read_month),
        (rf"\b{_LEAD}(?P<year>(?:19|20)\d\d)\b(?!\s?(?:[%$€£-]|\w))", _read_year),
        (rf"\b{_LEAD}?(?P<which>last|this)\s{_UNIT}\b", _read_calendar),
        (rf"\b(?:in|over|during|within)\sthe\s(?:past|last)\s(?:{_COUNT}\s)?{_UNIT}s?\b", _read_past),
        (rf"\b{_LEAD}?{_COUNT}\s{_UNIT}s?\s(?P<ago>ago)\b", _read_past),
        (rf"\b{_LEAD}?(?P<word>yesterday|today)\b", _read_word),
    )
]
