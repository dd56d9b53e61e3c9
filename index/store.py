"""A generation of the index on disk: write, publish, verify, roll back. Opening one is `index/opened.py`.

    footnote-index/CURRENT                 the name of the generation being served, replaced atomically
    footnote-index/writer.lock             held with flock, freed when its holder dies
    footnote-index/generations/000007/     manifest.json (written last), articles.db, vectors.faiss, sentences.npy,
                                           sentence_starts.npy, keyword/

A generation is never changed once it is published, so whoever has it open is not disturbed by a writer.
"""

import fcntl
import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.embed import Embedder
from index.errors import FootnoteError, IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.sentences import SPLITTER

FORMAT = 4  # since 2 there are sentence vectors, since 3 clusters of copies, since 4 sentences are pooled from their passage
DEFAULT_FOLDER = "footnote-index"
CANARIES = ("The council voted on Tuesday to close the bridge.", "Où est passé le budget de 7 000 euros ?")

FileSum = tuple[int, str]  # bytes, SHA-256


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself. `files` has the sum of each file; `snapshot` names the content."""

    format: int
    snapshot: str
    created: str
    splitter: str
    roots: list[str]
    counts: dict[str, int]
    embedder: str
    embedder_fingerprint: str
    dimension: int
    window: int
    canaries: list[list[float]]
    files: dict[str, FileSum]


def current(folder: Path) -> Path:
    """The folder of the generation being served. Raises IndexMissing when there is none, IndexDamaged for nonsense."""
    file = folder / "CURRENT"
    try:
        name = file.read_bytes().decode("ascii", "backslashreplace").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        mend = shlex.join(["footnote", "index", "FOLDER", "--index", str(folder)])
        raise IndexMissing(f"No index in {str(folder)!r}.", next_step=mend) from error
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    else:
        if name.isdigit():
            return folder / "generations" / name
        problem = f"holds {name[:40]!r}, not a generation"
    raise IndexDamaged(f"{str(file)!r} {problem}.", next_step=mend_command(folder, remains(folder).roots))


def read_manifest(folder: Path, generation: Path) -> Manifest:
    """A generation's account of itself. Raises IndexDamaged, or IndexMismatch for another format."""
    try:
        fields = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
        version = fields["format"]
        if version == FORMAT:
            if fields.pop("checksum") != _checksum(fields):
                raise ValueError("altered")
            fields["files"] = {name: (size, digest) for name, (size, digest) in fields["files"].items()}
            return Manifest(**fields)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise IndexDamaged(
            f"The manifest of {str(generation)!r} is missing or altered.",
            next_step=mend_command(folder, remains(folder).roots),
        ) from error
    raise IndexMismatch(
        f"The index in {str(folder)!r} has format {version!r}; this version reads {FORMAT}.",
        next_step=mend_command(folder, remains(folder).roots),
    )


@dataclass(frozen=True, slots=True)
class Remains:
    """What a damaged index was made of, as far as any of its manifests still tells."""

    roots: tuple[str, ...] = ()
    embedder: str | None = None


def remains(folder: Path) -> Remains:
    """Find what an index was made of in the newest manifest that can be parsed, of whatever format. It never raises."""
    for generation in reversed(_generations(folder)):
        try:
            fields = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
            roots, embedder = fields["roots"], fields["embedder"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(embedder, str) and isinstance(roots, list) and all(isinstance(root, str) for root in roots):
            return Remains(tuple(roots), embedder)
    return Remains()


def verify(folder: Path, generation: Path, manifest: Manifest) -> None:
    """Compare every file with its recorded size and SHA-256: libraries notice a file cut short, not a flipped bit."""
    for name, (size, digest) in sorted(manifest.files.items()):
        file = generation / name
        actual = file.stat().st_size if file.is_file() else None
        problem = None
        if actual != size:
            problem = "is missing" if actual is None else f"has {actual} bytes instead of {size}"
        elif _sha256(file) != digest:
            problem = "was altered (its SHA-256 differs)"
        if problem:
            mend = mend_command(folder, manifest.roots)
            raise IndexDamaged(f"The index file {str(file)!r} {problem}.", next_step=mend)


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the one right to write. Raises IndexBusy at once when another process holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "writer.lock").open("a+")
    except OSError as error:
        raise UsageError(f"No index can be written in {str(folder)!r}: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexBusy(
                f"Another process is writing the index in {str(folder)!r}.",
                next_step="the same command when it is done",
            ) from error
        yield


