"""Bytes -> text -> the words a reader came for: furniture and invisible characters out, prose untouched.

It knows the general form of page furniture (captions, share bars, link lists), not any one site. In doubt a line stays.
"""

import re
import unicodedata
from itertools import pairwise

from index.furniture import without_furniture

# Removed wherever they stand: C0/C1 controls, soft hyphen, combining grapheme joiner, zero-width and bidi marks,
# invisible operators, variation selectors, BOM, interlinear marks, lone surrogates, tag characters. Several of these
# can carry hidden instructions into a prompt. Separators among the controls are turned into line breaks first.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile("[\t\x1c-\x1f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# The joiners are spelling in Persian and Indic scripts and glue in emoji; anywhere else they only hide a match.
_JOINED = "\u0600-\u08ff\u0900-\u0dff\u2600-\u27bf\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_MARKED = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Unreadable(ValueError):
    """A file is damaged, locked, binary or empty of text; the message says which in a reader's words."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def decode(data: bytes) -> str:
    r"""Turn a file's bytes into text: UTF-8, UTF-16 or, failing both, Windows-1252; binary data is a ValueError.

    >>> decode(b"caf\xe9"), decode("café".encode("utf-16"))
    ('café', 'café')
    """
    text = _decoded(data)
    if "\x00" in text or len(_CONTROL.findall(text)) > max(3, len(text) // 50):
        raise Unreadable("the file is binary, not text")
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    even, odd = data[0:4096:2].count(0), data[1:4096:2].count(0)
    half = max(len(data[:4096]) // 2, 8)  # a few bytes prove nothing
    if odd > half * 0.4 and even < half * 0.05:
        return data.decode("utf-16-le", "replace")
    if even > half * 0.4 and odd < half * 0.05:
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # A UTF-8 file cut inside its last character, or with a few damaged ones, must not turn every other accent into
        # two Windows characters.
        text = data.decode("utf-8-sig", "replace")
        damaged = text.count("\ufffd")
        if sum(character > "\x7f" for character in text) > 4 * damaged:
            return text
        return data.decode("cp1252", "replace")


def clean(text: str) -> str:
    r"""Take furniture and invisible characters out of a text; cleaning twice changes nothing more.

    Spaces of every kind become one plain space, line ends one newline, several blank lines one. Zero-width joiners stay
    only between two letters of Arabic or Indic scripts, or two emoji.

    >>> clean("The vote\u00a0passed.\r\n\r\n\r\nREAD MORE: Who won?\r\n\r\nTurn\u00adout was high. ")
    'The vote passed.\n\nTurnout was high.'
    """
    # Removing one thing can bring two halves of another together. Each round only shortens, so this ends, and ending
    # on a round that changed nothing is what makes the function idempotent.
    while (cleaned := _layout(without_furniture(_layout(text)))) != text:
        text = cleaned
    return text


def one_line(text: str) -> str:
    r"""Put a title or a name on one clean line.

    >>> one_line("  The\u200b vote\n passed ")
    'The vote passed'
    """
    return _layout(text).replace("\n\n", " ").replace("\n", " ")


def _layout(text: str) -> str:
    text = _SPACE.sub(" ", _BREAK.sub("\n", text))
    text = unicodedata.normalize("NFC", _JOINER.sub("", _INVISIBLE.sub("", text)))
    # A script outside NFC's reach, such as EN QUAD, can still turn into a space: hence the class and not a plain " ".
    text = re.sub(" *\n *", "\n", re.sub(" {2,}", " ", _SPACE.sub(" ", text)))
    return re.sub("\n{3,}", "\n\n", text).strip(" \n")


# --- hard-wrapped text ------------------------------------------------------------------------------------------------

_WIDEST, _NARROWEST = 120, 35
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_OWN_LINE = re.compile(
    r"(?:[•·▪*–—-]\s|\d{1,2}[.)]\s|\d{1,2} [A-Z][a-z]+ \d{4}\b|(?:By|BY) [A-Z]|\(?(?:Reporting|Editing) by"
    r"|(?:https?|www|Published|Updated|Posted|Source|Photo|READ|Read more|Image|Media)\b)"
)
_HYPHENATED = re.compile(r"(?P<head>[^\W\d_]+)[-‐\u00ad]$")
_KEEPS_HYPHEN = re.compile(
    r"(?i:two|three|four|five|six|seven|eight|nine|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred"
    r"|half|long|short|high|low|well|ill|self|non|cross|vice|anti)"
)


def unwrap(text: str) -> str:
    r"""Join the lines of hard-wrapped text so that no line end breaks a sentence; other text comes back as it was.

    A text counts as wrapped when most of its line ends fall inside a sentence and the next word would not have fitted.

    >>> unwrap("The council voted on Monday night to keep\nthe river path open all winter, in spite of\nthe cost. "
    ...        "Work on the lights will start within a\nweek.")[:56]
    'The council voted on Monday night to keep the river path'
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    slack = _slack(lines)
    if slack is None:
        return text
    width = _width(lines)
    words = frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    joined = [lines[0]]
    last = lines[0]
    for following, after in zip(lines[1:], [*lines[2:], ""], strict=True):
        if last.strip() and following.strip() and _continues(last, following, after, width * slack):
            joined[-1] = _join(joined[-1], following.strip(), words)
        else:
            joined.append(following)
        last = following
    return "\n".join(joined)


