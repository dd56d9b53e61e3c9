"""Numbers, dates, names and quoted words of a text, in one form however they are written.

"7,000", "7 thousand" and "seven thousand" are one number; "11 September", "Sept. 11" and "2001-09-11" one day; "the UN", "U.N."
and "United Nations" one name. It compares writing and knows no facts: that Kyiv is the capital of Ukraine it cannot say.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from index.keyword import STOP_WORDS

_UNITS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = {word: ten for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_SCALES = {
    "hundred": 100, "hundreds": 100, "thousand": 1000, "thousands": 1000, "k": 1000, "million": 10**6, "millions": 10**6,
    "m": 10**6, "mn": 10**6, "billion": 10**9, "billions": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12, "tn": 10**12,
    "dozen": 12, "dozens": 12,
}  # fmt: skip
_ORDINALS = dict(
    zip(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
        "seventeenth eighteenth nineteenth twentieth".split(),
        range(3, 21),
        strict=True,
    )
) | {"first": 1, "second": 2, "thirtieth": 30}
_FRACTIONS = {"half": "1/2", "halves": "1/2", "thirds": "1/3", "quarter": "1/4", "quarters": "1/4"}
_TWICE = {"twice": 2, "double": 2, "doubled": 2, "triple": 3, "tripled": 3}
_NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<glued>k|m|mn|bn|b|tn)?"
    r"(?:st|nd|rd|th|s)?(?![\d])|(?P<word>[a-z]+)",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct|"
        "november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?(?:\s+|-)(?P<m1>{_MONTH})\b\.?(?:,?(?:\s+|-)(?P<y1>\d{{4}})\b)?"
    rf"|\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?(?:%|percent|per cent))(?:,?\s+(?P<y2>\d{{4}})\b)?"
    rf"|\b(?P<m3>{_MONTH})\b\.?,?\s+(?:of\s+)?(?P<y3>\d{{4}})\b"
    r"|\b(?P<y4>\d{4})[-/.](?P<m4>\d{1,2})[-/.](?P<d4>\d{1,2})\b"
    rf"|(?<![\w-])(?P<m5>{_MONTH})(?![\w-])",
    re.IGNORECASE,
)
_MAY = re.compile(r"(?:[Mm]ay|[Mm]arch)$")
_WORD = re.compile(r"[^\W_](?:[\w’'.&-]*[^\W_])?\.?")
_TITLES = frozenset(
    "mr mrs ms miss dr sir lord lady president vice prime minister chancellor secretary king queen prince princess pope mayor "
    "governor senator general colonel captain professor judge chief director chairman spokesman spokeswoman spokesperson "
    "officials according meanwhile however".split()
)
_DEMONYM = ("n", "an", "ian", "i", "ese", "ish", "s", "istan", "y", "c", "ic", "ns", "ans", "ians", "is")
_QUOTED = re.compile(
    r"[“«](?P<curly>[^”»“«]{1,600})[”»]|\"(?P<straight>[^\"]{1,600})\"|(?<![\w])‘(?P<single>[^‘’]{1,600})’(?![\w])"
)


@dataclass(frozen=True, slots=True)
class Date:
    """A day, a month or both; None is what the text leaves open."""

    year: int | None
    month: int
    day: int | None


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text but those of its dates, in decimal; "one" alone is no number, being a pronoun as often.

    >>> sorted(numbers("Seven thousand of 1.5m men, 7,000 in all, or two-thirds, on 11 September."))
    ['1500000', '2/3', '7000']
    """
    text = _without_dates(text)
    found: set[str] = set()
    number = _Number()
    last_end = 0
    for match in _NUMBER.finditer(text):
        if text[last_end : match.start()].strip() not in {"", "-", "‑"}:
            number.close(found)
        last_end = match.end()
        word = (match["word"] or "").lower()
        if match["digits"]:
            number.close(found)
            value = Decimal(re.sub(r"[,\u00a0\u202f ]", "", match["digits"]))
            number.add(value * _SCALES.get((match["glued"] or "").lower(), 1), "digits")
        elif word in _FRACTIONS:
            found.add(f"{number.take() or 1}{_FRACTIONS[word][1:]}")
        elif word in _TWICE:
            number.close(found)
            found.add(str(_TWICE[word]))
        elif not number.read(word):
            number.close(found)
            number.read(word)
    number.close(found)
    return frozenset(found)


