"""Answers that a model gave, kept on disk as JSON in SQLite, so that the same question over the same index costs nothing twice.

Kept are whole answers that came from the model asked first: no refusal of a server, nothing cut short, nothing degraded. A
cache that cannot be read or written costs an answer its speed and nothing else.
"""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.records import AlsoIn, Answer, Citation, Disagreement, Filters, Nearest, Sentence, Side, Superseded

FILE = "answers.db"
MOST = 10_000  # answers; the oldest go first
WAIT = 2.0  # seconds for another process that writes
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, number INTEGER, answer TEXT)"


def key_of(parts: Sequence[object]) -> str:
    """The whole SHA-256 of everything that an answer depends on."""
    return hashlib.sha256(json.dumps(list(parts), sort_keys=True, default=str).encode()).hexdigest()


class Cache:
    """A file of answers; in no folder it is always empty."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key, with a usage of nothing but `cached`."""
        if self._folder is None or not (self._folder / FILE).exists():
            return None
        try:
            with closing(sqlite3.connect(self._folder / FILE, timeout=WAIT)) as kept:
                row = kept.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
            return answer_of(json.loads(row[0])) if row else None
        except (OSError, sqlite3.Error, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._folder / FILE, timeout=WAIT)) as kept, kept:
                kept.execute(_TABLE)
                number = kept.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM answers").fetchone()[0]
                kept.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, number, json.dumps(answer.to_dict())))
                kept.execute("DELETE FROM answers WHERE number <= ?", (number - MOST,))
            (self._folder / FILE).chmod(0o600)
        except (OSError, sqlite3.Error):
            return


def answer_of(found: dict[str, Any]) -> Answer:
    """The answer that `Answer.to_dict` gave, made again. Raises KeyError or TypeError for what is none."""
    given = {name: value for name, value in found.items() if name != "text"}
    return Answer(
        **given
        | {
            "filters": Filters(**{**found["filters"], **{name: tuple(found["filters"][name]) for name in ("outlets", "read")}}),
            "sentences": tuple(Sentence(**{**each, "citations": tuple(each["citations"])}) for each in found["sentences"]),
            "citations": tuple(
                Citation(
                    **each
                    | {
                        "also_in": tuple(AlsoIn(**other) for other in each["also_in"]),
                        "supersedes": tuple(Superseded(**older) for older in each["supersedes"]),
                    }
                )
                for each in found["citations"]
            ),
            "disagreements": tuple(
                Disagreement(**{**each, "sides": tuple(map(_side, each["sides"]))}) for each in found["disagreements"]
            ),
            "nearest": tuple(Nearest(**each) for each in found["nearest"]),
        }
    )


def _side(found: dict[str, Any]) -> Side:
    return Side(**{**found, "further": tuple(found["further"])})
