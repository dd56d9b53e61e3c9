"""Articles that readers add on the page: taken from files and zips, kept beside the index, indexed while the old one serves.

A zip is read member by member and never unpacked by its own names: only the last part of a name is used, cleaned; sizes are
counted while reading, whatever the zip says of them. Whatever fails, the archive and what was added before stay as they were.
"""

import logging
import os
import re
import shutil
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

from index.build import SyncReport, sync
from index.errors import IndexBusy, UsageError
from index.opened import open_index
from index.read import MAX_BYTES, READERS, read
from index.records import Skipped
from ui.shelf import Shelf
from ui.status import UPLOADS

if TYPE_CHECKING:
    from index.write import Progress

MOST_FILES = 200  # at once, those of a zip counted
MOST_BYTES = 10 * MAX_BYTES  # at once, unpacked
_CHUNK = 2**16
_NAME_LENGTH = 100

_log = logging.getLogger("footnote")


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: `stage` is "reading" or "embedding", as `index` calls them."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: names that are new, what was not taken and why, and `failed` in words when nothing was changed."""

    added: tuple[str, ...] = ()
    problems: tuple[Skipped, ...] = ()
    failed: str | None = None


def safe_name(name: str) -> str:
    r"""The last part of a name, of letters, digits and what is harmless between them.

    >>> safe_name("../../etc/pass wd.txt"), safe_name("C:\\x\\<b>.html"), safe_name("...")
    ('pass wd.txt', 'b.html', 'article')
    """
    last = re.split(r"[\\/]", name)[-1]
    stem, dot, suffix = re.sub(r"[^\w .()-]", "", last).strip(" .").rpartition(".")
    stem = stem[:_NAME_LENGTH].strip(" .-")
    return f"{stem or 'article'}{dot}{suffix[:10]}" if dot else (suffix[:_NAME_LENGTH] or "article")


def take(files: Sequence[Path], staging: Path) -> tuple[list[Path], list[Skipped]]:
    """Copy what can be read of some files and zips into a folder; and say what could not be taken, and why."""
    taken: list[Path] = []
    problems: list[Skipped] = []
    left = MOST_BYTES
    for name, opened in _members(files, problems):
        if len(taken) >= MOST_FILES:
            problems.append(Skipped(name, None, f"more than {MOST_FILES} files at once"))
            break
        target = _free(staging, safe_name(name))
        try:
            with opened() as source, target.open("wb") as out:
                size = _copy(source, out, min(left, MAX_BYTES))
        except (OSError, RuntimeError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error):
            target.unlink(missing_ok=True)
            problems.append(Skipped(name, None, "it is damaged or locked with a password"))
            continue
        if size is None:
            target.unlink()
            whole = left <= MAX_BYTES
            reason = f"more than {MOST_BYTES // 2**20} MB at once" if whole else f"over {MAX_BYTES // 2**20} MB"
            problems.append(Skipped(name, None, reason))
            if whole:
                break
            continue
        left -= size
        taken.append(target)
    return taken, problems


def add(shelf: Shelf, files: Sequence[Path]) -> Iterator[Step | Done]:
    """Add files to the archive and serve the new index when it is whole; `Done` comes last."""
    kept = shelf.folder / UPLOADS
    with _staging(kept) as staging:
        taken, problems = take(files, staging)
        held = [file for file in kept.iterdir() if file.is_file()]
        fresh, placed = [], list[Path]()
        for file in taken:
            if any(_equal(file, other) for other in held):
                problems.append(Skipped(file.name, None, "it is there already"))
            else:
                fresh.append(file)
        for file in fresh:
            placed.append(_free(kept, file.name))
            file.rename(placed[-1])
        if not placed:
            yield Done(problems=tuple(problems))
            return
        report, failed = yield from _synced(shelf, kept)
        if report is None:
            problems += [each for file in placed for each in read(file.name, file.read_bytes())[1]]
            for file in placed:
                file.unlink(missing_ok=True)
            yield Done(problems=tuple(problems), failed=failed)
            return
        names = {file.name for file in placed}
        problems += [each for each in report.skipped if each.path in names]
        yield Done(tuple(file.name for file in placed), tuple(problems))


