"""Sentence spans in news prose. It knows English abbreviations; it does not parse and it never changes the text."""

import re
from collections.abc import Iterator

# Part of the index's identity: raise it when any boundary can move, so that old indexes are rebuilt.
SPLITTER = "footnote-sentences/2"

# A "sentence" longer than this is a table or a broken file; cut so that every piece fits an embedding window.
MAX_SENTENCE = 1000

_OPENING = "\"'“‘«([{"
_CLOSING = "\"'”’»)]}"
_LOOK_BACK = 60  # no abbreviation is longer; looking back over the whole sentence at each stop would be quadratic
_STOP = ".!?…؟۔"
_NOTE = r"(?:\[\d{1,3}\])*+"  # an encyclopedia's note marks belong to the sentence before them
# Runs are taken whole (possessive) and only from their first character: a line of dots must not cost its square.
_BOUNDARY = re.compile(
    rf"(?<![{_STOP}])(?P<stop>[{_STOP}]++)(?P<close>[{re.escape(_CLOSING)}]*+)(?P<note>{_NOTE})\s++(?=(?P<next>\S))"
    rf"|[。！？]++[{re.escape(_CLOSING)}」』]*+{_NOTE}"
)
_LAST_WORD = re.compile(r"[^\s(\[{“\"‘]+$")
_NEXT_WORD = re.compile(rf"[{re.escape(_OPENING)}]*(?P<word>[^\W_]+)")

# Followed by a name or a number: never the end of a sentence.
_BEFORE_NAME = frozenset(
    "mr mrs ms mx dr prof gen col lt maj capt cpl sgt cmdr adm brig sen rep gov pres hon rev fr st mt ft messrs mme mlle "
    "supt insp det dist ave rd blvd vs no nos fig art approx cf e.g i.e".split()
)
# May end a sentence: it does when the next word usually begins one.
_MAY_END = frozenset(
    "jr sr inc co corp ltd llc plc bros etc al dept univ est jan feb mar apr jun jul aug sep sept oct nov dec "
    "mon tue tues wed thu thur thurs fri sat sun a.m p.m u.s u.k u.n e.u d.c ph.d".split()
)
# In small letters these are words: "They sat. Ministers left."
_CAPITALISED = frozenset(
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun co art".split()
)
# Before a name mostly, but "She said no. The vote" and "on Main St. The house" end.
_ALSO_END = frozenset("no nos st ave rd blvd ft".split())
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_STARTERS = frozenset(
    "the a an he she it they we you i his her its their our my this that these those there here in on at by for from to "
    "with without under over after before during since until while when where why how what who which as if but and or so "
    "yet nor not no both some many most more all each every one two another other others later earlier last next "
    "meanwhile however instead still also then now today yesterday despite although though because according officials "
    "police residents critics".split()
)
_SPEECH = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[A-Z][\w’'-]+\s+){{1,3}}(?:said|says|told|asked|added|wrote|warned|shouted|replied|cried)\b"
)
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})$")


def spans(text: str) -> list[tuple[int, int]]:
    r"""Say where each sentence of a text starts and ends (characters; end exclusive; no white space at either end).

    A line break always ends a sentence, so headings without a full stop stand alone. Every character that is not white
    space lies in exactly one span.

    >>> text = "He met U.S. envoys at 10 a.m. in Kabul. 'No,' he said."
    >>> [text[start:end] for start, end in spans(text)]
    ['He met U.S. envoys at 10 a.m. in Kabul.', "'No,' he said."]
    """
    found: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        for cut in [*_cuts(line.group(), line.start()), line.end()]:
            found.extend(_pieces(text, start, cut))
            start = cut
    return found


def _cuts(line: str, offset: int) -> Iterator[int]:
    sentence = 0
    for match in _BOUNDARY.finditer(line):
        if match["stop"] is None:  # scripts that put no space after a full stop
            sentence = match.end()
            yield offset + match.end()
        elif _ends(line, sentence, match):
            sentence = match.end()
            yield offset + match.end("note")


def _ends(line: str, sentence: int, match: re.Match[str]) -> bool:
    following = match["next"]
    if following.islower() or following in ",;:-–—":
        return False
    if match["close"] and not match["stop"].endswith(".") and _SPEECH.match(line, match.end()):
        return False  # "Where is he?" Ms Rao asked.
    if match["stop"] != "." or match["close"]:
        return True
    head = line[max(sentence, match.start() - _LOOK_BACK) : match.start()]
    word = _LAST_WORD.search(head)
    if word is None:
        return True
    last = word.group().lower()
    if match.start() - sentence < _LOOK_BACK and _ENUMERATOR.match(head):
        return False  # "1. The first point"
    if last in _CAPITALISED and word.group()[0].islower():
        return True
    next_word = _NEXT_WORD.match(line, match.end())
    starts = next_word is not None and next_word["word"].lower() in _STARTERS
    if last in _BEFORE_NAME:
        return last in _ALSO_END and starts
    if last in _MAY_END or _DOTTED.search(last) or (len(last) == 1 and last.isalpha()):
        return starts
    return True


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        cut = max(text.rfind(mark, start + MAX_SENTENCE // 2, start + MAX_SENTENCE) for mark in (" ", "\t"))
        cut = cut if cut > 0 else start + MAX_SENTENCE
        yield from _pieces(text, start, cut)
        start = cut
        while text[start].isspace():
            start += 1
    if start < end:
        yield start, end
