"""The answerer that needs no language model: which of the sources' own sentences answer, and how likely each one does.

The seam: whatever gives candidate sentences their probability may stand in for `judge`. What is then cited, joined and
refused does not depend on it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Hit
from rag import reader
from rag.agree import bears_out
from rag.evidence import Candidate, candidates
from rag.lexicon import Lexicon, content
from rag.records import Evidence

NAME = "sentences"
MAX_READ = 6  # passages read with the question, about 50 ms each on two cores
MAX_SENTENCES = 4
# A further sentence has to be nearly as likely an answer as the first: a reader asked for the answer, not for the story.
FURTHER = 0.8


@dataclass(frozen=True, slots=True)
class Fact:
    """What one answer sentence says, and the other articles' sentences that say the same; the first is shown."""

    shown: Evidence
    support: tuple[Evidence, ...]


def judge(question: str, hits: Sequence[Hit], lexicon: Lexicon) -> list[Evidence]:
    """Every quotable sentence of the hits with the chance that it answers, likeliest first; 0 beyond what is read."""
    found = candidates(hits)
    read = [candidate for candidate in found if candidate.rank < MAX_READ]
    described = reader.describe()
    spans = dict(zip(read, margins(question, read), strict=True))
    judged = []
    for candidate in found:
        span = spans.get(candidate)
        chance = 0.0
        if span:
            margin = span.margin - described["rank_cost"] * candidate.rank
            said = shared(question, candidate.hit, lexicon)
            chance = _chance(described["scale"] * margin + described["shared"] * said + described["offset"])
        article, start, end = candidate.hit.article, candidate.unit_start, candidate.unit_end
        answer = (span.start, span.end) if span else None
        judged.append((candidate, Evidence(article, start, end, article.text[start:end], chance, answer)))
    judged.sort(key=lambda pair: (-pair[1].score, pair[0].rank, pair[0].hit.article.id, pair[0].start))
    return [evidence for _, evidence in judged]


def margins(question: str, found: Sequence[Candidate]) -> list[reader.Span]:
    """The best span of each candidate, in characters of its article, read within its whole passage."""
    if not found:
        return []
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


def shared(question: str, hit: Hit, lexicon: Lexicon) -> float:
    """The share of a question's words that stand in a passage or its title: a reader alone answers about what is not there."""
    asked = content(question, lexicon)
    return len(asked & content(f"{hit.article.title or ''} {hit.passage.text}", lexicon)) / max(len(asked), 1)


def pick(evidence: Sequence[Evidence], threshold: float, lexicon: Lexicon) -> list[Fact]:
    """One to four facts for an answer, the likeliest first, the rest as their articles have them; none below the threshold.

    A sentence that says what one before it says is no fact of its own. Sentences of other articles that bear a fact out
    support it, however likely an answer they are alone.
    """
    shown: list[Evidence] = []
    for item in evidence:
        if item.score < threshold or (shown and item.score < FURTHER * shown[0].score) or len(shown) == MAX_SENTENCES:
            break
        if not any(_overlap(item, other) or bears_out(other.text, item.text, lexicon) for other in shown):
            shown.append(item)
    support: list[list[Evidence]] = [[] for _ in shown]
    for item in evidence:
        for fact, found in zip(shown, support, strict=True):
            cited = {fact.article.id, *(other.article.id for other in found)}
            if item.article.id not in cited and bears_out(fact.text, item.text, lexicon):
                found.append(item)
                break
    facts = [Fact(fact, tuple(found)) for fact, found in zip(shown, support, strict=True)]
    return facts[:1] + sorted(
        facts[1:],
        key=lambda fact: (fact.shown.article.id != shown[0].article.id, fact.shown.article.path, fact.shown.start),
    )


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end


def _chance(log_odds: float) -> float:
    """The probability of log odds, rounded so that the last bits of a sum never decide an order."""
    return round(1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds)))), 5)
