"""What evidence states, on whose word, and whether two such claims are on one thing and cannot both be right.

Values are told apart by `rag/values.py`. That two sentences are on one thing is taken from their words: those of the question,
its names, the days and places that they name. Where that is not enough no disagreement is seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.sentences import spans
from rag.claimants import claimant
from rag.lexicon import Lexicon, content
from rag.records import Evidence
from rag.replaced import name
from rag.values import Kind, Value, alike, same, values

# Share of a question's words that a sentence has to hold, its names among them, to be on the same thing as another that
# answers it. Of made-up stories told in four articles, `python -m rag.training.same_thing` says how often a share errs.
COVERED = 0.6
# And of the fewer words of two sentences beside the values, when only names differ: they bring nothing that they count.
SAME_THING = 0.6
NEAR = 200  # characters between two sentences of one article in which two speakers are set against each other
_AMOUNT: frozenset[Kind] = frozenset({"amount"})
_MUCH: frozenset[Kind] = frozenset({"amount", "share"})
_DAY: frozenset[Kind] = frozenset({"date", "time"})
_WHO: frozenset[Kind] = frozenset({"name"})
ANY: frozenset[Kind] = frozenset({"amount", "share", "date", "time", "name"})
# What a question asks with, the first of which counts: in "how many of those who marched" nobody is asked for.
_ASKS: tuple[tuple[re.Pattern[str], frozenset[Kind]], ...] = (
    (re.compile(r"\bhow (?:many|often|old|long)\b", re.I), _AMOUNT),
    (re.compile(r"\bhow (?:much|far|big|large|high|few|deep|tall|wide|heavy|fast|great|steep)\b", re.I), _MUCH),
    (re.compile(r"\bwhen\b", re.I), _DAY),
    (re.compile(r"\b(?:who|whom|whose|where)\b", re.I), _WHO),
    (re.compile(r"\b(?:how|why)\b", re.I), ANY),
    (re.compile(r"\b(?:what|which)\b", re.I), frozenset()),  # the noun after it says
)
# Words that say no more than what kind of value is asked for.
_BARE_MUCH, _BARE_DAY = r"share|percent(?:age)?|per cent|proportion|number", r"day|date|year|month|hour"
_VALUE = re.compile(rf"\b(?:costs?|time|{_BARE_MUCH}|{_BARE_DAY})\b", re.I)
# What "what" and "which" ask for, and a question of a few words without either.
_NOUNS: tuple[tuple[re.Pattern[str], frozenset[Kind]], ...] = (
    (re.compile(rf"\b(?:(?:{_BARE_DAY})(?!-)|(?:what|which) time"
                r"|time(?= (?:of|did|do|does|was|is|will)|\W*$))\b", re.I), _DAY),
    (re.compile(rf"\b(?:{_BARE_MUCH}|size|price|sum|amount|total|quantity"
                r"|length|depth|height|width|weight|distance|toll|turnout|budget|bill|deficit|population|salary|fine)\b", re.I),
     _MUCH),
    (re.compile(r"\b(?:person|man|woman|people|party|company|firm|group|organi[sz]ation|force|unit|country|city|town|village|place"
                r"|province|district|island|port)\b", re.I), _WHO),
)  # fmt: skip
_COST = re.compile(r"\bcosts?\b", re.I)
_NOUN_WITHIN = 45  # characters from "what" on in which the thing that it asks for is named
_HOW_MANY = re.compile(
    r"\bhow many (?P<what>(?:[\w’'-]+ ){0,3}?[\w’'-]+?) (?:do|does|did|has|have|had|is|are|was|were|can|will|would|could)\b",
    re.I,
)
_NAME = re.compile(r"(?<=\s)[A-Z][\w’'-]+")
_SAID_ON = re.compile(
    r"\b(?:said|says|told|announced|claimed|reported|wrote|denied|confirmed)\b(?:\s[\w’'-]+){0,3}\s$", re.IGNORECASE
)
_PLACE = re.compile(r"\b(?:in|at|from|near|on the|across|around|of)\s+(?:the\s+)?(?P<name>[A-Z][\w’'-]*)")
# What is shown beside a number: the words after it to the first that may be a plural.
_COUNTED = re.compile(
    r"(?:\s+of (?:the|its|their|our|those))?(?:\s[a-z]+){0,2}?\s(?:[a-z]+[^s\W]s|people|men|women|children)\b"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a sentence states: `article.text[start:end]`, in the words of `shown`, and on whose word it stands."""

    shown: Evidence
    value: Value
    start: int
    end: int
    by: str | None

    @property
    def text(self) -> str:
        """The value in the article's words."""
        text, end = self.shown.article.text, self.end
        if self.value.kind == "amount" and (counted := _COUNTED.match(text, end)):
            end = counted.end()
        return " ".join(text[self.start : end].split())


