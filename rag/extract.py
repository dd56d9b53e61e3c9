"""The answerer that needs no language model: which of the sources' own sentences answer, and how likely each one does.

The seam: whatever gives candidate sentences their probability may stand in for `judge`. What is then cited, joined and
refused does not depend on it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.keyword import KeywordIndex
from index.opened import Index
from index.records import Hit
from rag import reader
from rag.agree import bears_out
from rag.evidence import Candidate, candidates
from rag.lexicon import Lexicon, content, content_sequence
from rag.records import Evidence
from rag.spelling import vocabulary

NAME = "sentences"
WITHOUT_READER = "sentences, without the reader"
MAX_READ = 8  # passages read with the question, about 20 ms each on two cores
MAX_SENTENCES = 4
# A further sentence has to be nearly as likely an answer as the first: a reader asked for the answer, not for the story.
FURTHER = 0.5
_ALSO = re.compile(r"\b(?:also|in addition|as well)\b(?! as\b)", re.IGNORECASE)
_NAME = re.compile(r"(?<=\s)[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Fact:
    """What one answer sentence says, and the other articles' sentences that say the same; the first is shown.

    `older` is what earlier versions of the same story said instead, with other figures, newest first.
    """

    shown: Evidence
    support: tuple[Evidence, ...]
    older: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Odds:
    """Log odds that a sentence answers, of four numbers and an `offset`.

    They are the reader's `margin`, the `rank` of the sentence's passage, how `near` the passage is to the question by the
    score of the search, and how many of the question's names its article lacks, `missing`.
    Fitted by `rag/training/calibrate.py`; below a chance of `threshold` nothing is answered.
    """

    margin: float
    rank: float
    near: float
    missing: float
    offset: float
    threshold: float = 0.5

    def chance(self, margin: float, rank: float, near: float, missing: float) -> float:
        """The chance, rounded so that the last bits of a sum never decide an order."""
        odds = self.margin * margin + self.rank * rank + self.near * near + self.missing * missing + self.offset
        return round(1 / (1 + math.exp(-max(-50.0, min(50.0, odds)))), 5)


def fitted(*, read: bool = True) -> Odds:
    """The odds that ship: of the reader's margins, or of likenesses alone."""
    described = reader.describe()["reader" if read else "likeness"]
    return Odds(**{name: described[name] for name in Odds.__slots__})


def judge(question: str, hits: Sequence[Hit], index: Index, *, read: bool = True) -> list[Evidence]:
    """Every quotable sentence of the hits with the chance that it answers, likeliest first; 0 beyond what is read.

    Without `read` no sentence is read with the question: how alike the two are in meaning is all that counts.
    """
    found = candidates(hits)
    near = [candidate for candidate in found if candidate.rank < MAX_READ]
    odds = fitted(read=read)
    spans = dict(zip(near, (margins(question, near) if read else likeness(question, near, index)), strict=True))
    lacking = missing_names(question, near, index.lexicon)
    judged = []
    for candidate in found:
        span = spans.get(candidate)
        chance = (
            odds.chance(span.margin, candidate.rank, candidate.hit.score, lacking[candidate.hit.article.id]) if span else 0.0
        )
        article, start, end = candidate.hit.article, candidate.unit_start, candidate.unit_end
        answer = (span.start, span.end) if span and read else None
        judged.append((candidate, Evidence(article, start, end, article.text[start:end], chance, answer)))
    judged.sort(key=lambda pair: (-pair[1].score, pair[0].rank, pair[0].hit.article.id, pair[0].start))
    return [evidence for _, evidence in judged]


def likeness(question: str, found: Sequence[Candidate], index: Index) -> list[reader.Span]:
    """Every candidate as a whole, its margin the cosine of its vector and the question's."""
    if not found:
        return []
    texts = [candidate.hit.article.text[candidate.start : candidate.end] for candidate in found]
    asked, *vectors = index.embedder.encode([question, *texts])
    return [
        reader.Span(candidate.start, candidate.end, round(float(vector @ asked), 4))
        for candidate, vector in zip(found, vectors, strict=True)
    ]


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


