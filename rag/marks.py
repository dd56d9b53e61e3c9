"""A model's reply -> plain sentences and the evidence numbers that each of them names.

Models write numbers in many ways: [1], [1, 2], [3.1-3.3], [1][2], 【1†source】, [^1], half of one where a stream was cut. All
are read; none stays in the text. Links, images, tags and markup are taken out, their words kept. Every pattern is bounded,
so that the time is linear in the length of the reply.
"""

import re
from dataclasses import dataclass

from index.sentences import spans

LONGEST_MARK = 80  # characters between the brackets
MOST_IDS = 20  # that one range or one sentence may name
Id = tuple[int, int | None]  # source, and sentence of it; None for the source as a whole

_OPEN, _CLOSE = r"\[【［", r"\]】］"
_ID = r"\d{1,6}(?:\.\d{1,6})?"
_FILLER = r"(?:sources?|sentences?|article|articles|see|ref|and|cf|citation|id|ids|line|†[^,;\]】］]{0,40})"
_TOKEN = re.compile(rf"(?P<first>{_ID})\s{{0,3}}(?:[-–—]|\bto\b|\.\.)\s{{0,3}}(?P<last>{_ID})|(?P<one>{_ID})", re.ASCII)
_INSIDE = re.compile(rf"(?:{_FILLER}\b|{_FILLER}|{_ID}|to\b|[\s,;:&+#^*.§()/–—-])+", re.IGNORECASE | re.ASCII)
_WHERE = r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:|data:[a-z]{1,20}/|javascript:)[^\s\[\]【】<>\"“”]{0,600}"
_PART = re.compile(
    rf"(?P<image>!\[[^\[\]\n]{{0,300}}\]\([^()\n]{{0,600}}\)?)"
    rf"|(?P<link>\[(?P<label>[^\[\]\n]{{1,300}})\]\(\s{{0,3}}(?:[a-z][a-z+.-]{{1,15}}:|/|#|www\.)[^()\n]{{0,600}}\)?)"
    rf"|(?P<mark>[{_OPEN}](?P<inside>[^{_OPEN}{_CLOSE}\n]{{1,{LONGEST_MARK}}})[{_CLOSE}])"
    rf"|(?P<half>[{_OPEN}][\d\s.,;†-]{{0,{LONGEST_MARK}}}$)"
    r"|(?P<tag><[/!?a-zA-Z][^<>\n]{0,600}>)"
    rf"|(?P<address>{_WHERE})"
    r"|(?P<fence>^[ \t]{0,8}(?:```|~~~)[^\n]{0,40}$)"
    r"|(?P<item>^[ \t]{0,8}(?:#{1,6}[ \t]+|[-*•>][ \t]+|\d{1,2}[.)][ \t]+))"
    r"|(?P<markup>\*{1,3}|_{2,3}|`{1,3}|~~)",
    re.MULTILINE | re.IGNORECASE,
)
_ADDRESS = re.compile(_WHERE, re.IGNORECASE)
_PUNCTUATION = ".,;:!?)"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a reply without its marks, and the evidence it names, in order, each once."""

    text: str
    ids: tuple[Id, ...]


def parse(reply: str) -> list[Said]:
    """The sentences of a reply.

    A number belongs to the sentence it follows, within it or after its end; one before any word belongs to the first.

    >>> parse("He resigned [1.2]. She stayed. [2, 3.1-3.2]")
    [Said(text='He resigned.', ids=((1, 2),)), Said(text='She stayed.', ids=((2, None), (3, 1), (3, 2)))]
    """
    text, marks = cleaned(reply)
    found = [(start, end) for start, end in spans(text) if any(character.isalnum() for character in text[start:end])]
    ids: list[list[Id]] = [[] for _ in found]
    place = 0
    for at, named in marks:
        while place + 1 < len(found) and found[place + 1][0] < at:
            place += 1
        if found:
            ids[place] += [each for each in named if each not in ids[place]]
    return [Said(" ".join(text[start:end].split()), tuple(named)) for (start, end), named in zip(found, ids, strict=True)]


def cleaned(reply: str) -> tuple[str, list[tuple[int, list[Id]]]]:
    """A reply without marks and markup, and where in that text each mark stood."""
    parts: list[str] = []
    length = 0
    marks: list[tuple[int, list[Id]]] = []
    after_mark = False

    def add(words: str) -> None:
        nonlocal length, after_mark
        if after_mark and words[:1] and words[0] in _PUNCTUATION:  # "ceasefire [1]." has a space too many
            while parts and parts[-1] != parts[-1].rstrip(" "):
                stripped = parts[-1].rstrip(" ")
                length -= len(parts[-1]) - len(stripped)
                parts[-1] = stripped
                if stripped:
                    break
                parts.pop()
        if words:
            parts.append(words)
            length += len(words)
            after_mark = False

    position = 0
    for match in _PART.finditer(reply):
        add(reply[position : match.start()])
        position = match.end()
        named = _ids(match["inside"] or (match["label"] if match["link"] else "") or "")
        if named is not None:
            marks.append((length, named))
            after_mark = True
        elif match["mark"]:
            add(_ADDRESS.sub("", match[0]))  # [sic]
        elif match["link"]:
            add(_ADDRESS.sub("", match["label"]))
        elif not match["markup"]:
            after_mark = after_mark or bool(match["half"])
    add(reply[position:])
    return "".join(parts), [(min(at, length), named) for at, named in marks]


def provisional(reply: str) -> str:
    """What of a reply that is still coming may be shown: nothing that could yet become a mark, a link or markup."""
    text = cleaned(reply)[0]
    held = _HELD.search(text, max(0, len(text) - 700))
    return (text[: held.start()] if held else text).rstrip()


_HELD = re.compile(
    rf"(?:!?[{_OPEN}][^{_OPEN}{_CLOSE}\n]{{0,300}}(?:[{_CLOSE}](?:\([^()\n]{{0,600}})?)?|<[^<>\n]{{0,600}}|[!(][^\s()]{{0,600}}"
    r"|(?<![^\s(])(?:h|ht|htt|https?|w|ww|www|f|ft|ftp|d|da|dat|data|j|ja|jav|java\w{0,7}|mai|mail|mailto)"
    r"|[^\s]{0,600}(?::/?/?|www\.)|(?:^|\n)[ \t]{0,8}(?:[-•>#]{1,6}|\d{1,2}[.)]?))$",
    re.IGNORECASE,
)


def _ids(inside: str) -> list[Id] | None:
    """The ids that a bracket holds; None when it holds words."""
    if not any(character.isdigit() for character in inside) or _INSIDE.fullmatch(inside) is None:
        return None
    found: list[Id] = []
    for match in _TOKEN.finditer(inside):
        found += _range(_id(match["first"]), _id(match["last"])) if match["first"] else [_id(match["one"])]
    return list(dict.fromkeys(found))[:MOST_IDS] or None


def _id(text: str) -> Id:
    source, _, sentence = text.partition(".")
    return int(source), int(sentence) if sentence else None


def _range(first: Id, last: Id) -> list[Id]:
    if first[1] is None and last[1] is None and 0 <= last[0] - first[0] < MOST_IDS:
        return [(source, None) for source in range(first[0], last[0] + 1)]
    if first[1] is not None and last[1] is None and 0 <= last[0] - first[1] < MOST_IDS:  # [3.1-3]
        return [(first[0], number) for number in range(first[1], last[0] + 1)]
    if first[1] is not None and last[1] is not None and first[0] == last[0] and 0 <= last[1] - first[1] < MOST_IDS:
        return [(first[0], number) for number in range(first[1], last[1] + 1)]
    return [first, last]