class _Number:
    """A number that is being read word by word: what is complete (`total`) and what the next scale multiplies."""

    def __init__(self) -> None:
        self.total, self.current, self.last, self.said = Decimal(0), Decimal(0), "", ""

    def read(self, word: str) -> bool:
        """Take a word in; False when it does not go on with this number (then it may begin the next)."""
        if word == "and":
            return self.last == "scale"  # "two hundred and five", but "five and ten"
        if word in _SCALES and (self.last or not word.endswith("s")) and (len(word) > 1 or self.last == "digits"):
            scale = Decimal(_SCALES[word])
            current = self.current if self.last and (self.current or not self.total) else Decimal(1)
            if word in {"hundred", "hundreds", "dozen", "dozens"}:
                self.current = current * scale
            else:
                self.total, self.current = self.total + current * scale, Decimal(0)
            self.last, self.said = "scale", self.said + word
            return True
        value = _UNITS.get(word, _ORDINALS.get(word, _TENS.get(word, 0) * 10 or None))
        if value is None or (self.last and not (self.last == "scale" or (self.last == "ten" and 0 < value < 10))):
            return False
        self.add(Decimal(value), "ten" if word in _TENS else "unit", word)
        return True

    def add(self, value: Decimal, kind: str, word: str = "") -> None:
        """Add a value that no scale has multiplied yet."""
        self.current, self.last, self.said = self.current + value, kind, self.said + word

    def take(self) -> int:
        """A small number that counts a fraction: the two of "two thirds"."""
        value = int(self.current)
        self.total, self.current, self.last, self.said = Decimal(0), Decimal(0), "", ""
        return value

    def close(self, found: set[str]) -> None:
        """Put the number among those found, and begin anew."""
        if self.last and self.said != "one":
            found.add(format((self.total + self.current).normalize(), "f"))
        self.take()


def dates(text: str) -> frozenset[Date]:
    """The days and months that a text names.

    >>> dates("on Sept. 11") == dates("11 September"), dates("2021-07-06")
    (True, frozenset({Date(year=2021, month=7, day=6)}))
    """
    return frozenset(date for _, _, date in _dates(text))


def years(text: str) -> frozenset[int]:
    """The years that a text names, those of its dates among them."""
    return frozenset(int(year) for year in re.findall(r"(?<![\d.,])(1[5-9]\d\d|20\d\d)s?(?![\d]|[.,]\d)", text))


def names(text: str) -> list[tuple[str, ...]]:
    """The names of a text, each a run of words written with a capital.

    The first word of a sentence counts only where another capital follows it, or where it is written in capitals.

    >>> names("The Afghan government met Zabihullah Mujahid of the UN.")
    [('Afghan',), ('Zabihullah', 'Mujahid'), ('UN',)]
    """
    found: list[tuple[str, ...]] = []
    run: list[str] = []
    first = True
    last_end = 0
    for match in _WORD.finditer(text):
        word, between = match[0].rstrip("."), text[last_end : match.start()]
        starts = (
            first or re.search(r"[.!?:;]\s|[\"“”‘«(\n]", between) is not None or (last_end > 0 and text[last_end - 1] in "!?")
        )
        if run and (between.strip(" ") or starts):
            found.append(tuple(run))
            run = []
        word = re.sub(r"(?:['’]s|s['’]|['’])$", lambda end: "s" if end[0].startswith("s") else "", word)
        capital = word[:1].isupper() and word.lower() not in _MONTHS
        if capital and (word.lower().strip(".") not in STOP_WORDS or (len(word) > 1 and word.isupper())):
            acronym = len(word) > 1 and word.replace(".", "").isupper()
            if not starts or acronym or _another_capital(text, match.end()):
                run.append(word)
        elif run:
            found.append(tuple(run))
            run = []
        first, last_end = False, match.end()
    if run:
        found.append(tuple(run))
    return [kept for name in found if (kept := tuple(word for word in name if word.lower().rstrip(".") not in _TITLES))]


def quotes(text: str) -> list[str]:
    """What stands between quotation marks, of three words or more: fewer may be a title, or a word said with tongs.

    >>> quotes('He said “we will never sign” and left.')
    ['we will never sign']
    """
    found = [match["curly"] or match["straight"] or match["single"] for match in _QUOTED.finditer(text)]
    return [quote for quote in found if len(quote.split()) >= 2]


