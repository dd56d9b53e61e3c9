"""`sync`: make an index hold what some files and folders hold; only what changed is read, chunked and embedded."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from index import embed
from index.articles import ArticleDb, FileEntry
from index.chunk import embedded_text, passages
from index.embed import Embedder, Vectors
from index.errors import FootnoteError, IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.keyword import KeywordIndex
from index.opened import Index, open_index
from index.read import READER_VERSION, find, read
from index.records import Article, Passage, Skipped
from index.sentences import SPLITTER
from index.store import (
    DEFAULT_FOLDER,
    FORMAT,
    Manifest,
    canary_vectors,
    current,
    file_sums,
    mend_command,
    new_generation,
    publish,
    read_manifest,
    snapshot_of,
    writer_lock,
)
from index.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
_SLICE = 128  # passages between two reports of progress


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in articles: `changed` kept their path. `skipped` could not be read, now or in an earlier sync.

    `elsewhere` counts articles of folders that were not named this time and stay as they were. `rebuilt` says why the old
    index could not be built upon, if so. `generation` is unchanged when there was nothing to do.
    """

    added: int
    changed: int
    unchanged: int
    dropped: int
    elsewhere: int
    skipped: tuple[Skipped, ...]
    articles: int
    passages: int
    embedded: int
    seconds: float
    index: str
    generation: str
    rebuilt: str | None = None


def sync(
    paths: Sequence[str | Path],
    index_dir: str | Path = DEFAULT_FOLDER,
    *,
    embedder: Embedder | None = None,
    only: bool = False,
    progress: Progress | None = None,
) -> SyncReport:
    """Make the index in `index_dir` hold the articles of these files and folders, and of those it was given before.

    What is gone from below `paths` is dropped; with `only`, so is everything elsewhere. Without `embedder` the index keeps
    its own, or starts with the packaged one. The old generation is served until the new one is whole; an error leaves it as
    it was. Raises UsageError for a path that is not there and when no article is left, IndexBusy when another process writes.
    """
    started = perf_counter()
    folder = Path(index_dir)
    given = [Path(path).expanduser().resolve() for path in paths]
    sources = {root: find(root) for root in given}  # before anything is written: a bad path changes nothing
    with writer_lock(folder):
        old, rebuilt = _open_old(folder, embedder)
        known = [Path(root) for root in _roots(folder)]
        if old is None and rebuilt and not only:
            for root in known:  # their articles cannot be carried over from the old index
                if root not in sources and root.exists():
                    sources[root] = find(root)
        embedder = embedder or (old.embedder if old else embed.load())
        entries, articles, elsewhere = _read(sources, known, old, only, progress or _silent)
        if not any(entry.article_ids for entry in entries):
            reasons = "".join(f" {entry.path}: {entry.skipped[0].reason}." for entry in entries if entry.skipped)
            raise UsageError(
                f"No article could be read from {', '.join(repr(str(path)) for path in given)}.{reasons} "
                "The index is left as it was.",
                next_step="footnote index FOLDER --index " + str(folder),
            )
        roots = sorted(str(root) for root in ({*sources} if only else {*sources, *known}))
        return _write(folder, roots, old, rebuilt, entries, articles, elsewhere, embedder, progress or _silent, started)


def _open_old(folder: Path, embedder: Embedder | None) -> tuple[Index | None, str | None]:
    try:
        old = open_index(folder, embedder=embedder)
    except IndexMissing:
        return None, None
    except (IndexDamaged, IndexMismatch) as error:
        return None, error.message
    if embedder is not None and embedder.fingerprint != old.manifest.embedder_fingerprint:
        old.close()
        return None, f"The embedding model is now {embedder.name!r}; it was {old.manifest.embedder!r}."
    return old, None


def _roots(folder: Path) -> list[str]:
    try:
        return read_manifest(folder, current(folder)).roots
    except FootnoteError:
        return []


def _read(
    sources: dict[Path, list[Path]] | dict, known: Sequence[Path], old: Index | None, only: bool, progress: Progress
) -> tuple[list[FileEntry], dict[str, Article], int]:
    """Files as they are now, articles that are not in the old index, and how many articles lie elsewhere."""
    before = old.articles.files() if old else {}
    entries: dict[str, FileEntry] = {}
    articles: dict[str, Article] = {}
    elsewhere = 0
    if not only:
        for file, entry in before.items():
            if not any(Path(file).is_relative_to(root) for root in sources):
                entries[file] = entry
                elsewhere += len(entry.article_ids)
    todo = [(root, source) for root, found in sources.items() for source in found]
    for number, (root, source) in enumerate(todo):
        progress("reading", number, len(todo))
        if str(source.file) in entries:
            continue
        # A folder inside one that is indexed already keeps the longer paths, so its articles keep their ids.
        base = min((base for base in known if root.is_relative_to(base) and base.is_dir()), default=None)
        path = source.path if base is None else source.file.relative_to(base).as_posix()
        data = source.file.read_bytes()
        digest = hashlib.sha256(data + f"\0{READER_VERSION}".encode()).hexdigest()
        entry = before.get(str(source.file))
        if entry is None or (entry.sha256, entry.path) != (digest, path):
            found, skipped = read(path, data)
            articles.update({article.id: article for article in found})
            entry = FileEntry(str(source.file), path, digest, tuple(article.id for article in found), tuple(skipped))
        entries[str(source.file)] = entry
    progress("reading", len(todo), len(todo))
    return sorted(entries.values(), key=lambda entry: entry.file), articles, elsewhere


