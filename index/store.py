"""A generation of the index on disk: write, publish, verify, roll back. Opening one is `index/opened.py`.

    footnote-index/CURRENT                 the name of the generation being served, replaced atomically
    footnote-index/writer.lock             held with flock, freed when its holder dies
    footnote-index/generations/000007/     manifest.json (written last), articles.db, vectors.faiss, keyword/

A generation is never changed once it is published, so whoever has it open is not disturbed by a writer.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.embed import Embedder
from index.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing
from index.sentences import SPLITTER

FORMAT = 1
DEFAULT_FOLDER = "footnote-index"
CANARIES = ("The council voted on Tuesday to close the bridge.", "Où est passé le budget de 7 000 euros ?")
_KEPT_GENERATIONS = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself. `files` maps each file to [bytes, SHA-256]; `snapshot` names the content."""

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
    files: dict[str, list[Any]]


def current(folder: Path) -> Path:
    """The folder of the generation being served. Raises IndexMissing when there is none."""
    try:
        name = (folder / "CURRENT").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexMissing(
            f"No index in {str(folder)!r}.", next_step=f"footnote index FOLDER --index {folder}"
        ) from error
    if not name.isdigit():
        raise IndexDamaged(f"{folder / 'CURRENT'} holds {name[:40]!r}, not a generation.", next_step=mend_command(folder, []))
    return folder / "generations" / name


def read_manifest(folder: Path, generation: Path) -> Manifest:
    """A generation's account of itself. Raises IndexDamaged, or IndexMismatch for another format."""
    try:
        fields = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
        version = fields["format"]
        if version == FORMAT:
            return Manifest(**fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexDamaged(
            f"The manifest of {str(generation)!r} is missing or unreadable.", next_step=mend_command(folder, [])
        ) from error
    raise IndexMismatch(
        f"The index in {str(folder)!r} has format {version!r}; this version reads {FORMAT}.",
        next_step=mend_command(folder, fields.get("roots", [])),
    )


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
            raise IndexDamaged(f"The index file {str(file)!r} {problem}.", next_step=mend_command(folder, manifest.roots))


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the one right to write. Raises IndexBusy at once when another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise IndexBusy(
                f"Another process is writing the index in {str(folder)!r}.", next_step="the same command when it is done"
            ) from error
        yield


@contextmanager
def new_generation(folder: Path) -> Iterator[Path]:
    """Give an empty folder for the next generation, and take it away again if making it fails. Needs the writer's lock."""
    generations = folder / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.iterdir():
        if not (leftover / "manifest.json").exists():  # a writer died here
            shutil.rmtree(leftover)
    number = max((int(path.name) for path in generations.iterdir() if path.name.isdigit()), default=0) + 1
    generation = generations / f"{number:06d}"
    generation.mkdir()
    try:
        yield generation
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise


def publish(folder: Path, generation: Path, manifest: Manifest) -> None:
    """Write the manifest, get everything to the disk, swing CURRENT, and drop generations that nobody needs."""
    _write_durably(generation / "manifest.json", json.dumps(asdict(manifest), indent=1))
    for path in sorted(generation.rglob("*")):
        _fsync(path)
    _fsync(generation)
    _fsync(generation.parent)
    _serve(folder, generation)
    complete = sorted(path for path in generation.parent.iterdir() if path.name.isdigit())
    for old in complete[:-_KEPT_GENERATIONS]:
        shutil.rmtree(old, ignore_errors=True)


def rollback(folder: Path) -> Path:
    """Serve the generation before the current one again. Raises IndexMissing when there is none that is whole."""
    with writer_lock(folder):
        served = current(folder)
        for generation in sorted((folder / "generations").iterdir(), reverse=True):
            if generation.name < served.name and (generation / "manifest.json").exists():
                verify(folder, generation, read_manifest(folder, generation))
                _serve(folder, generation)
                return generation
    raise IndexMissing(f"No generation before {served.name} in {str(folder)!r}.", next_step=mend_command(folder, []))


def file_sums(generation: Path) -> dict[str, list[Any]]:
    """Size and SHA-256 of every file of a generation that has no manifest yet."""
    return {
        path.relative_to(generation).as_posix(): [path.stat().st_size, _sha256(path)]
        for path in sorted(generation.rglob("*"))
        if path.is_file() and not path.name.startswith(".tantivy")  # lock files, empty
    }


def snapshot_of(article_ids: Sequence[str], fingerprint: str) -> str:
    """Name content by content: a SHA-256 over article ids, splitter and model, first sixteen hex digits."""
    named = json.dumps([FORMAT, SPLITTER, fingerprint, sorted(article_ids)])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def canary_vectors(embedder: Embedder) -> list[list[float]]:
    """The canaries' vectors, rounded for the manifest."""
    return [[round(float(value), 6) for value in vector] for vector in embedder.encode(CANARIES)]


def mend_command(folder: Path, roots: Sequence[str]) -> str:
    """The command that makes an index anew from the folders it was made of."""
    return f"footnote index {' '.join(roots) or 'FOLDER'} --index {folder}"


def _serve(folder: Path, generation: Path) -> None:
    _write_durably(folder / "CURRENT.new", generation.name + "\n")
    os.replace(folder / "CURRENT.new", folder / "CURRENT")
    _fsync(folder)


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
