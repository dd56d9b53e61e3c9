"""Who says what, when they differ: values of one kind in sentences that answer one question, side by side, never blended.

Two sentences disagree in one of three ways: both answer and state values of the kind that is asked for that cannot both be
right; one is the other with another value in its place; or one denies what is asked and another says it. Which of them is
right is not decided here. What sentences claim, and of what, is in `rag/claims.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from rag.claims import ANY, Claim, answers_back, apart, asked_for, claims, stated
from rag.denial import is_yes_or_no, says
from rag.extract import MAX_SENTENCES, Fact, overlap, supported
from rag.lexicon import Lexicon
from rag.records import Citation, Difference, Disagreement, Evidence, Sentence, Side
from rag.replaced import replaced
from rag.values import Kind, Value, alike, same

MAX_SIDES = 4
_UPDATED = re.compile(
    r"\b(?:revised|corrected|correction|updated?|rose|risen|climbed|grown|raised|lowered|initial(?:ly)?|at first"
    r"|earlier (?:count|figure|report|toll|estimate)|previous(?:ly)?|no longer|has since|have since)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a question's sources differ on: one claim a side, the likeliest first, or in order of time when it changed."""

    kind: Difference
    sides: tuple[Claim, ...]


def find(question: str, facts: Sequence[Fact], evidence: Sequence[Evidence], threshold: float, lexicon: Lexicon,
         clusters: Mapping[str, str] = MappingProxyType({})) -> Dispute | None:  # fmt: skip
    """What the evidence differs on, if the answer stands on one side of it; the first that is found, the likeliest first.

    `clusters` names the text that an article is a copy of, by the article's id; without, each article is a source of its own.
    """
    leads = sorted((fact.shown for fact in facts), key=lambda item: -item.score)
    answering = [item for item in evidence if item.score >= threshold]
    if is_yes_or_no(question):
        for lead in leads:
            if sides := _denied(question, lead, answering, evidence, lexicon):
                return _dispute(sides, clusters)
    asked = asked_for(question)
    for lead in leads:
        sides = _differing(question, lead, answering, evidence, asked, lexicon) or _replaced(lead, evidence, asked, lexicon)
        if sides:
            return _dispute(sides, clusters)
    others = [item for item in answering if item not in leads]
    for item in others:
        if sides := _replaced(item, evidence, asked, lexicon):
            return _dispute(sides, clusters)
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
    older = {fact.shown: fact.older for fact in facts}
    return [replace(fact, older=older.get(fact.shown, ())) for fact in supported(shown, evidence, lexicon)]


def disagreement(about: str, dispute: Dispute, sentences: Sequence[Sentence], citations: Sequence[Citation]) -> Disagreement:
    """A dispute as an answer shows it: each side with its citation and those of other sources that bear it out."""
    sides: list[tuple[int, int, Side]] = []
    for claim in dispute.sides:
        own = next(each for each in citations if _holds(each, claim))
        numbers = next((sentence.citations for sentence in sentences if own.number in sentence.citations), ())
        further = tuple(number for number in numbers if number != own.number)
        sides.append((own.number, claim.start, Side(claim.text, claim.by, own.number, further)))
    if dispute.kind == "differ":
        sides.sort(key=lambda side: side[:2])  # as they stand in the answer
    return Disagreement(about, tuple(side for _, _, side in sides), dispute.kind)


def uncited(dispute: Dispute, citations: Sequence[Citation]) -> list[Evidence]:
    """The sides' sentences that are cited nowhere yet: a model need not have named them all."""
    return [claim.shown for claim in dispute.sides if not any(_holds(each, claim) for each in citations)]


def _holds(citation: Citation, claim: Claim) -> bool:
    inside = citation.start <= claim.start and claim.end <= citation.end
    return citation.article_id == claim.shown.article.id and inside


def _differing(
    question: str,
    lead: Evidence,
    answering: Sequence[Evidence],
    evidence: Sequence[Evidence],
    asked: frozenset[Kind],
    lexicon: Lexicon,
) -> list[Claim]:
    """Sides of values that the sentences state as their answers, the lead's first; fewer than two are none."""
    own = claims(lead, asked, lexicon) if asked != ANY else []
    if not own:
        return []  # where any value may be the answer, two are hardly answers to one thing
    sides = [own[0]]
    candidates = [
        *own[1:],
        *(claim for item in answering if item is not lead for claim in claims(item, asked, lexicon, own[0])),
        *(claim for item in evidence if item is not lead for claim in answers_back(item, own[0], lexicon)),
    ]
    for claim in candidates:
        if any(claim.shown is not side.shown and overlap(claim.shown, side.shown) for side in sides):
            continue
        if len(sides) < MAX_SIDES and all(apart(claim, side, question, lexicon) for side in sides):
            sides.append(claim)
    return sides if len(sides) > 1 else []


def _replaced(lead: Evidence, evidence: Sequence[Evidence], asked: frozenset[Kind], lexicon: Lexicon) -> list[Claim]:
    """The lead and the sentences of other sources that are the lead's with another value."""
    sides: list[Claim] = []
    for item in evidence:
        if item.article.id == lead.article.id:
            continue
        pair = replaced(lead.text, item.text, lexicon)
        if pair is None or pair[0].kind not in asked or not alike(*pair):
            continue
        if not sides:
            sides = [stated(lead, pair[0])]
        elif (sides[0].value.start, sides[0].value.end) != (pair[0].start, pair[0].end):
            continue
        if len(sides) < MAX_SIDES and all(not same(pair[1], side.value) for side in sides):
            sides.append(stated(item, pair[1]))
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
        sides = [stated(each, Value("denial", what.start, what.end)) for each, what in ((lead, mine), (item, theirs))]
        if lead.article.id == item.article.id and sides[0].by == sides[1].by:
            continue
        return sides
    return []


def _dispute(sides: Sequence[Claim], clusters: Mapping[str, str]) -> Dispute:
    """The sides as a dispute, or as a change over time: a later report of the same source, or one that says so."""
    dated = sorted(sides, key=lambda claim: (claim.shown.article.published or "")[:10])
    days = [(claim.shown.article.published or "")[:10] for claim in dated]
    if not all(days) or len(set(days)) < len(days) or len({claim.shown.article.id for claim in sides}) < len(sides):
        return Dispute("differ", tuple(sides))
    for earlier, later in pairwise(dated):
        if not _updates(later, earlier, clusters):
            return Dispute("differ", tuple(sides))
    return Dispute("changed", tuple(dated))


def _updates(later: Claim, earlier: Claim, clusters: Mapping[str, str]) -> bool:
    """Whether a later report puts right or carries on an earlier one: it says so, or text or outlet are the same."""
    texts = [clusters.get(claim.shown.article.id, claim.shown.article.id) for claim in (later, earlier)]
    if texts[0] == texts[1]:
        return True
    if later.by and earlier.by and later.by != earlier.by:
        return False
    if later.shown.article.outlet and later.shown.article.outlet == earlier.shown.article.outlet:
        return True
    around = later.shown.article.text[max(0, later.shown.start - 300) : later.shown.end + 300]
    return _UPDATED.search(around) is not None