def asked_for(question: str) -> frozenset[Kind]:
    """The kinds of value that answer a question, by its words; any where they do not tell.

    >>> sorted(asked_for("How many of those who marched were hurt?")), sorted(asked_for("bridge repair price"))
    (['amount'], ['amount', 'share'])
    """
    asks = _first(_ASKS, question)
    if asks and asks[1]:
        return asks[1]
    thing = question[asks[0] : asks[0] + _NOUN_WITHIN] if asks else question
    named = _first(_NOUNS, thing)
    return named[1] if named else _MUCH if _COST.search(question) else ANY


def _first(patterns: Sequence[tuple[re.Pattern[str], frozenset[Kind]]], text: str) -> tuple[int, frozenset[Kind]] | None:
    """Where the first match of any pattern stands, and the kinds that it means; at one place the earlier pattern counts."""
    found = [(match.start(), kinds) for pattern, kinds in patterns if (match := pattern.search(text))]
    return min(found, key=lambda each: each[0], default=None)


def claims(item: Evidence, asked: frozenset[Kind], lexicon: Lexicon, like: Claim | None = None) -> list[Claim]:
    """What a sentence states: the value its answer holds first, then others that count the same for other speakers."""
    if item.answer is None:
        return []
    first, last = item.answer[0] - item.start, item.answer[1] - item.start
    known = [value for value in values(item.text, lexicon) if value.kind in asked and (not like or alike(value, like.value))]
    inside = [value for value in known if value.start < last and first < value.end]
    if not inside and "name" in asked and (not like or like.value.kind == "name"):
        named = name(item.text, first, last)
        return [stated(item, named)] if named else []
    if not inside and like and like.value.kind == "share":
        inside = known[:1]
    if not inside:
        return []
    found = [stated(item, inside[0])]
    for value in known:
        if value is not inside[0] and alike(value, inside[0]):
            further = stated(item, value)
            if further.by and all(further.by != other.by for other in found) and any(other.by for other in found):
                found.append(further)
    return found


def answers_back(item: Evidence, to: Claim, lexicon: Lexicon) -> list[Claim]:
    """What another speaker says of the same thing right beside a claim, however likely an answer that is alone.

    "Officials said 100 districts had fallen. The rebels claimed more than 200": the second answers only beside the first.
    """
    if item.article.id != to.shown.article.id or not item.score or to.by is None:
        return []
    found = []
    for value in values(item.text, lexicon):
        unit = value.unit | to.value.unit
        counts_the_same = not value.unit or 2 * len(value.unit & to.value.unit) >= len(unit)
        if value.kind == to.value.kind and counts_the_same:
            claim = stated(item, value)
            if claim.by not in (None, to.by) and _side_by_side(claim, to):
                found.append(claim)
    return found[:1]


def stated(item: Evidence, value: Value) -> Claim:
    """A value of some evidence as a claim; who makes it is looked for in its sentence and in the one before."""
    sentences = [item.text[start:end] for start, end in spans(item.text)]
    bounds = spans(item.text)
    at = next((number for number, (start, end) in enumerate(bounds) if start <= value.start < end), 0)
    before = _before(item) if at == 0 else []
    by = claimant([*before, *sentences[: at + 1]], value.start - bounds[at][0] if bounds else 0)
    return Claim(item, value, item.start + value.start, item.start + value.end, by)


