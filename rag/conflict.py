"""Who says what, when they differ: values of one kind in sentences that answer one question, side by side, never blended.

Two sentences disagree in one of three ways: both answer and state values of the kind that is asked for that cannot both be
right; one is the other with another value in its place; or one denies what is asked and another says it. Which of them is
right is not decided here. What counts as the same value is `rag/values.py`; who speaks, `rag/claimants.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.records import Article
from index.sentences import spans
from rag.claimants import claimant
from rag.denial import is_yes_or_no, says
from rag.extract import MAX_SENTENCES, Fact, overlap, supported
from rag.lexicon import Lexicon, content
from rag.records import Citation, Difference, Disagreement, Evidence, Sentence, Side
from rag.replaced import name, replaced
from rag.values import Kind, Value, alike, same, values

MAX_SIDES = 4
# Share of a question's words that a sentence has to hold, its names among them, to be on the same thing as another that
# answers it. Of made-up stories told in four articles, `python -m evals.benchmarks.same_thing` says how often a share errs.
COVERED = 0.6
# And of the fewer words of two sentences beside the values, when only names differ: they bring nothing that they count.
SAME_THING = 0.6
NEAR = 200  # characters between two sentences of one article in which two speakers are set against each other
_ASKS: tuple[tuple[re.Pattern[str], frozenset[Kind]], ...] = (
    (re.compile(r"\bhow (?:many|often|old|long)\b", re.I), frozenset({"amount"})),
    (re.compile(r"\b(?:how (?:much|far|big|large|high|few)|what (?:share|percentage|proportion|number)|cost)\b", re.I),
     frozenset({"amount", "share"})),
    (re.compile(r"\b(?:when|(?:what|which|in what) (?:day|date|year|month|time|hour))\b", re.I), frozenset({"date", "time"})),
    (re.compile(r"\b(?:who|whom|whose|where)\b", re.I), frozenset({"name"})),
)  # fmt: skip
_NAME = re.compile(r"(?<=\s)[A-Z][\w’'-]+")
_ANY: frozenset[Kind] = frozenset({"amount", "share", "date", "time", "name"})
_UPDATED = re.compile(
    r"\b(?:revised|corrected|correction|updated?|rose|risen|climbed|grown|raised|lowered|initial(?:ly)?|at first"
    r"|earlier (?:count|figure|report|toll|estimate)|previous(?:ly)?|no longer|has since|have since)\b",
    re.IGNORECASE,
)
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


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a question's sources differ on: one claim a side, the likeliest first, or in order of time when it changed."""

    kind: Difference
    sides: tuple[Claim, ...]


def source(article: Article) -> str:
    """What tells independent sources apart: two articles with one of these are one source."""
    return article.id


def find(
    question: str, facts: Sequence[Fact], evidence: Sequence[Evidence], threshold: float, lexicon: Lexicon
) -> Dispute | None:
    """What the evidence differs on, if the answer stands on one side of it; the first that is found, the likeliest first."""
    leads = sorted((fact.shown for fact in facts), key=lambda item: -item.score)
    answering = [item for item in evidence if item.score >= threshold]
    if is_yes_or_no(question):
        for lead in leads:
            if sides := _denied(question, lead, answering, evidence, lexicon):
                return _dispute(sides)
    asked = asked_for(question)
    for lead in leads:
        sides = _differing(question, lead, answering, asked, lexicon) or _replaced(lead, evidence, asked, lexicon)
        if sides:
            return _dispute(sides)
    others = [item for item in answering if item not in leads]
    for item in others:
        if sides := _replaced(item, evidence, asked, lexicon):
            return _dispute(sides)
    return None


def with_sides(facts: Sequence[Fact], dispute: Dispute, evidence: Sequence[Evidence], lexicon: Lexicon) -> list[Fact]:
    """The facts with every side's sentence among them, the sides first; of one article in its own order."""
    first = facts[0].shown
    sides = list(dict.fromkeys(claim.shown for claim in dispute.sides))
    order = list(dict.fromkeys(claim.shown.article.id for claim in dispute.sides))
    if dispute.kind == "differ":
        sides.sort(key=lambda item: (order.index(item.article.id), item.start))
    else:
        sides.reverse()  # the newest answers, what it replaces stands after it
    others = [fact.shown for fact in facts if not any(overlap(fact.shown, side) for side in sides)]
    room = max(0, MAX_SENTENCES - len(sides))
    lead = [first] if first in others else []
    rest = [item for item in others if item != first]
    shown = [*lead, *sides, *rest][: max(len(sides) + len(lead), len(sides) + room)]
    return supported(shown, evidence, lexicon)


