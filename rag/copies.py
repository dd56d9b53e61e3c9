"""Copies of one text among the articles: counted once, and the later version of a sentence before the one it corrects.

Which articles are copies is found when they are indexed (`index/cluster.py`). Here single sentences are compared: a copy
that was cut may lack the words that are cited, and one that was corrected has other figures in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from index.cluster import shingles
from index.opened import Index
from index.records import Article, Hit
from index.sentences import spans
from rag.agree import figures, names
from rag.evidence import quotable_unit
from rag.lexicon import Lexicon
from rag.records import Evidence, Filters

SAME = 0.5  # Jaccard of word pairs from which two quotes are one text in two places: an eighth of the words may differ
COVERED = 0.6  # share of a passage's shingles in better hits of its copies, from which it tells nothing new


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of articles in an index, of those that the filters leave."""

    index: Index
    filters: Filters

    def clusters(self, articles: Sequence[Article]) -> dict[str, str]:
        """The cluster of each article, by its id."""
        return self.index.articles.clusters(article.id for article in articles)

    def carrying(self, cited: Evidence) -> list[Article]:
        """The copies of an article that carry the cited words, with the same figures."""
        found = (self._counterpart(cited, article) for article in self._copies(cited.article))
        return [each.article for each in found if each is not None and figures(each.text) == figures(cited.text)]

    def latest(self, cited: Evidence) -> tuple[Evidence, tuple[Evidence, ...]]:
        """The newest version of a sentence, and the versions with other figures that it supersedes, newest first.

        A version without a date supersedes nothing and is not superseded, since nobody knows which came first.
        """
        others = [self._counterpart(cited, article) for article in self._copies(cited.article)]
        versions = [cited, *(each for each in others if each is not None)]
        newest = cited
        for each in versions:
            if later(each.article, newest.article):
                newest = each
        right = figures(newest.text)
        older = [each for each in versions if figures(each.text) != right and later(newest.article, each.article)]
        older.sort(key=lambda each: (moment(each.article), each.article.id), reverse=True)
        return cited if figures(cited.text) == right else newest, tuple(older)

    def _copies(self, article: Article) -> list[Article]:
        return [each for each in self.index.articles.copies(article.id) if passes(each, self.filters)]

    def _counterpart(self, cited: Evidence, article: Article) -> Evidence | None:
        """What an article says in place of the cited words: its sentences most like them, if they are like enough."""
        whole = article.text.find(cited.text)
        if whole >= 0:
            return Evidence(article, whole, whole + len(cited.text), cited.text, cited.score)
        wanted = word_pairs(cited.text, self.index.lexicon)
        sentences = spans(article.text)
        best: tuple[float, int, tuple[int, int]] | None = None
        for number in range(len(sentences)):
            start, end = quotable_unit(article, sentences, number) or sentences[number]
            like = jaccard(wanted, word_pairs(article.text[start:end], self.index.lexicon))
            if like >= SAME and (best is None or like > best[0]):
                best = like, number, (start, end)
        if best is None:
            return None
        start, end = best[2]
        return Evidence(article, start, end, article.text[start:end], cited.score)


def once(hits: Sequence[Hit], index: Index) -> list[Hit]:
    """The hits without those whose words a better hit of another copy of the same text has already, names and figures too."""
    clusters = index.articles.clusters(dict.fromkeys(hit.article.id for hit in hits))
    kept: list[Hit] = []
    said: dict[str, dict[str, set[str]]] = {}  # by cluster and article: the shingles of the hits that are kept
    held: dict[str, set[str]] = {}  # by cluster: their names and figures
    for hit in hits:
        cluster = clusters.get(hit.article.id, hit.article.id)
        told, known = said.setdefault(cluster, {}), held.setdefault(cluster, set())
        own, particulars = shingles(hit.passage.text), figures(hit.passage.text) | names(hit.passage.text)
        others = set().union(*(words for article_id, words in told.items() if article_id != hit.article.id))
        if not own or not particulars <= known or len(own & others) < COVERED * len(own):
            kept.append(hit)
            known |= particulars
            told.setdefault(hit.article.id, set()).update(own)
    return kept


def passes(article: Article, filters: Filters) -> bool:
    """Whether an article is among those that a search was narrowed to."""
    day = (article.published or "")[:10]
    in_time = bool(filters.undated) if not day else (filters.after or "") <= day <= (filters.before or "9")
    dated = bool(filters.after or filters.before)
    return (in_time or not dated) and not (filters.outlets and article.outlet not in filters.outlets)


def moment(article: Article) -> str:
    """When an article was last said to be right, as far as it tells: its update, else its publication, else nothing."""
    return article.updated or article.published or ""


def later(one: Article, other: Article) -> bool:
    """Whether an article is known to be later than another: by the time where both tell it with its offset, else by the day."""
    first, second = moment(one), moment(other)
    if not first or not second:
        return False
    moments = [datetime.fromisoformat(each) for each in (first, second)]
    if all(each.tzinfo for each in moments):
        return moments[0] > moments[1]
    return first[:10] > second[:10]


def word_pairs(text: str, lexicon: Lexicon) -> set[tuple[str, str]]:
    """The pairs of words that follow one another."""
    return set(pairwise(lexicon.stems(text)))


def jaccard(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    """The share of what two sets have together that both have."""
    return len(one & other) / len(one | other) if one and other else 0.0
