"""What flows through the index: Article -> Passage -> Hit. Records are frozen and gain no fields later."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as stored; every offset anywhere in Footnote refers to `text`.

    `id` is sixteen hex digits of a SHA-256 over all other fields, so it changes when anything in the article does.
    `path` is the file's place below the indexed folder, with `#n` for the n-th record of a file that holds several.
    Dates are ISO 8601 as precise as the source gave them (`2021-07-06` or `2021-07-06T10:00:00+00:00`); unknown is None.
    """

    id: str
    path: str
    text: str
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    updated: str | None = None
    author: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole consecutive sentences of one article: `article.text[start:end] == text`, exactly.

    `id` is `<article id>:<ordinal>`; `start` and `end` count characters (code points).
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, and how well: higher is better, comparable within one search only."""

    passage: Passage
    article: Article
    score: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or one record of it (`line`, counted from 1), that could not be read, and why, in a reader's words."""

    path: str
    line: int | None
    reason: str