def disagreement(about: str, dispute: Dispute, sentences: Sequence[Sentence], citations: Sequence[Citation]) -> Disagreement:
    """A dispute as an answer shows it: each side with its citation and those of other sources that bear it out."""
    sides: list[tuple[int, int, Side]] = []
    for claim in dispute.sides:
        shown = claim.shown
        own = next(
            each for each in citations if (each.article_id, each.start, each.end) == (shown.article.id, shown.start, shown.end)
        )
        numbers = next(sentence.citations for sentence in sentences if own.number in sentence.citations)
        further = tuple(number for number in numbers if number != own.number)
        sides.append((own.number, claim.start, Side(claim.text, claim.by, own.number, further)))
    if dispute.kind == "differ":
        sides.sort(key=lambda side: side[:2])  # as they stand in the answer
    return Disagreement(about, tuple(side for _, _, side in sides), dispute.kind)


def asked_for(question: str) -> frozenset[Kind]:
    """The kinds of value that answer a question, by its words; any where they do not tell."""
    return next((kinds for pattern, kinds in _ASKS if pattern.search(question)), _ANY)


def _differing(
    question: str, lead: Evidence, answering: Sequence[Evidence], asked: frozenset[Kind], lexicon: Lexicon
) -> list[Claim]:
    """Sides of values that the sentences state as their answers, the lead's first; fewer than two are none."""
    own = _claims(lead, asked, lexicon) if asked != _ANY else []
    if not own:
        return []  # where any value may be the answer, two are hardly answers to one thing
    sides = [own[0]]
    candidates = [
        *own[1:],
        *(claim for item in answering if item is not lead for claim in _claims(item, asked, lexicon, own[0])),
    ]
    for claim in candidates:
        if len(sides) < MAX_SIDES and all(_apart(claim, side, question, lexicon) for side in sides):
            sides.append(claim)
    return sides if len(sides) > 1 else []


def _claims(item: Evidence, asked: frozenset[Kind], lexicon: Lexicon, like: Claim | None = None) -> list[Claim]:
    """What a sentence states: the value its answer holds first, then others that count the same for other speakers."""
    if item.answer is None:
        return []
    first, last = item.answer[0] - item.start, item.answer[1] - item.start
    known = [value for value in values(item.text, lexicon) if value.kind in asked and (not like or alike(value, like.value))]
    inside = [value for value in known if value.start < last and first < value.end]
    if not inside and "name" in asked and (not like or like.value.kind == "name"):
        named = name(item.text, first, last)
        return [_claim(item, named)] if named else []
    if not inside and like and like.value.kind == "share":
        inside = known[:1]
    if not inside:
        return []
    found = [_claim(item, inside[0])]
    for value in known:
        if value is not inside[0] and alike(value, inside[0]):
            claim = _claim(item, value)
            if claim.by and all(claim.by != other.by for other in found) and any(other.by for other in found):
                found.append(claim)
    return found


def _claim(item: Evidence, value: Value) -> Claim:
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


def _apart(claim: Claim, other: Claim, question: str, lexicon: Lexicon) -> bool:
    """Whether two claims are on one thing and cannot both be right."""
    if not alike(claim.value, other.value) or same(claim.value, other.value):
        return False
    if source(claim.shown.article) == source(other.shown.article):
        if not claim.by or not other.by or claim.by == other.by:
            return False  # one source that gives two numbers speaks of two things
        if claim.value.kind != "name" and _side_by_side(claim, other):
            return True
    if claim.value.kind != "date" and not _when(claim, lexicon, other):
        return False
    if claim.value.kind == "name" and not _one_place(claim, other, lexicon):
        return False
    return covered(question, claim.shown.text, lexicon) >= COVERED and _places(
        claim, other, content(question, lexicon), lexicon
    )


