"""Whether the words that a sentence cites bear it out; if not, what is wrong, in words for a reader.

Every number, date, name and quoted string of the sentence has to occur in the cited words, nothing may be turned round, and the
two have to be close in meaning. What stands beside the quote - outlet, title, the day it was published - may be used, too. It
compares forms and vectors and does not reason: `docs/verification.md` has how often it is right.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from index.embed import Vectors
from index.records import Article
from rag import forms
from rag.lexicon import Lexicon
from rag.polarity import turned
from rag.records import Evidence

# Fitted by `python -m evals.benchmarks.verification` on one half of its sentences; its figures are of the other half.
MEANING = 0.4  # least cosine of sentence and cited words


class Encoder(Protocol):
    """What gives texts vectors of length one; an `Embedder` does."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension)."""
        ...


def unborne(sentence: str, cited: Sequence[Evidence], *, embedder: Encoder, lexicon: Lexicon) -> str | None:
    """What the cited words do not bear out of a sentence, as a clause for a reader; None when they bear it out."""
    if not cited:
        return "it names no source"
    text = " ".join(evidence.text for evidence in cited)
    articles = list({evidence.article.id: evidence.article for evidence in cited}.values())
    return (
        _numbers(sentence, text, articles)
        or _dates(sentence, text, articles)
        or _quotes(sentence, text, articles)
        or _names(sentence, text, articles)
        or turned(sentence, text, lexicon)
        or _meaning(sentence, text, embedder)
    )


def _numbers(sentence: str, text: str, articles: Sequence[Article]) -> str | None:
    held = forms.numbers(text) | {str(year) for year in _years(text, articles)}
    held |= {number for article in articles for number in forms.numbers(article.title or "")}
    missing = sorted(forms.numbers(sentence) - held)
    return f"the number {missing[0]} is not in what it cites" if missing else None


def _dates(sentence: str, text: str, articles: Sequence[Article]) -> str | None:
    published = {_published(article) for article in articles} - {None}
    held = forms.dates(text) | published
    for date in sorted(forms.dates(sentence), key=str):
        if not any(other is not None and _covers(date, other, _years(text, articles)) for other in held):
            return f"the date {_written(date)} is not in what it cites"
    return None


def _covers(date: forms.Date, other: forms.Date, years: frozenset[int]) -> bool:
    if date.month != other.month or (date.day is not None and date.day != other.day):
        return False
    return date.year is None or date.year == other.year or (other.year is None and date.year in years)


def _years(text: str, articles: Sequence[Article]) -> frozenset[int]:
    return forms.years(text) | {date.year for article in articles if (date := _published(article)) and date.year}


def _published(article: Article) -> forms.Date | None:
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", article.published or "")
    return forms.Date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _quotes(sentence: str, text: str, articles: Sequence[Article]) -> str | None:
    titles = " ".join(article.title or "" for article in articles)
    for quote in forms.quotes(sentence):
        if not forms.quote_occurs(quote, text) and not forms.quote_occurs(quote, titles):
            return f"the words “{quote[:80]}” are not in what it cites"
    return None


def _names(sentence: str, text: str, articles: Sequence[Article]) -> str | None:
    beside = " ".join(part for article in articles for part in (article.title, article.outlet, article.author) if part)
    whole = f"{text} {beside}"
    for name in forms.names(sentence):
        if not forms.name_occurs(name, whole):
            return f"the name {' '.join(name)} is not in what it cites"
    return None


def _meaning(sentence: str, text: str, embedder: Encoder) -> str | None:
    one, other = embedder.encode([sentence, text])
    return None if float(one @ other) >= MEANING else "what it cites says something else"


def _written(date: forms.Date) -> str:
    return "-".join(f"{part:02d}" for part in (date.year, date.month, date.day) if part is not None)
