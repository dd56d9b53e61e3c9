"""`sync`: make an index hold what some files and folders hold; only what changed is read, chunked and embedded."""

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from index import embed
from index.articles import FileEntry
from index.embed import Embedder
from index.errors import FootnoteError, IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.opened import Index, open_whole
from index.packaged import PACKAGED
from index.read import MAX_BYTES, READER_VERSION, Source, find, read
from index.records import Article, Skipped
from index.store import DEFAULT_FOLDER, mend_command, remains, writer_lock
from index.write import Plan, Progress, difference, write

_REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in articles: `changed` kept their path. `skipped` could not be read, now or in an earlier sync.

    `elsewhere` counts articles of folders that were not named this time and stay as they were; with `added`, `changed`
    and `unchanged` they make up `articles`. `rebuilt` says why the old index could not be built upon, if so. `generation`
    is the one served before when there was nothing to do.
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
    its own, or starts with the packaged one. The old generation is served until the new one is whole; an error leaves it
    as it was. Raises UsageError for a path that is not there and when no article is left, IndexBusy when another process
    writes, and FootnoteError when the index cannot be written.
    """
    started = perf_counter()
    folder = Path(index_dir)
    if not paths:
        raise UsageError("No file or folder was named to index.", next_step=mend_command(folder, []))
    given = {root: _find(root, folder) for root in map(_real, paths)}  # before anything is written
    with writer_lock(folder), ExitStack() as stack:
        before = _before(folder)
        if before.index is not None:
            stack.callback(before.index.close)
        embedder = embedder or embed.load(before.embedder)
        update = _gather(folder, given, before, only, progress or _silent)
        plan = Plan(folder, update.roots, update.files, update.new, before.index, embedder)
        return _publish(plan, update, progress or _silent, started)


@dataclass(frozen=True, slots=True)
class _Before:
    """What there was: the index when it is whole, and else what it was made of and what is wrong with it."""

    index: Index | None
    roots: tuple[Path, ...]
    embedder: str
    damage: str | None


@dataclass(frozen=True, slots=True)
class _Update:
    """What the files say: all of them as they are now, the articles that are new, and those of files not looked at."""

    roots: list[str]
    files: list[FileEntry]
    new: dict[str, Article]
    elsewhere: int
    rebuilt: str | None


def _before(folder: Path) -> _Before:
    try:
        index = open_whole(folder)
    except (IndexMissing, IndexDamaged, IndexMismatch) as error:
        left = remains(folder)
        damage = None if isinstance(error, IndexMissing) and not left.roots else error.message
        return _Before(None, tuple(map(Path, left.roots)), left.embedder or PACKAGED, damage)
    return _Before(index, tuple(map(Path, index.manifest.roots)), index.manifest.embedder, None)


def _gather(folder: Path, given: Mapping[Path, list[Source]], before: _Before, only: bool, progress: Progress) -> _Update:
    former = before.index.articles.files() if before.index else {}
    held = before.index.articles.paths() if before.index else {}
    known = () if only else before.roots
    # Read again: what lies below a named folder but is not found from there (it is hidden, say), and everything when
    # there is no whole index to carry articles over from.
    again = [root for root in known if before.index is None or _below(root, given)]
    lost = [root for root in again if not root.exists()]
    sources = {**given, **{root: _find(root, folder) for root in again if root not in given and root not in lost}}
    kept = {} if only else {file: entry for file, entry in former.items() if not _below(Path(file), sources)}
    roots = {*sources, *known} - {*lost}
    entries, articles = _read(sources, roots, former, progress)
    files = sorted({**kept, **entries}.values(), key=lambda entry: entry.file)
    if not any(entry.article_ids for entry in files):
        raise _nothing_to_hold(folder, given, files)
    rebuilt = before.damage
    if rebuilt and lost:
        rebuilt += f" Left out, because not there any more: {', '.join(map(str, lost))}."
    return _Update(
        roots=sorted(map(str, roots)),
        files=files,
        new={article_id: article for article_id, article in articles.items() if article_id not in held},
        elsewhere=len(_ids(kept.values()) - _ids(entries.values())),
        rebuilt=rebuilt,
    )


def _read(
    sources: Mapping[Path, list[Source]], roots: Collection[Path], former: Mapping[str, FileEntry], progress: Progress
) -> tuple[dict[str, FileEntry], dict[str, Article]]:
    """Every file as it is now, and the articles of those that are not as they were."""
    entries: dict[str, FileEntry] = {}
    articles: dict[str, Article] = {}
    todo = [(root, source) for root, found in sources.items() for source in found]
    for number, (root, source) in enumerate(todo):
        progress("reading", number, len(todo))
        file = str(source.file)
        if file in entries:
            continue
        entries[file], found = _read_file(source.file, _shown_path(root, source, roots), former.get(file))
        articles.update({article.id: article for article in found})
    progress("reading", len(todo), len(todo))
    return entries, articles


def _shown_path(root: Path, source: Source, roots: Collection[Path]) -> str:
    """The path below the outermost folder that is indexed, so that an article's id does not depend on what was named."""
    above = [top for top in roots if top != root and root.is_relative_to(top) and top.is_dir()]
    if not above:
        return source.path
    return os.fsencode(source.file.relative_to(min(above))).decode("utf-8", "replace")