def remove(shelf: Shelf, name: str) -> Iterator[Step | Done]:
    """Take an added file out of the archive again; `Done` comes last."""
    kept = shelf.folder / UPLOADS
    if name not in added(shelf.folder):
        yield Done(failed=shelf.texts.left_as_was)
        return
    with _staging(kept) as staging:
        (kept / name).rename(staging / name)
        report, failed = yield from _synced(shelf, kept)
        if report is None:
            (staging / name).rename(kept / name)
        yield Done(failed=failed)


def added(folder: Path) -> list[str]:
    """The names of the files that were added on the page."""
    kept = folder / UPLOADS
    files = kept.iterdir() if kept.is_dir() else ()
    return sorted(file.name for file in files if file.is_file() and file.suffix.lower() in READERS)


def _synced(shelf: Shelf, kept: Path) -> Generator[Step, None, tuple[SyncReport | None, str | None]]:
    """Index what is kept and serve it, in a thread that goes on if nobody waits; gives the report, or None and why not."""
    steps: SimpleQueue[Step | SyncReport | Exception] = SimpleQueue()
    embedder = shelf.index.embedder

    def run(progress: "Progress") -> None:
        try:
            report = sync([kept], shelf.folder, embedder=embedder, progress=progress)
            index = open_index(shelf.folder, embedder=embedder)
            shelf.serve(index)
            steps.put(report)
        except Exception as error:  # told below, in the thread of the one who waits
            steps.put(error)

    threading.Thread(target=run, args=(lambda stage, done, total: steps.put(Step(stage, done, total)),), daemon=True).start()
    while isinstance(step := steps.get(), Step):
        yield step
    if isinstance(step, Exception):
        if isinstance(step, IndexBusy):
            return None, shelf.texts.writing
        if not isinstance(step, UsageError):
            _log.error("Articles could not be added or removed.", exc_info=step)
        return None, shelf.texts.left_as_was
    return step, None


def _members(files: Sequence[Path], problems: list[Skipped]) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Every file, and every file of every zip, by name, with what opens it; what no reader knows is a problem."""
    for file in files:
        if file.suffix.lower() != ".zip":
            if file.suffix.lower() in READERS:
                yield file.name, lambda file=file: file.open("rb")  # type: ignore[misc]
            else:
                problems.append(Skipped(file.name, None, "not a kind of file that can be read"))
            continue
        try:
            packed = zipfile.ZipFile(file)
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
            problems.append(Skipped(file.name, None, "it is no zip, or it is damaged"))
            continue
        with packed:
            for member in packed.infolist():
                name = member.filename
                if member.is_dir() or name.startswith("__MACOSX/") or re.split(r"[\\/]", name)[-1].startswith("."):
                    continue
                if Path(name).suffix.lower() in READERS:
                    yield name, lambda packed=packed, member=member: packed.open(member)  # type: ignore[misc]
                elif len(problems) < MOST_FILES:
                    problems.append(Skipped(name, None, "not a kind of file that can be read"))


def _copy(source: IO[bytes], out: IO[bytes], most: int) -> int | None:
    """Copy up to `most` bytes, counted as they come; None when there are more."""
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > most:
            return None
        out.write(chunk)
    return size


def _free(folder: Path, name: str) -> Path:
    """A place of that name, numbered when it is taken."""
    path, number = folder / name, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path


def _equal(one: Path, other: Path) -> bool:
    return one.suffix == other.suffix and one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


class _staging:
    """A hidden folder beside what is kept, which no index reads; gone at the end."""

    def __init__(self, kept: Path) -> None:
        kept.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=".coming-", dir=kept))

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
