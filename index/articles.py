"""Articles, passages and files in one SQLite database: what the two search structures' rows stand for."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from index.cluster import Signature
from index.records import Article, Passage, Skipped

_SCHEMA = """
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT, text TEXT, title TEXT, outlet TEXT, published TEXT, updated TEXT,
                       author TEXT, url TEXT) WITHOUT ROWID;
CREATE INDEX articles_by_day ON articles (published, outlet);
CREATE INDEX articles_by_outlet ON articles (outlet, published);
CREATE TABLE passages (row INTEGER PRIMARY KEY, article_id TEXT, ordinal INTEGER, start INTEGER, "end" INTEGER);
CREATE INDEX passages_by_article ON passages (article_id, ordinal);
CREATE TABLE copies (article_id TEXT PRIMARY KEY, cluster TEXT, shingles INTEGER, signature BLOB) WITHOUT ROWID;
CREATE INDEX copies_by_cluster ON copies (cluster);
CREATE TABLE files (file BLOB PRIMARY KEY, path TEXT, sha256 TEXT, article_ids TEXT, skipped TEXT) WITHOUT ROWID;
"""
_FIELDS = attrgetter("id", "path", "text", "title", "outlet", "published", "updated", "author", "url")
_ARTICLE = "articles.id, path, text, title, outlet, published, updated, author, url"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as last read: where it is, the path shown, its SHA-256, and what came of it."""

    file: str
    path: str
    sha256: str
    article_ids: tuple[str, ...]
    skipped: tuple[Skipped, ...]