def _read_file(file: Path, path: str, former: FileEntry | None) -> tuple[FileEntry, list[Article]]:
    """A file's entry, and its articles unless it is as it was. A file that cannot be opened is an entry with a reason."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)  # one more than `read` accepts: enough to be refused
    except OSError as error:
        reason = f"could not be opened: {error.strerror}"
        return FileEntry(str(file), path, "", (), (Skipped(path, None, reason),)), []
    digest = hashlib.sha256(data + f"\0{READER_VERSION}".encode()).hexdigest()
    if former is not None and (former.sha256, former.path) == (digest, path):
        return former, []
    articles, skipped = read(path, data)
    return FileEntry(str(file), path, digest, tuple(article.id for article in articles), tuple(skipped)), articles


def _publish(plan: Plan, update: _Update, progress: Progress, started: float) -> SyncReport:
    """Write what was planned, unless it is what is served already, and say what was done."""
    held = plan.old.articles.paths() if plan.old else {}
    wanted = set(plan.wanted)
    new = plan.new.values()
    gone = Counter(path for article_id, path in held.items() if article_id not in wanted)
    changed = (Counter(article.path for article in new) & gone).total()
    if plan.old is not None and not new and not gone and _is_served(plan, plan.old):
        generation, counts, embedded, anew = plan.old.generation, plan.old.manifest.counts, 0, None
    else:
        try:
            written = write(plan, progress)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise FootnoteError(
                f"The index in {str(plan.folder)!r} could not be written: {reason}. It is left as it was.",
                next_step=mend_command(plan.folder, plan.roots),
            ) from error
        generation, counts, embedded, anew = written.generation, written.counts, written.embedded, written.anew
    return SyncReport(
        added=len(new) - changed,
        changed=changed,
        unchanged=len(wanted) - len(new) - update.elsewhere,
        dropped=gone.total() - changed,
        elsewhere=update.elsewhere,
        skipped=tuple(skipped for entry in plan.files for skipped in entry.skipped),
        articles=counts["articles"],
        passages=counts["passages"],
        embedded=embedded,
        seconds=perf_counter() - started,
        index=str(plan.folder),
        generation=generation,
        rebuilt=update.rebuilt or anew,
    )


def _is_served(plan: Plan, old: Index) -> bool:
    same_files = plan.files == list(old.articles.files().values())
    return same_files and plan.roots == old.manifest.roots and difference(old.manifest, plan.embedder) is None


def _nothing_to_hold(folder: Path, given: Iterable[Path], files: Iterable[FileEntry]) -> UsageError:
    reasons = [f"{skipped.path}: {skipped.reason}." for entry in files for skipped in entry.skipped]
    shown = reasons[:_REASONS_SHOWN]
    if len(reasons) > len(shown):
        shown.append(f"And {len(reasons) - len(shown)} more.")
    names = ", ".join(repr(str(path)) for path in given)
    return UsageError(
        " ".join([f"No article could be read from {names}.", *shown, "The index is left as it was."]),
        next_step=mend_command(folder, []),
    )


def _real(path: str | Path) -> Path:
    # Not Path.resolve(), which raises RuntimeError for links that go in a circle.
    return Path(os.path.realpath(Path(path).expanduser()))


def _find(root: Path, folder: Path) -> list[Source]:
    """The files below a path, but not the index's own, which may lie there too."""
    own = _real(folder) / "generations"
    try:
        if root.is_dir():
            os.scandir(root).close()  # `find` passes over a folder that may not be listed
        found = find(root)
    except OSError as error:
        raise UsageError(f"Cannot read {str(root)!r}: {error.strerror}.") from error
    return [source for source in found if not source.file.is_relative_to(own)]


def _below(path: Path, tops: Iterable[Path]) -> bool:
    return any(path.is_relative_to(top) for top in tops)


def _ids(entries: Iterable[FileEntry]) -> set[str]:
    return {article_id for entry in entries for article_id in entry.article_ids}


def _silent(stage: str, done: int, total: int) -> None:
    pass
