"""Facts -> answer sentences and numbered citations: the exact words of each article, each wire copy counted once."""

from collections.abc import Sequence

from index.records import Article
from rag.copies import SAME, Copies, jaccard, word_pairs
from rag.extract import Fact
from rag.lexicon import Lexicon
from rag.records import AlsoIn, Citation, Evidence, Nearest, Sentence, Superseded

MAX_SOURCES = 4  # cited for one sentence, copies not counted


def cite(
    facts: Sequence[Fact], lexicon: Lexicon, copies: Copies | None = None
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Say each fact in its source's own words, with a number for every independent source.

    A source that carries nearly the same words as one already cited for the fact is named in `also_in`, not counted again; so
    are the `copies` of its article that carry them, whether or not a search found them.
    """
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for fact in facts:
        numbers: list[int] = []
        for original, also in _texts([fact.shown, *fact.support], lexicon, copies)[:MAX_SOURCES]:
            citations.append(citation(len(citations) + 1, original, also, () if numbers else fact.older))
            numbers.append(len(citations))
        sentences.append(Sentence(" ".join(fact.shown.text.split()), "quoted", tuple(numbers)))
    return tuple(sentences), tuple(citations)


def updated(facts: Sequence[Fact], copies: Copies) -> list[Fact]:
    """The facts as the latest versions of their stories have them; what bore out old figures does not bear out the new."""
    found: list[Fact] = []
    for fact in facts:
        shown, older = copies.latest(fact.shown)
        if not any(shown.text == other.shown.text for other in found):
            found.append(Fact(shown, fact.support if shown == fact.shown else (), older))
    return found


def nearest(articles: Sequence[Article], limit: int = 3) -> tuple[Nearest, ...]:
    """The first few different articles, as places to look and not as sources."""
    distinct = list({article.id: article for article in articles}.values())[:limit]
    return tuple(Nearest(a.id, a.title, a.outlet, a.published, a.url, a.path) for a in distinct)


def _texts(items: Sequence[Evidence], lexicon: Lexicon, copies: Copies | None) -> list[tuple[Evidence, list[Article]]]:
    found: list[tuple[Evidence, list[Article]]] = []
    told: set[str] = set()  # articles that are cited or named
    clusters = copies.clusters([item.article for item in items]) if copies else {}
    for item in items:
        if item.article.id in told:
            continue
        told.add(item.article.id)
        pairs, cluster = word_pairs(item.text, lexicon), clusters.get(item.article.id)
        for original, also in found:
            one_story = cluster is not None and clusters[original.article.id] == cluster
            if one_story or jaccard(pairs, word_pairs(original.text, lexicon)) >= SAME:
                also.append(item.article)
                break
        else:
            also = []
            found.append((item, also))
        if copies:
            also += [article for article in copies.carrying(item) if article.id not in told]
        told |= {article.id for article in also}
    return found


def citation(number: int, item: Evidence, copies: Sequence[Article], older: Sequence[Evidence] = ()) -> Citation:
    """The numbered citation of a span of an article; `copies` carry its words, too, `older` versions said something else."""
    article = item.article
    also_in = tuple(AlsoIn(a.id, a.title, a.outlet, a.published, a.url, a.path) for a in copies)
    supersedes = tuple(
        Superseded(
            each.text, each.start, each.end, each.article.id, each.article.title, each.article.outlet, each.article.published,
            each.article.url, each.article.path,
        )
        for each in older
    )  # fmt: skip
    return Citation(
        number, item.text, item.start, item.end, article.id, article.title, article.outlet, article.published,
        article.url, article.path, also_in, supersedes,
    )  # fmt: skip