def _before(item: Evidence) -> list[str]:
    """The sentence before a piece of evidence, where "he" may be named."""
    text = item.article.text[max(0, item.start - 500) : item.start]
    return [text[start:end] for start, end in spans(text)[-1:]]


def apart(claim: Claim, other: Claim, question: str, lexicon: Lexicon) -> bool:
    """Whether two claims are on one thing and cannot both be right."""
    if not alike(_counting(claim.value, question, lexicon), _counting(other.value, question, lexicon)):
        return False
    if same(claim.value, other.value):
        return False
    if claim.shown.article.id == other.shown.article.id:
        if not claim.by or not other.by or claim.by == other.by:
            return False  # one source that gives two numbers speaks of two things
        if claim.value.kind != "name" and _side_by_side(claim, other):
            return True
    if claim.value.kind != "date" and not _when(claim, other, lexicon):
        return False
    if claim.value.kind == "name" and not _one_place(claim, other, lexicon):
        return False
    asked = content(question, lexicon)
    least = min(covered(question, each.shown.text, lexicon) for each in (claim, other))
    return least >= COVERED and _places(claim, other, asked, lexicon)


def _counting(value: Value, question: str, lexicon: Lexicon) -> Value:
    """A value that leaves out what it counts as one of what the question asks for: "how many boats have sunk?" "Only three"."""
    match = _HOW_MANY.search(question)
    if value.kind != "amount" or value.unit or not match:
        return value
    return replace(value, unit=frozenset(content(match["what"], lexicon)))


def covered(question: str, text: str, lexicon: Lexicon) -> float:
    """The share of a question's words in a text, but for those that ask; 0 when one of its names is not there."""
    for pattern in (*(pattern for pattern, _ in _ASKS), _VALUE):
        question = pattern.sub(" ", question)
    asked, held = content(question, lexicon), content(text, lexicon)
    names = content(" ".join(_NAME.findall(question)), lexicon)
    return len(asked & held) / len(asked) if asked and names <= held else 0.0


def _side_by_side(claim: Claim, other: Claim) -> bool:
    """Whether two speakers are quoted in one breath."""
    first, last = sorted((claim, other), key=lambda each: each.start)
    return last.start - first.end <= NEAR


def _one_place(claim: Claim, other: Claim, lexicon: Lexicon) -> bool:
    """Whether two names stand in sentences that say the same, and neither source knows of the other's name."""
    for mine, theirs in ((claim, other), (other, claim)):
        if mine.value.words & set(re.findall(r"\w+", theirs.shown.article.text.lower())):
            return False
    one, two = _rest(claim, lexicon), _rest(other, lexicon)
    return len(one & two) >= max(3, SAME_THING * min(len(one), len(two)))


def _rest(claim: Claim, lexicon: Lexicon) -> set[str]:
    """The stems of a claim's sentence without its value."""
    text = claim.shown.text
    return content(text[: claim.value.start] + " " + text[claim.value.end :], lexicon)


def _when(claim: Claim, other: Claim, lexicon: Lexicon) -> bool:
    """Whether no day that the sentences name tells two occasions apart; the day on which something was said does not count."""
    dated = [
        [
            value
            for value in values(each.shown.text, lexicon)
            if value.kind == "date" and not _SAID_ON.search(each.shown.text[: value.start])
        ]
        for each in (claim, other)
    ]
    return not dated[0] or not dated[1] or any(same(one, two) for one in dated[0] for two in dated[1])


def _places(claim: Claim, other: Claim, asked: set[str], lexicon: Lexicon) -> bool:
    """Whether neither value is of a place that neither the question nor the other's article speaks of: "five in Herat"."""
    for mine, theirs in ((claim, other), (other, claim)):
        after = mine.shown.text[mine.value.end :].split(",")[0][:80]
        named = content(" ".join(match["name"] for match in _PLACE.finditer(after)), lexicon)
        if named - asked - content(theirs.shown.text, lexicon):
            return False
    return True