def _width(lines: list[str]) -> int:
    return max((len(line) for line in lines if len(line) <= _WIDEST), default=0)


def _slack(lines: list[str]) -> float | None:
    """Say how strictly lines fill the width: 1.0 for typewriter text, less for a PDF's; None is not wrapped at all."""
    width = _width(lines)
    written = [line for line in lines if line.strip()]
    pairs = [(a, b) for a, b in pairwise(lines) if a.strip() and b.strip()]
    too_long = sum(len(line) > _WIDEST for line in written)
    inside = [(a, b) for a, b in pairs if not (_SENTENCE_END.search(a) or _OWN_LINE.match(b.strip()))]
    # Headlines one to a line can be of like length too, but each begins with a capital.
    capitals = sum(following.strip()[0].isupper() for _, following in inside)
    if (
        width < _NARROWEST
        or len(pairs) < 2
        or too_long > len(written) / 20
        or len(inside) < len(pairs) / 2
        or capitals > len(inside) / 2
    ):
        return None
    for slack in (1.0, 0.8):
        full = sum(not _fits(a, b, width * slack) for a, b in inside)
        if full >= max(2, 0.6 * len(inside)):
            return slack
    return None


def _fits(line: str, following: str, width: float) -> bool:
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) <= width


def _continues(line: str, following: str, after: str, width: float) -> bool:
    if _OWN_LINE.match(following.strip()):
        return False
    if following.lstrip()[0].islower():
        return len(line) >= width / 2 or not _SENTENCE_END.search(line)
    if _fits(line, following, width):
        return False
    if not _SENTENCE_END.search(line):
        return True
    # After a full stop, a short line without one is a heading, and an indented one a new paragraph.
    heading = len(following) < 0.75 * width and not _SENTENCE_END.search(following)
    return not heading and not following.startswith((" ", "\t")) and bool(after.strip() or _SENTENCE_END.search(following))


def _join(line: str, following: str, words: frozenset[str]) -> str:
    broken = _HYPHENATED.search(line)
    if broken is None or not following[0].isalpha():
        return f"{line} {following}"
    head, tail = broken["head"], re.split(r"[\W\d_]", following, maxsplit=1)[0]
    if line.endswith("\u00ad"):
        return line[:-1] + following
    # What the rest of the text writes decides; else a compound's usual first half; else it is the typesetter's hyphen.
    if f"{head}{tail}".lower() in words:
        return line[:-1] + following
    compound = f"{head}-{tail}".lower() in words or _KEEPS_HYPHEN.fullmatch(head) is not None or not (head + tail).islower()
    return line + following if compound else line[:-1] + following
