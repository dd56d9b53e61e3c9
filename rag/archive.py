"""Opening an archive: the one that is named, or the sample archive that ships with Footnote."""

import atexit
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from index.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing
from index.opened import Index, open_index
from index.sentences import SPLITTER
from index.store import FORMAT

Progress = Callable[[str, int, int], None]
_TRIES, _PAUSE = 120, 0.5  # seconds


def open(folder: str | Path | None = None, *, progress: Progress | None = None) -> Index:
    """Open the index in a folder; without one, the sample archive, indexed at its first use into the user's cache.

    Raises IndexMissing, IndexDamaged or IndexMismatch, each with the command that mends it.
    """
    return open_index(folder) if folder is not None else _open_sample(progress)


def _open_sample(progress: Progress | None) -> Index:
    from platformdirs import user_cache_path

    from index.read import READER_VERSION

    with as_file(files("index.sample") / "articles") as articles:
        # One index for each text of the sample, so that an upgrade never serves the old one.
        digest = hashlib.sha256(f"{FORMAT} {SPLITTER} {READER_VERSION}".encode())
        for file in sorted(file for file in articles.rglob("*") if file.is_file()):
            digest.update(file.relative_to(articles).as_posix().encode() + b"\0" + file.read_bytes())
        cache = user_cache_path("footnote") / f"sample-{digest.hexdigest()[:12]}"
        try:
            return open_index(cache)
        except (IndexMissing, IndexDamaged, IndexMismatch):
            pass
        try:
            _index_once(articles, cache, progress)
        except OSError:
            # A cache that cannot be written costs the time of indexing at every start, not the answer.
            cache = Path(tempfile.mkdtemp(prefix="footnote-"))
            atexit.register(shutil.rmtree, cache, ignore_errors=True)
            _index_once(articles, cache, progress)
    return open_index(cache)


def _index_once(articles: Path, target: Path, progress: Progress | None) -> None:
    from index.build import sync

    target.mkdir(parents=True, exist_ok=True)
    (target / "writer.lock").touch()
    for _ in range(_TRIES):
        try:
            sync([articles], target, progress=progress)
            return
        except IndexBusy:
            time.sleep(_PAUSE)  # another process indexes the sample for the first time, too
    sync([articles], target, progress=progress)