def _write(
    folder: Path,
    roots: list[str],
    old: Index | None,
    rebuilt: str | None,
    entries: list[FileEntry],
    articles: dict[str, Article],
    elsewhere: int,
    embedder: Embedder,
    progress: Progress,
    started: float,
) -> SyncReport:
    before = {article.id: article.path for article in old.articles.articles()} if old else {}
    wanted = list(dict.fromkeys(article_id for entry in entries for article_id in entry.article_ids))
    gone = [article_id for article_id in before if article_id not in set(wanted)]
    new = [articles[article_id] for article_id in wanted if article_id not in before]
    gone_paths = {before[article_id] for article_id in gone}
    changed = sum(article.path in gone_paths for article in new)
    skipped = tuple(skip for entry in entries for skip in entry.skipped)

    def report(generation: str, counts: dict[str, int], embedded: int) -> SyncReport:
        return SyncReport(
            added=len(new) - changed,
            changed=changed,
            unchanged=len(wanted) - len(new) - elsewhere,
            dropped=len(gone) - changed,
            elsewhere=elsewhere,
            skipped=skipped,
            articles=counts["articles"],
            passages=counts["passages"],
            embedded=embedded,
            seconds=perf_counter() - started,
            index=str(folder),
            generation=generation,
            rebuilt=rebuilt,
        )

    if old and not new and not gone and entries == list(old.articles.files().values()) and roots == old.manifest.roots:
        return report(old.generation, old.manifest.counts, 0)
    try:
        with new_generation(folder) as generation:
            if old:
                served = folder / "generations" / old.generation
                shutil.copy2(served / "articles.db", generation / "articles.db")
                shutil.copytree(served / "keyword", generation / "keyword", ignore=shutil.ignore_patterns(".tantivy*"))
            embedded = _change(generation, old, gone, new, entries, embedder, progress)
            db = ArticleDb(generation / "articles.db")
            counts = db.counts()
            db.close()
            manifest = Manifest(
                format=FORMAT,
                snapshot=snapshot_of(wanted, embedder.fingerprint),
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                splitter=SPLITTER,
                roots=roots,
                counts=counts,
                embedder=embedder.name,
                embedder_fingerprint=embedder.fingerprint,
                dimension=embedder.dimension,
                window=embedder.window,
                canaries=canary_vectors(embedder),
                files=file_sums(generation),
            )
            publish(folder, generation, manifest)
    except OSError as error:
        raise FootnoteError(
            f"The index in {str(folder)!r} could not be written: {error.strerror or error}. It is left as it was.",
            next_step=mend_command(folder, roots),
        ) from error
    return report(generation.name, counts, embedded)


def _change(
    generation: Path,
    old: Index | None,
    gone: Iterable[str],
    new: Sequence[Article],
    entries: Iterable[FileEntry],
    embedder: Embedder,
    progress: Progress,
) -> int:
    """Apply what changed to the copies in a new generation; gives the number of passages that had to be embedded."""
    db = ArticleDb(generation / "articles.db", writable=True)
    dropped: list[int] = []
    known: dict[str, int] = {}  # embedded text -> a row that is about to go, whose vector may be used again
    if old:
        for article in old.articles.articles(gone):
            for row, passage in old.articles.passages_of(article).items():
                dropped.append(row)
                known[embedded_text(article, passage.text)] = row
    db.remove(gone)
    row = db.next_row()
    rows: list[int] = []
    texts: list[str] = []
    keywords: list[tuple[int, str, str]] = []
    for article in new:
        chunks: list[Passage] = passages(article, embedder.count_tokens, embedder.window)
        db.add(article, chunks, row)
        for passage in chunks:
            rows.append(row)
            texts.append(embedded_text(article, passage.text))
            keywords.append((row, article.title or "", passage.text))
            row += 1
    db.replace_files(entries)
    db.commit()
    db.close()
    KeywordIndex(generation / "keyword").update(dropped, keywords)
    vectors = old.vectors if old else VectorIndex(embedder.dimension)
    reused = {text: vector for text, vector in zip(known, vectors.get(list(known.values())), strict=True)}
    fresh = [text for text in dict.fromkeys(texts) if text not in reused]
    reused.update(_encode(fresh, embedder, progress))
    vectors.remove(dropped)
    if texts:
        vectors.add(rows, np.stack([reused[text] for text in texts]))
    vectors.write(generation / "vectors.faiss")
    return len(fresh)


def _encode(texts: Sequence[str], embedder: Embedder, progress: Progress) -> dict[str, Vectors]:
    # Longest first, so that a batch holds texts of like length (padding is work) and the time left is never understated.
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    found: dict[str, Vectors] = {}
    for start in range(0, len(ordered), _SLICE):
        progress("embedding", start, len(ordered))
        part = ordered[start : start + _SLICE]
        found.update(zip(part, embedder.encode(part), strict=True))
    progress("embedding", len(ordered), len(ordered))
    return found


def _silent(stage: str, done: int, total: int) -> None:
    pass
