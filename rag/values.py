"""Values that a sentence states: amounts with what they count, shares, dates. Which of two values say different things.

It reads English and knows forms, not the world: that a mile is longer than a kilometre is not known, so values are compared
only where they count the same thing in the same unit.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from rag.lexicon import Lexicon, content_sequence

Kind = Literal["amount", "share", "date", "time", "name", "denial"]

# What "more than" and "about" leave open, as shares of the number. "More than 100" is no answer to a source that says 200.
MORE, ABOUT = 1.5, 0.1
ROUNDED = 0.05  # 1,023 may be given as 1,000, but 1,300 not
COUNTED = 4  # words after a number in which the thing counted is looked for
_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: float(number) for number, word in enumerate(_SMALL, start=1)}
_WORDS |= {word: float(10 * number) for number, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "m": 1e6, "bn": 1e9}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

_DIGITS = r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,])\d+(?:\.\d+)?"
_SPELLED = rf"\b(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_SMALL[:9])}))?|{'|'.join(_SMALL)})\b"
_SCALE = r"hundred|thousand|million|billion|trillion|bn|m"
_NUMBER = rf"(?P<number>{_DIGITS}|{_SPELLED}|\ban?(?=\s+(?:hundred|thousand|million|billion)\b))"
_MODIFIER = (
    r"(?:(?P<more>more than|over|above|at least|no fewer than|upwards of|in excess of)"
    r"|(?P<fewer>fewer than|less than|under|below|up to|at most|no more than)"
    r"|(?P<nearly>nearly|almost|close to|just under)"
    r"|(?P<about>about|around|some|roughly|approximately|an estimated|estimated at|or so))\s+"
)
_AMOUNT = re.compile(
    rf"(?:{_MODIFIER}|(?P<between>between)\s+)?(?:(?P<sign>US\$|[$£€])\s?)?{_NUMBER}(?:(?:\s?[-–]\s?|(?(between)\s+and\s+|(?!)))(?P<upto>\d[\d,]*(?:\.\d+)?))?"
    rf"(?:[\s-](?P<scale>{_SCALE})s?\b)?(?P<and>(?<=hundred) and {_SPELLED})?(?P<percent>\s?%|[\s-]per\s?cent\b)?",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?:{_MODIFIER})?(?:(?P<over>\d+)\s?/\s?(?P<under>\d+)(?:rds?|ths?)?\b"
    rf"|(?P<top>\ban?\b|\bone\b|\btwo\b|\bthree\b|\bfour\b)[\s-](?P<part>{'|'.join(_PARTS)})s?\b(?![-\w]|\s+(?:time|year|month|day|man))"
    rf"|(?P<of>{_SPELLED}|\d+)\s(?:in|out of)\s(?:every\s)?(?P<all>{_SPELLED}|\d+)\b|(?P<half>\bhalf)\b(?!-|\s+(?:an?|time)\b))"
    r"(?P<base>\s+(?:of\s+)?(?:[\w’']+\s+){0,3}?\d[\d,]*(?:\s+[\w’']+)?)?",
    re.IGNORECASE,
)
_MONTH = rf"(?P<month>{'|'.join(f'{month}|{month[:3]}' for month in _MONTHS)}|sept)\.?"
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>(?:1[0-9]|20)\d\d))?\b"
    rf"|{_MONTH.replace('month', 'month2')}\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year2>(?:1[0-9]|20)\d\d)\b)?"
    rf"|{_MONTH.replace('month', 'month3')},?\s+(?P<year3>(?:1[0-9]|20)\d\d)\b"
    rf"|(?P<iso>\d{{4}}-\d\d-\d\d)\b|(?P<bare>(?:1[0-9]|20)\d\d)\b(?![,.]?\d|\s*%))"
    rf"|\b(?P<weekday>{'|'.join(_DAYS)})\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])\.?m\b\.?|\b(?P<hour2>\d\d):(?P<minute2>\d\d)\b", re.I
)
# "2012" after one of these is a year, else it may be a number of things.
_YEAR_AFTER = re.compile(
    r"\b(?:in|since|by|of|from|until|before|after|during|late|early|mid|to|and|the|for|\d\d?,)\s*$|[(,;:]\s*$", re.I
)
_THING = re.compile(
    r"(?:\s+of (?:the |its |their |our |those )?(?=\w)|[\s-]+)"
    r"(?:(?:\b|[\s-]+)(?!(?:in|of|over|at|on|by|to|from|with|for|and|but|or|as|that|who|after|before)\b)[^\W\d_][\w’']*)"
    rf"{{1,{COUNTED}}}"
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value, `text[start:end]` of its sentence.

    An amount or a share lies between `low` and `high`, `exact` when no word leaves it open; `unit` are the stems of what is
    counted, empty when that is left out. A date is its (year, month, day, weekday), each known or not; a time of the day its
    minutes, from `low` to `high`.
    """

    kind: Kind
    start: int
    end: int
    low: float = 0.0
    high: float = 0.0
    exact: bool = True
    unit: frozenset[str] = frozenset()
    date: tuple[int | None, ...] = ()
    words: frozenset[str] = frozenset()


def values(text: str, lexicon: Lexicon) -> list[Value]:
    """Every amount, share, date and time of day of a sentence, in order; none overlaps another."""
    found: list[Value] = []

    def add(value: Value | None) -> None:
        if value and not any(value.start < other.end and other.start < value.end for other in found):
            found.append(value)

    for match in _CLOCK.finditer(text):
        add(_clock(match))
    for match in _DATE.finditer(text):
        add(_date(match, text))
    for match in _PART.finditer(text):
        add(_share(match))
    for match in _AMOUNT.finditer(text):
        add(_amount(match, text, lexicon))
    return sorted(found, key=lambda value: value.start)