def covered(question: str, text: str, lexicon: Lexicon) -> float:
    """The share of a question's words in a text, but for those that ask how many; 0 when one of its names is not there."""
    for pattern, _ in _ASKS:
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


def _when(claim: Claim, lexicon: Lexicon, other: Claim) -> bool:
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


_SAID_ON = re.compile(
    r"\b(?:said|says|told|announced|claimed|reported|wrote|denied|confirmed)\b(?:\s[\w’'-]+){0,3}\s$", re.IGNORECASE
)
_PLACE = re.compile(r"\b(?:in|at|from|near|on the|across|around|of)\s+(?:the\s+)?(?P<name>[A-Z][\w’'-]*)")


def _places(claim: Claim, other: Claim, asked: set[str], lexicon: Lexicon) -> bool:
    """Whether neither value is of a place that neither the question nor the other's article speaks of: "five in Herat"."""
    for mine, theirs in ((claim, other), (other, claim)):
        after = mine.shown.text[mine.value.end :].split(",")[0][:80]
        named = content(" ".join(match["name"] for match in _PLACE.finditer(after)), lexicon)
        if named - asked - content(theirs.shown.text, lexicon):
            return False
    return True


def _replaced(lead: Evidence, evidence: Sequence[Evidence], asked: frozenset[Kind], lexicon: Lexicon) -> list[Claim]:
    """The lead and the sentences of other sources that are the lead's with another value."""
    sides: list[Claim] = []
    for item in evidence:
        if source(item.article) == source(lead.article):
            continue
        pair = replaced(lead.text, item.text, lexicon)
        if pair is None or pair[0].kind not in asked or not alike(*pair):
            continue
        if not sides:
            sides = [_claim(lead, pair[0])]
        elif (sides[0].value.start, sides[0].value.end) != (pair[0].start, pair[0].end):
            continue
        if len(sides) < MAX_SIDES and all(not same(pair[1], side.value) for side in sides):
            sides.append(_claim(item, pair[1]))
    return sides


def _denied(
    question: str, lead: Evidence, answering: Sequence[Evidence], evidence: Sequence[Evidence], lexicon: Lexicon
) -> list[Claim]:
    """The lead and the likeliest sentence that says the contrary of it: one denies what is asked, one says it."""
    mine = says(question, lead.text, lexicon)
    if mine is None:
        return []
    for item in [*answering, *(each for each in evidence if each not in answering and each.score > 0)]:
        theirs = says(question, item.text, lexicon)
        if theirs is None or theirs.denies == mine.denies or overlap(item, lead):
            continue
        denied, said = (mine, theirs) if mine.denies else (theirs, mine)
        if item not in answering and not said.shared & denied.denied:
            continue  # below the threshold it has to say the very thing that is denied
        claims = [_claim(each, Value("denial", what.start, what.end)) for each, what in ((lead, mine), (item, theirs))]
        if source(lead.article) == source(item.article) and claims[0].by == claims[1].by:
            continue
        return claims
    return []


def _dispute(sides: Sequence[Claim]) -> Dispute:
    """The sides as a dispute, or as a change over time: a later report of the same source, or one that says so."""
    dated = sorted(sides, key=lambda claim: (claim.shown.article.published or "")[:10])
    days = [(claim.shown.article.published or "")[:10] for claim in dated]
    if not all(days) or len(set(days)) < len(days) or len({source(claim.shown.article) for claim in sides}) < len(sides):
        return Dispute("differ", tuple(sides))
    for earlier, later in pairwise(dated):
        if not _updates(later, earlier):
            return Dispute("differ", tuple(sides))
    return Dispute("changed", tuple(dated))


def _updates(later: Claim, earlier: Claim) -> bool:
    """Whether a later report puts right or carries on an earlier one: it says so, or is of the same outlet."""
    if later.by and earlier.by and later.by != earlier.by:
        return False
    if later.shown.article.outlet and later.shown.article.outlet == earlier.shown.article.outlet:
        return True
    around = later.shown.article.text[max(0, later.shown.start - 300) : later.shown.end + 300]
    return _UPDATED.search(around) is not None
