"""Facts -> answer sentences and numbered citations: the exact words of each article, each wire copy counted once."""

from collections.abc import Sequence
from itertools import pairwise

from index.records import Article
from rag.extract import Fact
from rag.lexicon import Lexicon
from rag.records import AlsoIn, Citation, Evidence, Nearest, Sentence

MAX_SOURCES = 4  # cited for one sentence, copies not counted
COPY = 0.5  # Jaccard of word pairs from which two quotes are one text in two places: an eighth of the words may differ


def cite(facts: Sequence[Fact], lexicon: Lexicon) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Say each fact in its source's own words, with a number for every independent source.

    A source that carries nearly the same words as one already cited for the fact is named in `also_in`, not counted again.
    """
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for fact in facts:
        numbers = []
        for original, copies in _texts(fact, lexicon)[:MAX_SOURCES]:
            citations.append(citation(len(citations) + 1, original, copies))
            numbers.append(len(citations))
        sentences.append(Sentence(" ".join(fact.shown.text.split()), "quoted", tuple(numbers)))
    return tuple(sentences), tuple(citations)


def nearest(articles: Sequence[Article], limit: int = 3) -> tuple[Nearest, ...]:
    """The first few different articles, as places to look and not as sources."""
    distinct = list({article.id: article for article in articles}.values())[:limit]
    return tuple(Nearest(a.id, a.title, a.outlet, a.published, a.url, a.path) for a in distinct)


def _texts(fact: Fact, lexicon: Lexicon) -> list[tuple[Evidence, list[Article]]]:
    found: list[tuple[Evidence, list[Article]]] = []
    for item in (fact.shown, *fact.support):
        pairs = _pairs(item, lexicon)
        for original, copies in found:
            known = _pairs(original, lexicon)
            if pairs and len(pairs & known) >= COPY * len(pairs | known):
                copies.append(item.article)
                break
        else:
            found.append((item, []))
    return found


def _pairs(item: Evidence, lexicon: Lexicon) -> set[tuple[str, str]]:
    return set(pairwise(lexicon.stems(item.text)))


def citation(number: int, item: Evidence, copies: Sequence[Article]) -> Citation:
    """The numbered citation of a span of an article; `copies` are articles that carry its words, too."""
    article = item.article
    also_in = tuple(AlsoIn(a.id, a.title, a.outlet, a.published, a.url, a.path) for a in copies)
    return Citation(
        number, item.text, item.start, item.end, article.id, article.title, article.outlet, article.published,
        article.url, article.path, also_in,
    )  # fmt: skip