def same(one: Value, other: Value) -> bool:
    """Whether two values of one kind may both be right: equal, rounded, or one less exact than the other.

    >>> about, more = Value("amount", 0, 0, 900, 1100, False), Value("amount", 0, 0, 1000, 1500, False)
    >>> same(about, more), same(more, replace(more, low=2000, high=3000))
    (True, False)
    """
    if one.kind == "name":
        return bool(one.words & other.words) or not one.words or not other.words
    if one.kind == "date":
        pairs = [(a, b) for a, b in zip(one.date, other.date, strict=True) if a is not None and b is not None]
        return all(a == b for a, b in pairs)  # 2012 and 9 April 2012 are one; a weekday and a date are not compared
    if one.exact and other.exact and one.low == one.high and other.low == other.high:
        return one.low == other.low or _rounds(one.low, other.low) or _rounds(other.low, one.low)
    if one.exact or other.exact:
        return (one.exact and other.low <= one.low <= other.high) or (other.exact and one.low <= other.low <= one.high)
    return (one.low < other.high and other.low < one.high) or (one.low, one.high) == (other.low, other.high)


def alike(one: Value, other: Value) -> bool:
    """Whether two values are of one kind and count the same thing, as far as their words tell."""
    if one.kind != other.kind:
        return False
    return one.kind != "amount" or not one.unit or not other.unit or bool(one.unit & other.unit)


def _rounds(number: float, to: float) -> bool:
    """Whether a number is given as another when it is rounded: to its digits, and by little.

    >>> _rounds(1023, 1000), _rounds(22, 23), _rounds(84.7, 85), _rounds(1300, 1000)
    (True, False, True, False)
    """
    if abs(number - to) > ROUNDED * abs(to):
        return False
    digits = f"{to:.10g}"
    places = len(digits.split(".")[1]) if "." in digits else len(digits.rstrip("0")) - len(digits)
    return round(number, places) == to


def _clock(match: re.Match[str]) -> Value:
    hour, minute = int(match["hour"] or match["hour2"]), int(match["minute"] or match["minute2"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    return Value("time", match.start(), match.end(), 60 * hour + minute, 60 * hour + minute)


def _date(match: re.Match[str], text: str) -> Value | None:
    if match["bare"] and not _YEAR_AFTER.search(text[: match.start()]) and match.start() > 0:
        return None
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return Value("date", *match.span(), date=(year, month, day, None))
    name = match["month"] or match["month2"] or match["month3"]
    if name and name.lower() == "may" and name != "May":
        return None
    year_ = match["year"] or match["year2"] or match["year3"] or match["bare"]
    day_ = match["day"] or match["day2"]
    weekday = _DAYS.index(match["weekday"].lower()) if match["weekday"] else None
    month_ = next((at for at, each in enumerate(_MONTHS, start=1) if name and each.startswith(name.lower()[:3])), None)
    return Value("date", *match.span(), date=(int(year_) if year_ else None, month_, int(day_) if day_ else None, weekday))


def _share(match: re.Match[str]) -> Value | None:
    if match["over"]:
        part, whole = float(match["over"]), float(match["under"])
    elif match["part"]:
        part, whole = _plain(match["top"]), float(_PARTS[match["part"].lower()])
    elif match["of"]:
        part, whole = _plain(match["of"]), _plain(match["all"])
    else:
        part, whole = 1.0, 2.0
    if not 0 < part < whole:
        return None
    # What it is a share of belongs to it, so that "a third of 400" is not taken for 400.
    return _open(Value("share", *match.span()), part / whole, part / whole, match)


def _amount(match: re.Match[str], text: str, lexicon: Lexicon) -> Value | None:
    number = _plain(match["number"])
    scale = _SCALES[match["scale"].lower()] if match["scale"] else 1.0
    number *= scale
    if match["and"]:
        number += _plain(match["and"].removeprefix(" and "))
    upto = _plain(match["upto"]) * scale if match["upto"] else number
    if match["percent"]:
        return _open(Value("share", *match.span()), number / 100, max(upto, number) / 100, match)
    unit = frozenset({match["sign"][-1]}) if match["sign"] else _unit(text[match.end() :], lexicon)
    return _open(Value("amount", *match.span(), unit=unit), number, max(upto, number), match)


def _open(value: Value, low: float, high: float, match: re.Match[str]) -> Value:
    if match["more"]:
        return replace(value, low=low, high=high * MORE, exact=False)
    if match["fewer"]:
        return replace(value, low=low / MORE, high=high, exact=False)
    if match["nearly"]:
        return replace(value, low=low * (1 - ABOUT), high=high, exact=False)
    if match["about"]:
        return replace(value, low=low * (1 - ABOUT), high=high * (1 + ABOUT), exact=False)
    return replace(value, low=low, high=high, exact=low == high)


def _unit(after: str, lexicon: Lexicon) -> frozenset[str]:
    """Stems of what a number counts: the words after it, to the next mark, number or preposition other than "of"."""
    match = _THING.match(after)
    return frozenset(content_sequence(match[0], lexicon)) if match else frozenset()


def _plain(text: str) -> float:
    text = text.lower().replace(",", "")
    if text[0].isdigit():
        return float(text)
    return 1.0 if text in ("a", "an") else sum(_WORDS[part] for part in text.split("-"))