def missing_names(question: str, found: Sequence[Candidate], lexicon: KeywordIndex) -> dict[str, int]:
    """How many names of a question each candidate's article lacks, by its id.

    Other words may be said in many ways, a name seldom. The first word has its capital for another reason, and what neither
    the archive nor the packaged model's vocabulary knows may be a name mistyped.
    """
    named = [match.group() for match in _NAME.finditer(question)]
    known = [name for name in named if name.lower() in vocabulary() or lexicon.holds(name)]
    names = {stem for name in known for stem in content(name, lexicon)}
    articles = {candidate.hit.article.id: candidate.hit.article for candidate in found}
    # The outlet's own name is there, too: "what does the Chronicle say" is asked of the Chronicle.
    texts = {each: f"{it.title or ''} {it.outlet or ''} {it.text}" for each, it in articles.items()}
    return {each: len(names - content(text, lexicon)) if names else 0 for each, text in texts.items()}


def shared(question: str, hit: Hit, lexicon: Lexicon) -> float:
    """The share of a question's words that stand in a passage or its title: how near the topic it is."""
    asked = content(question, lexicon)
    return len(asked & content(f"{hit.article.title or ''} {hit.passage.text}", lexicon)) / max(len(asked), 1)


def pick(evidence: Sequence[Evidence], threshold: float, lexicon: Lexicon, further: float = FURTHER) -> list[Fact]:
    """One to four facts for an answer, the likeliest first, the rest as their articles have them; none below the threshold.

    A sentence that says what one before it says is no fact of its own. Sentences of other articles that bear a fact out
    support it, however likely an answer they are alone.
    """
    shown: list[Evidence] = []
    for item in evidence:
        if item.score < threshold or (shown and item.score < further * shown[0].score) or len(shown) == MAX_SENTENCES:
            break
        if not any(overlap(item, other) or bears_out(other.text, item.text, lexicon) for other in shown):
            shown.append(item)
    if before := _said_before(shown, evidence, threshold):
        shown = [before, *(item for item in shown if item != before)][:MAX_SENTENCES]
    facts = supported(shown, evidence, lexicon)
    return facts[:1] + sorted(
        facts[1:],
        key=lambda fact: (fact.shown.article.id != shown[0].article.id, fact.shown.article.path, fact.shown.start),
    )


def _said_before(shown: Sequence[Evidence], evidence: Sequence[Evidence], threshold: float) -> Evidence | None:
    """What a first sentence with "also" in it adds to: the likeliest answer that stands before it in its article."""
    if not shown or not _ALSO.search(shown[0].text):
        return None
    lead = shown[0]
    before = [item for item in evidence if item.article.id == lead.article.id and item.end <= lead.start]
    likeliest = before[0] if before else None
    return likeliest if likeliest and likeliest.score >= threshold else None


def supported(shown: Sequence[Evidence], evidence: Sequence[Evidence], lexicon: Lexicon) -> list[Fact]:
    """Each sentence as a fact with those of other articles that bear it out; a sentence supports the first that it can."""
    support: list[list[Evidence]] = [[] for _ in shown]
    for item in evidence:
        for fact, found in zip(shown, support, strict=True):
            cited = {fact.article.id, *(other.article.id for other in found)}
            same = _same_answer(fact, item, lexicon)
            if item.article.id not in cited and bears_out(fact.text, item.text, lexicon, same_answer=same):
                found.append(item)
                break
    return [Fact(fact, tuple(found)) for fact, found in zip(shown, support, strict=True)]


def _same_answer(one: Evidence, other: Evidence, lexicon: Lexicon) -> bool:
    """Whether the reader pointed at the same words in both."""
    if one.answer is None or other.answer is None:
        return False
    mine = content_sequence(one.article.text[slice(*one.answer)], lexicon)
    return bool(mine) and mine == content_sequence(other.article.text[slice(*other.answer)], lexicon)


def overlap(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence share words of one article."""
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end
