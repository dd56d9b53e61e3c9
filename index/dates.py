"""Dates as sources write them -> ISO 8601, only as precise as written. It guesses nothing and never asks the clock."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sept": 9, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
# Only zones that mean one offset in news; "IST", "BST" or "ET" do not, and such a time is given without an offset.
_ZONES = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_TIME = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?h?\s?(?P<half>[ap]\.?m\b\.?)?"
    r"(?:\s?\(?(?P<zone>z|[a-z]{2,5}|(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?)\)?)?(?:\s\([a-z]+\))?"
)
_DATES = (
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<number>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<year>\d{4})(?P<number>\d{2})(?P<day>\d{2})",
    rf"{_DAY}(?:\s(?:of\s)?|-){_MONTH}\.?(?:,?\s|-){_YEAR}",
    rf"{_MONTH}\.?\s{_DAY},?\s{_YEAR}",
    rf"{_YEAR},?\s{_MONTH}\.?\s{_DAY}",
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_number>\d{1,2})(?P=mark)(?P<year>\d{4})",
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s)?"
_BETWEEN = r"(?:,?\s(?:at\s|[-–—|]\s)?|t)"
_FORMS = [
    re.compile(pattern, re.ASCII)
    for dated in _DATES
    for pattern in (rf"{_WEEKDAY}{dated}(?:{_BETWEEN}{_TIME})?", rf"{_TIME}(?:,?\s(?:on\s|[-–—|]\s)?){_WEEKDAY}{dated}")
]
_COMPACT = re.compile(r"(\d{8})T(\d{2})(\d{2})(\d{2})?(Z?)", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1600, 2200
_EPOCH = (datetime(1980, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp())


def parse_date(value: object) -> str | None:
    """Read a date or a moment as a source wrote it, or None when any of day, month and year is missing or unsure.

    06/07/2021 is unsure: half the world means June. "Yesterday", "on Thursday" and "July 2021" are no dates. Numbers
    are seconds or milliseconds since 1970 when that gives a day between 1980 and 2100.

    >>> parse_date("July 6, 2021"), parse_date("Tue, 06 Jul 2021 10:00:00 GMT"), parse_date("06/07/2021")
    ('2021-07-06', '2021-07-06T10:00:00+00:00', None)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return _from_words(value) if isinstance(value, str) else None


def _written(moment: datetime) -> str | None:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.replace(microsecond=0).isoformat()


def _from_number(value: float) -> str | None:
    try:
        if not math.isfinite(value):
            return None
    except OverflowError:  # an integer of hundreds of digits
        return None
    for scale in (1, 1000):
        if _EPOCH[0] <= value / scale < _EPOCH[1]:
            return datetime.fromtimestamp(value / scale, tz=UTC).replace(microsecond=0).isoformat()
    if value == int(value) and len(str(int(value))) == 8:  # 20210706
        return _from_words(str(int(value)))
    return None


def _from_words(text: str) -> str | None:
    text = " ".join(text.split())
    if len(text) > 80:
        return None
    if text.isascii() and text.isdigit() and len(text) != 8:
        return _from_number(int(text))
    if compact := _COMPACT.fullmatch(text):
        day, hour, minute, second, zone = compact.groups()
        text = f"{day}T{hour}:{minute}:{second or '00'}{zone}"
    text = text.lower().rstrip(".,;")
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _from_match(match)
    return None


def _from_match(match: re.Match[str]) -> str | None:
    part = match.groupdict()
    if part.get("first"):
        first, second = int(part["first"]), int(part["second_number"])
        if first != second and first <= 12 and second <= 12:
            return None
        day, month = (second, first) if second > 12 else (first, second)
    else:
        day = int(part["day"])
        month = _MONTHS[part["month"]] if part.get("month") else int(part["number"])
    try:
        known = date(int(part["year"]), month, day)
        if not _FIRST_YEAR <= known.year <= _LAST_YEAR:
            return None
        return known.isoformat() if part["hour"] is None else _with_time(known, part)
    except (ValueError, OverflowError):
        return None


def _with_time(known: date, part: dict[str, str | None]) -> str | None:
    hour = int(part["hour"] or 0)
    if part["minute"] is None and not part["half"]:
        return None  # "6 July 2021 10" is not a time
    if part["half"] and hour <= 12:
        hour = hour % 12 + (12 if part["half"].startswith("p") else 0)
    moment = datetime(known.year, known.month, known.day, hour, int(part["minute"] or 0), int(part["second"] or 0))
    offset = _offset(part["zone"])
    return _written(moment if offset is None else moment.replace(tzinfo=timezone(offset)))


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone in _ZONES:
        return timedelta(hours=_ZONES[zone])
    signed = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if signed is None:
        return None
    return timedelta(hours=int(signed[2]), minutes=int(signed[3] or 0)) * (-1 if signed[1] == "-" else 1)