def folded(text: str) -> str:
    """Lower case, one kind of quote and dash, no accents, single spaces: for finding quoted words."""
    text = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    text = "".join(character for character in text if not unicodedata.combining(character))
    return " ".join(text.casefold().split())


def quote_occurs(quote: str, text: str) -> bool:
    """Whether quoted words stand in a text, their last punctuation aside; "..." may leave words out."""
    where, text = 0, folded(text)
    for part in re.split(r"\.\.\.|…|\[[^\]]*\]", quote):
        wanted = folded(part).strip(" .,;:!?'\"")
        at = text.find(wanted, where)
        if at < 0:
            return False
        where = at + len(wanted)
    return True


def name_occurs(name: tuple[str, ...], text: str) -> bool:
    """Whether a name stands in a text, as it is, by its initials, or spelled out for initials.

    >>> name_occurs(("UN",), "the United Nations"), name_occurs(("United", "Nations"), "a U.N. envoy")
    (True, True)
    """
    held = {part for word in _WORD.findall(text) for part in _parts(word)}
    if all(_held(part, held) for word in name for part in _parts(word)):
        return True
    if len(name) == 1 and 2 <= len(letters := name[0].replace(".", "")) <= 6 and letters.isupper():
        return letters in set(_initials(text)) or (letters in {"US", "USA"} and bool(held & {"american", "america"}))
    initials = "".join(word[0] for word in name).upper()
    return len(name) > 1 and initials.lower() in {part.replace(".", "") for part in held}


def _parts(word: str) -> list[str]:
    word = re.sub(r"['’]s?$", "", folded(word.rstrip("."))).replace("'", "")
    return [word.replace(".", "")] if "." in word else [part for part in word.split("-") if part]


def _held(part: str, held: Iterable[str]) -> bool:
    if part in held or f"{part}s" in held or part.removesuffix("s") in held:
        return True
    if len(part) < 4:
        return False
    return any(
        len(other) >= 4 and ((other.startswith(part) and other[len(part) :] in _DEMONYM) or
                             (part.startswith(other) and part[len(other) :] in _DEMONYM))
        for other in held
    )  # fmt: skip


def _initials(text: str) -> Iterator[str]:
    """Initials of every run of two to six capitalised words, small words between them passed over."""
    words = [
        word for word in re.findall(r"[^\W_][\w’'-]*", text) if word.lower() not in {"of", "the", "and", "for", "in", "on"}
    ]
    run = ""
    for word in [*words, ""]:
        if word[:1].isupper():
            run += word[0]
            continue
        for start in range(len(run)):
            for end in range(start + 2, min(len(run), start + 6) + 1):
                yield run[start:end]
        run = ""


def _another_capital(text: str, position: int) -> bool:
    following = re.match(r"\s([^\W_][\w’'.-]*)", text[position:])
    return following is not None and following[1][:1].isupper() and following[1].lower() not in _MONTHS


def _dates(text: str) -> Iterator[tuple[int, int, Date]]:
    for match in _DATE.finditer(text):
        part = match.groupdict()
        month_word = next((part[f"m{n}"] for n in (1, 2, 3, 5) if part[f"m{n}"]), None)
        if part["m5"] and (
            not month_word or not month_word[0].isupper() or (_MAY.match(month_word) and not _dated(text, match))
        ):
            continue  # "may", "to march"
        month = int(part["m4"]) if part["m4"] else _MONTHS[(month_word or "").lower()]
        day = next((int(part[f"d{n}"]) for n in (1, 2, 4) if part[f"d{n}"]), None)
        year = next((int(part[f"y{n}"]) for n in (1, 2, 3, 4) if part[f"y{n}"]), None)
        if 1 <= month <= 12 and (day is None or 1 <= day <= 31):
            yield match.start(), match.end(), Date(year, month, day)


def _dated(text: str, match: re.Match[str]) -> bool:
    """Whether "May" or "March" stands where a month does: after "in", "since", "last" and the like."""
    return re.search(r"\b(?:in|since|until|till|by|of|from|last|this|next|early|late|mid|during|between|and|to)[ -]$",
                     text[: match.start()], re.IGNORECASE) is not None  # fmt: skip


def _without_dates(text: str) -> str:
    parts, position = [], 0
    for start, end, date in _dates(text):
        parts.append(text[position:start])
        parts.append(f" ; {date.year} ; " if date.year else " ; ")
        position = end
    return "".join([*parts, text[position:]])


_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‑": "-", "\u00a0": " "}
)
