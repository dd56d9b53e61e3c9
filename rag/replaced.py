"""The one value in which two sentences differ that otherwise say the same: "opened in 1878" and "opened in 1901"."""

import re
from difflib import SequenceMatcher

from index.keyword import STOP_WORDS
from rag.lexicon import Lexicon
from rag.values import Value, same, values

# Share of the words of both, in their order, that two sentences have in common when one is the other with another value.
SAME_WORDS = 0.7
LONGEST_NAME = 6  # words
_TOKEN = re.compile(r"\d[\d.,]*\d|\d|[^\W\d_]+(?:['’][^\W\d_]+)?")
_LINKS = frozenset("of the de la le van von der den bin al el da di and for".split())


def replaced(one: str, other: str, lexicon: Lexicon) -> tuple[Value, Value] | None:
    """The value of each sentence that stands where the other has another one; None when more than one differs, or none.

    Where a day and a number differ, or one names a place more, they speak of different things.
    """
    mine, theirs = list(_TOKEN.finditer(one)), list(_TOKEN.finditer(other))
    words, others = [match[0].lower() for match in mine], [match[0].lower() for match in theirs]
    if min(len(words), len(others)) < 3 or 2 * len(set(words) & set(others)) < SAME_WORDS * (
        len(set(words)) + len(set(others))
    ):
        return None
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    if matcher.ratio() < SAME_WORDS:
        return None
    known, beside = values(one, lexicon), values(other, lexicon)
    pairs: list[tuple[Value, Value]] = []
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag != "replace":
            more = [match[0] for match in (*mine[max(first, 1) : last], *theirs[max(start, 1) : end])] if tag != "equal" else []
            if any(word[0].isupper() or word[0].isdigit() for word in more):
                return None  # "five in Herat" is about less than "a hundred"
            continue
        here, there = (mine[first].start(), mine[last - 1].end()), (theirs[start].start(), theirs[end - 1].end())
        pair = _pair(one, other, here, there, known, beside)
        if pair and not same(*pair) and not any(_equal(pair, earlier) for earlier in pairs):
            pairs.append(pair)
    return pairs[0] if len(pairs) == 1 else None


def name(text: str, start: int, end: int) -> Value | None:
    """The words of a span as a name: all of them with capitals but for those that link them, and few."""
    tokens = [match[0] for match in _TOKEN.finditer(text[start:end])]
    held = [token for token in tokens if token.lower() not in _LINKS]
    if not held or len(tokens) > LONGEST_NAME or any(token[0].islower() or token[0].isdigit() for token in held):
        return None
    words = frozenset(re.sub(r"['’]s$", "", token.lower()) for token in held)
    return Value("name", start, end, words=words) if not words <= STOP_WORDS else None


def _pair(
    one: str, other: str, here: tuple[int, int], there: tuple[int, int], known: list[Value], beside: list[Value]
) -> tuple[Value, Value] | None:
    mine = next((value for value in known if value.start < here[1] and here[0] < value.end), None)
    theirs = next((value for value in beside if value.start < there[1] and there[0] < value.end), None)
    if mine and theirs:
        return (mine, theirs) if mine.kind == theirs.kind else None
    named, named_there = name(one, *here), name(other, *there)
    return (named, named_there) if named and named_there and not (mine or theirs) else None


def _equal(pair: tuple[Value, Value], other: tuple[Value, Value]) -> bool:
    return all(a.kind == b.kind and same(a, b) for a, b in zip(pair, other, strict=True))