class ArticleDb:
    """One `articles.db`. Opened for reading it is immutable and may be shared between threads."""

    def __init__(self, file: Path, *, writable: bool = False) -> None:
        self._lock = threading.Lock()
        if writable:
            self._db = sqlite3.connect(file)
            # No journal: a database that is not finished is thrown away with its generation.
            self._db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        else:
            self._db = sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the database; changes since `commit` are gone."""
        self._db.close()

    def commit(self) -> None:
        """Keep what was added."""
        self._db.commit()

    def counts(self) -> dict[str, int]:
        """How many articles, passages and files there are."""
        return {name: self._rows(f"SELECT count(*) FROM {name}")[0][0] for name in ("articles", "passages", "files")}

    def paths(self) -> dict[str, str]:
        """The path of every article, by its id."""
        return dict(self._rows("SELECT id, path FROM articles ORDER BY id"))

    def articles(self, ids: Iterable[str] | None = None) -> Iterator[Article]:
        """Articles by id, in the order asked, or all of them in the order of their paths.

        Unknown ids are passed over.
        """
        if ids is None:
            for row in self._rows(f"SELECT {_ARTICLE} FROM articles ORDER BY path, id"):
                yield Article(*row)
            return
        for article_id in ids:
            for row in self._rows(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", (article_id,)):
                yield Article(*row)

    def newest(self, limit: int, offset: int = 0) -> list[Article]:
        """Articles by day of publication, the newest first and those without a date last, from the one at `offset` on."""
        query = f"SELECT {_ARTICLE} FROM articles ORDER BY published IS NULL, published DESC, path, id LIMIT ? OFFSET ?"
        return [Article(*row) for row in self._rows(query, (limit, offset))]

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """The passages of rows, each with its article."""
        found: dict[int, tuple[Passage, Article]] = {}
        for row in rows:
            query = f"""SELECT ordinal, start, "end", {_ARTICLE} FROM passages JOIN articles ON articles.id = article_id
                        WHERE row = ?"""
            for ordinal, start, end, *fields in self._rows(query, (row,)):
                article = Article(*fields)
                passage = Passage(f"{article.id}:{ordinal}", article.id, start, end, article.text[start:end])
                found[row] = (passage, article)
        return found

    def passages_of(self, article: Article) -> dict[int, Passage]:
        """An article's passages by row, in order."""
        query = 'SELECT row, ordinal, start, "end" FROM passages WHERE article_id = ? ORDER BY ordinal'
        return {
            row: Passage(f"{article.id}:{ordinal}", article.id, start, end, article.text[start:end])
            for row, ordinal, start, end in self._rows(query, (article.id,))
        }

    def rows_between(self, after: str | None, before: str | None, outlets: Sequence[str], *, undated: bool = False) -> set[int]:
        """Rows of passages published on or after, and on or before, an ISO day, by any of the outlets.

        Outlets are compared as they are stored, letter for letter: `outlets` gives the spellings there are. An article
        without a date is outside every span of dates, unless `undated` lets it in.
        """
        query, values = "SELECT row FROM passages JOIN articles ON articles.id = article_id WHERE 1", list[str]()
        for comparison, day in ((">=", after), ("<=", before)):
            if day is not None:
                query += f" AND (substr(published, 1, 10) {comparison} ?{' OR published IS NULL' if undated else ''})"
                values.append(day)
        if outlets:
            query += f" AND outlet IN ({','.join('?' * len(outlets))})"
            values += outlets
        return {row for (row,) in self._rows(query, values)}

    def undated(self, outlets: Sequence[str] = ()) -> int:
        """How many articles have no date, of all or of those by some outlets, spelled as they are stored."""
        among = f" AND outlet IN ({','.join('?' * len(outlets))})" if outlets else ""
        return int(self._rows(f"SELECT count(*) FROM articles WHERE published IS NULL{among}", list(outlets))[0][0])

    def outlets(self) -> dict[str, int]:
        """Articles by outlet, most first; those without an outlet are not counted."""
        query = "SELECT outlet, count(*) FROM articles WHERE outlet IS NOT NULL GROUP BY outlet ORDER BY 2 DESC, 1"
        return dict(self._rows(query))

    def dates(self) -> tuple[str | None, str | None, int]:
        """First and last day of publication, and how many articles have no date."""
        day = "substr(published, 1, 10)"
        query = f"SELECT min({day}), max({day}), count(*) - count(published) FROM articles"
        first, last, undated = self._rows(query)[0]
        return first, last, undated

    def clusters(self, ids: Iterable[str]) -> dict[str, str]:
        """The cluster of each article, which names the copies of one text; unknown ids are passed over."""
        query = "SELECT cluster FROM copies WHERE article_id = ?"
        return {each: cluster for each in ids for (cluster,) in self._rows(query, (each,))}

    def copies(self, article_id: str) -> list[Article]:
        """The other articles of an article's cluster, in the order of publication; those without a date come last."""
        query = f"""SELECT {_ARTICLE} FROM articles JOIN copies ON copies.article_id = articles.id
                    WHERE cluster = (SELECT cluster FROM copies WHERE article_id = ?) AND articles.id != ?
                    ORDER BY published IS NULL, published, path, articles.id"""
        return [Article(*row) for row in self._rows(query, (article_id, article_id))]

    def signatures(self) -> dict[str, Signature]:
        """What every article is compared by, by its id."""
        rows = self._rows("SELECT article_id, signature, shingles FROM copies ORDER BY article_id")
        return {article_id: Signature(values, size) for article_id, values, size in rows}

    def months(self) -> list[str]:
        """The months in which something was published, `2021-07`, in order."""
        query = "SELECT DISTINCT substr(published, 1, 7) FROM articles WHERE published IS NOT NULL ORDER BY 1"
        return [month for (month,) in self._rows(query)]

    def files(self) -> dict[str, FileEntry]:
        """Every file that was read, by where it is."""
        return {
            entry.file: entry
            for file, path, sha256, ids, skipped in self._rows("SELECT * FROM files ORDER BY file")
            for entry in [
                FileEntry(
                    file=os.fsdecode(file),
                    path=path,
                    sha256=sha256,
                    article_ids=tuple(json.loads(ids)),
                    skipped=tuple(Skipped(*fields) for fields in json.loads(skipped)),
                )
            ]
        }

    def add_files(self, entries: Iterable[FileEntry]) -> None:
        """Put in the files that were read."""
        self._db.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
            (
                (
                    os.fsencode(entry.file),  # bytes: a name need not be UTF-8
                    entry.path,
                    entry.sha256,
                    json.dumps(entry.article_ids),
                    json.dumps([astuple(skipped) for skipped in entry.skipped]),
                )
                for entry in entries
            ),
        )

    def add(self, article: Article, passages: Sequence[Passage], first_row: int) -> None:
        """Put an article in, its passages under `first_row` and the rows after it."""
        self._db.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _FIELDS(article))
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            [
                (first_row + ordinal, article.id, ordinal, passage.start, passage.end)
                for ordinal, passage in enumerate(passages)
            ],
        )

    def add_clusters(self, clusters: Mapping[str, str], signed: Mapping[str, Signature]) -> None:
        """Put in the cluster of every article and what it was found by."""
        self._db.executemany(
            "INSERT INTO copies VALUES (?, ?, ?, ?)",
            ((each, cluster, signed[each].size, signed[each].values) for each, cluster in clusters.items()),
        )

    def titled_passages(self) -> Iterator[tuple[int, str, str]]:
        """Row, title (empty if there is none) and text of every passage, in the order of rows."""
        query = """SELECT row, title, text, start, "end" FROM passages JOIN articles ON articles.id = article_id
                   ORDER BY row"""
        for row, title, text, start, end in self._db.execute(query):
            yield row, title or "", text[start:end]

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()