@contextmanager
def new_generation(folder: Path) -> Iterator[Path]:
    """Give an empty folder for the next generation, and take it away again if making it fails. Needs the writer's lock."""
    (folder / "generations").mkdir(parents=True, exist_ok=True)
    for leftover in _generations(folder):
        if not (leftover / "manifest.json").exists():  # a writer died here
            shutil.rmtree(leftover)
    number = max((int(path.name) for path in _generations(folder)), default=0) + 1
    generation = folder / "generations" / f"{number:06d}"
    generation.mkdir()
    try:
        yield generation
    except BaseException:
        if not _is_served(folder, generation):  # an interrupt may come right after CURRENT was swung
            shutil.rmtree(generation, ignore_errors=True)
        raise


def publish(folder: Path, generation: Path, manifest: Manifest) -> None:
    """Write the manifest, get everything to the disk, and swing CURRENT; only the generation served until now is kept."""
    fields = asdict(manifest)
    _write_durably(generation / "manifest.json", json.dumps({**fields, "checksum": _checksum(fields)}, indent=1))
    for path in [*sorted(generation.rglob("*")), generation, generation.parent]:
        _fsync(path)
    kept = [generation, *(old for old in _generations(folder) if _is_served(folder, old))]
    _serve(folder, generation)
    for old in _generations(folder):
        if old not in kept:
            shutil.rmtree(old, ignore_errors=True)


def rollback(folder: Path) -> Path:
    """Serve the generation before the current one again. Raises IndexMissing when there is none that is whole."""
    current(folder)  # where there is no index, not even a lock is made
    with writer_lock(folder):
        served = current(folder)
        for generation in reversed(_generations(folder)):
            if generation.name < served.name and (generation / "manifest.json").exists():
                verify(folder, generation, read_manifest(folder, generation))
                _serve(folder, generation)
                return generation
    raise IndexMissing(
        f"No generation before {served.name} in {str(folder)!r}.", next_step=mend_command(folder, remains(folder).roots)
    )


def file_sums(generation: Path) -> dict[str, FileSum]:
    """Size and SHA-256 of every file of a generation that has no manifest yet."""
    return {
        path.relative_to(generation).as_posix(): (path.stat().st_size, _sha256(path))
        for path in sorted(generation.rglob("*"))
        if path.is_file() and not path.name.startswith(".tantivy-")  # lock files, empty
    }


def snapshot_of(article_ids: Sequence[str], fingerprint: str) -> str:
    """Name content by content: a SHA-256 over article ids, splitter and model, first sixteen hex digits."""
    named = json.dumps([FORMAT, SPLITTER, fingerprint, sorted(article_ids)])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def canary_vectors(embedder: Embedder) -> list[list[float]]:
    """The canaries' vectors, rounded for the manifest."""
    return [[round(float(value), 6) for value in vector] for vector in embedder.encode(CANARIES)]


def mend_command(folder: Path, roots: Sequence[str]) -> str:
    """The command that makes an index anew from the folders it was made of, to paste into a shell.

    >>> mend_command(Path("my index"), ["/news"])
    "footnote index /news --index 'my index'"
    """
    return shlex.join(["footnote", "index", *(roots or ["FOLDER"]), "--index", str(folder)])


def _generations(folder: Path) -> list[Path]:
    try:
        found = [path for path in (folder / "generations").iterdir() if path.name.isdigit() and path.is_dir()]
    except OSError:
        return []
    return sorted(found, key=lambda path: int(path.name))


def _checksum(fields: dict[str, Any]) -> str:
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _serve(folder: Path, generation: Path) -> None:
    fresh = folder / "CURRENT.new"
    try:
        _write_durably(fresh, generation.name + "\n")
        os.replace(fresh, folder / "CURRENT")
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _fsync(folder)


def _is_served(folder: Path, generation: Path) -> bool:
    try:
        return current(folder) == generation
    except FootnoteError:
        return False


def _write_durably(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
