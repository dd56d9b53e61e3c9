"""What an index holds and how it was made, as plain JSON types: for `footnote status` and any other door that asks."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.opened import Index

UPLOADS = "uploads"  # the folder within an index's own that holds what was added on the page


def held(index: "Index", *, sample: bool, verified: bool = False) -> dict[str, Any]:
    """Say what an index holds; `bytes` counts all on disk, `skipped` is what could not be read, and why."""
    first, last, undated = index.articles.dates()
    manifest = index.manifest
    return {
        "index": str(index.folder),
        "sample": sample,
        **manifest.counts,
        "outlets": index.articles.outlets(),
        "first": first,
        "last": last,
        "undated": undated,
        "created": manifest.created,
        "roots": manifest.roots,
        "embedder": manifest.embedder,
        "dimension": manifest.dimension,
        "splitter": manifest.splitter,
        "generation": index.generation,
        "snapshot": index.snapshot,
        "bytes": sum(file.stat().st_size for file in index.folder.rglob("*") if file.is_file()),
        "skipped": [asdict(skipped) for entry in index.articles.files().values() for skipped in entry.skipped],
        "verified": verified,
    }


def name_of(index: "Index", *, sample: bool) -> str:
    """Name an archive for its readers: by the folder that it was made of.

    Several folders are named by the first of them: `news and 2 more`; what was added on the page is not counted.
    """
    if sample:
        return "The sample archive"
    own = os.path.realpath(index.folder / UPLOADS)
    names = [root.rstrip("/").rpartition("/")[2] or root for root in index.manifest.roots if root != own] or ["Your articles"]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
