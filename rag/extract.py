"""The answerer that needs no language model: which of the sources' own sentences answer, and how likely each one does.

The seam: whatever gives candidate sentences their probability may stand in for `judge`. What is then cited, joined and
refused does not depend on it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Hit
from rag import reader
from rag.evidence import Candidate, candidates
from rag.lexicon import Lexicon, content
from rag.records import Evidence

NAME = "sentences"
MAX_READ = 6  # passages read with the question, about 50 ms each on two cores
MAX_SENTENCES = 4
MAX_SUPPORT = 4  # citations of one sentence
# A further sentence has to be nearly as likely an answer as the first: a reader asked for the answer, not for the story.
FURTHER = 0.6


@dataclass(frozen=True, slots=True)
class Fact:
    """What one answer sentence says, and the other articles' sentences that say the same; the first is shown."""

    shown: Evidence
    support: tuple[Evidence, ...]


def judge(question: str, hits: Sequence[Hit]) -> list[Evidence]:
    """Every quotable sentence of the best hits with the probability that it answers, most probable first."""
    found = candidates(hits[:MAX_READ])
    spans = margins(question, found)
    described = reader.describe()
    judged = [
        (_chance(span.margin, described["scale"], described["offset"]), candidate.rank, candidate, span)
        for candidate, span in zip(found, spans, strict=True)
    ]
    judged.sort(key=lambda entry: (-entry[0], entry[1], entry[2].hit.article.id, entry[2].start))
    return [
        Evidence(
            article := candidate.hit.article,
            candidate.unit_start,
            candidate.unit_end,
            article.text[candidate.unit_start : candidate.unit_end],
            chance,
            (span.start, span.end),
        )
        for chance, _, candidate, span in judged
    ]


def margins(question: str, found: Sequence[Candidate]) -> list[reader.Span]:
    """The best span of each candidate, in characters of its article, read within its whole passage."""
    by_passage: dict[str, list[int]] = {}
    for number, candidate in enumerate(found):
        by_passage.setdefault(candidate.hit.passage.id, []).append(number)
    passages, sentences, shifts = [], [], []
    for numbers in by_passage.values():
        hit = found[numbers[0]].hit
        title = f"{hit.article.title}. " if hit.article.title else ""
        shift = len(title) - hit.passage.start
        passages.append(title + hit.passage.text)
        sentences.append([(found[number].start + shift, found[number].end + shift) for number in numbers])
        shifts.append(shift)
    spans: dict[int, reader.Span] = {}
    for numbers, read, shift in zip(
        by_passage.values(), reader.load().read(question, passages, sentences), shifts, strict=True
    ):
        for number, span in zip(numbers, read, strict=True):
            spans[number] = reader.Span(span.start - shift, span.end - shift, span.margin)
    return [spans[number] for number in range(len(found))]


def pick(evidence: Sequence[Evidence], threshold: float, lexicon: Lexicon) -> list[Fact]:
    """One to four facts for an answer, the likeliest first, the rest as their articles have them; none below the threshold.

    Sentences of several articles that say the same become one fact. A sentence that adds nothing is left out.
    """
    likely = [item for item in evidence if item.score >= threshold]
    if not likely:
        return []
    lead, bar = likely[0], max(threshold, FURTHER * likely[0].score)
    facts: list[Fact] = []
    for item in likely:
        at = next((at for at, fact in enumerate(facts) if says_the_same(fact.shown, item, lexicon)), None)
        if at is None:
            overlaps = any(_overlap(fact.shown, item) for fact in facts)
            if item.score >= bar and len(facts) < MAX_SENTENCES and not overlaps:
                facts.append(Fact(item, ()))
        elif len(facts[at].support) < MAX_SUPPORT - 1 and item.article.id not in _articles(facts[at]):
            facts[at] = Fact(facts[at].shown, (*facts[at].support, item))
    rest = sorted(
        facts[1:],
        key=lambda fact: (fact.shown.article.id != lead.article.id, fact.shown.article.path, fact.shown.start),
    )
    return [facts[0], *rest]


def says_the_same(shown: Evidence, other: Evidence, lexicon: Lexicon) -> bool:
    """Whether another sentence bears out the one shown: it holds each of its numbers, and most of its other words.

    Only then may it be cited for it. Numbers alone would join "7,000 prisoners" and "7,000 soldiers".
    """
    mine, theirs = content(shown.text, lexicon), content(other.text, lexicon)
    numbers = {stem for stem in mine if stem[0].isdigit()}
    if not numbers <= theirs:
        return False
    # A sentence shown to answer is short: the shorter it is, the more of it has to be there.
    needed = 0.5 if len(numbers) >= 1 and len(mine) >= 8 else 0.7
    return len(mine & theirs) >= needed * len(mine)


def _articles(fact: Fact) -> set[str]:
    return {fact.shown.article.id, *(item.article.id for item in fact.support)}


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end


def _chance(margin: float, scale: float, offset: float) -> float:
    """The probability that a margin stands for, rounded so that the last bits of a sum never decide an order."""
    return round(1 / (1 + math.exp(-max(-50.0, min(50.0, scale * margin + offset)))), 5)
