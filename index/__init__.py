"""Articles in, a searchable index on disk out. Nothing here knows how questions are answered."""

from index.errors import (
    FootnoteError,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    ModelError,
    UsageError,
)
from index.records import Article, Hit, Passage, Skipped

__all__ = [
    "Article",
    "FootnoteError",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexMismatch",
    "IndexMissing",
    "ModelError",
    "Passage",
    "Skipped",
    "UsageError",
]
