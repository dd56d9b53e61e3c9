"""Opening an archive: the one that is named, or the sample archive that ships with Footnote."""

import hashlib
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from index.opened import Index, open_index

Progress = Callable[[str, int, int], None]


def open(folder: str | Path | None = None, *, progress: Progress | None = None) -> Index:
    """Open the index in a folder; without one, the sample archive, indexed at its first use into the user's cache.

    Raises IndexMissing, IndexDamaged or IndexMismatch, each with the command that mends it.
    """
    return open_index(folder) if folder is not None else _open_sample(progress)


def _open_sample(progress: Progress | None) -> Index:
    from platformdirs import user_cache_path

    from index.build import sync

    with as_file(files("index.sample") / "articles") as articles:
        # One index for each text of the sample, so that an upgrade never serves the old one.
        digest = hashlib.sha256(str(articles).encode())
        for file in sorted(articles.rglob("*")):
            if file.is_file():
                digest.update(file.read_bytes())
        target = user_cache_path("footnote") / f"sample-{digest.hexdigest()[:12]}"
        sync([articles], target, progress=progress)
    return open_index(target)
