"""Files -> articles. It reads what it is given: nothing is fetched or guessed, and no file can stop the others."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from index.clean import Unreadable
from index.draft import Draft
from index.errors import UsageError
from index.metadata import finished
from index.read_documents import docx, markdown, pdf, text_file
from index.read_html import page
from index.read_records import Record, csv_file, feed, json_file, json_lines
from index.records import Article, Skipped

MAX_BYTES = 20 * 2**20

# Raise it when reading or cleaning changes what comes out, so that sync reads every file again.
READER_VERSION = 3

# One draft for a file that is one article; else the records of the file, in order.
Reader = Callable[[bytes], Draft | Iterable[Record]]

READERS: dict[str, Reader] = {
    ".txt": text_file,
    ".md": markdown,
    ".markdown": markdown,
    ".html": page,
    ".htm": page,
    ".pdf": pdf,
    ".docx": docx,
    ".json": json_file,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".csv": csv_file,
    ".rss": feed,
    ".atom": feed,
    ".xml": feed,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: where it lies, and the path that users see, below the indexed folder."""

    file: Path
    path: str


def find(path: Path) -> list[Source]:
    """List the readable files of a folder, at any depth and in a stable order, or the one file that was named.

    Hidden files and folders, folders behind a symbolic link, and other kinds of file are left out.
    """
    top = Path(os.path.abspath(path))
    if top.is_file():
        if top.suffix.lower() not in READERS:
            raise UsageError(f"Cannot read '{path}': '{top.suffix}' is none of {' '.join(READERS)}.")
        return [Source(top, _shown(top.name))]
    if not top.is_dir():
        raise UsageError(f"No file or folder at '{path}'.")
    found: list[Path] = []
    # A folder that may not be listed stays in the list, so that reading it fails and the user is told.
    for folder, folders, names in os.walk(top, onerror=lambda error: found.append(Path(error.filename))):
        here = Path(folder)
        # An index kept beside its articles must not be read as articles.
        folders[:] = [name for name in folders if not name.startswith(".") and not (here / name / "writer.lock").exists()]
        for name in names:
            file = here / name
            # is_file() also passes over pipes, which would wait for ever, and links to nothing.
            if not name.startswith(".") and file.suffix.lower() in READERS and file.is_file():
                found.append(file)
    found.sort(key=lambda file: file.relative_to(top).parts)
    return [Source(file, _shown(file.relative_to(top).as_posix())) for file in found]


def _shown(path: str) -> str:
    # A name that is not UTF-8 reaches Python with lone surrogates, which no database or page accepts.
    return os.fsencode(path).decode("utf-8", "replace")


def read(source_path: str, data: bytes) -> tuple[list[Article], list[Skipped]]:
    r"""Read one file's bytes: the articles in it, and what could not be read and why. It never raises for bad content.

    An article of several has the file's path, "#" and its own id there, or where it has none its number: with ids, a
    record put in at the top leaves the others what they were.

    >>> articles, skipped = read("a.jsonl", b'{"text": "It rained."}\nrain')
    >>> articles[0].path, articles[0].text, skipped[0].line
    ('a.jsonl#1', 'It rained.', 2)
    """
    reader = READERS.get(Path(source_path).suffix.lower())
    if reader is None:
        return [], [Skipped(source_path, None, "not a kind of file that can be read")]
    if len(data) > MAX_BYTES:
        return [], [Skipped(source_path, None, f"over {MAX_BYTES // 2**20} MB")]
    if not data.strip():
        return [], [Skipped(source_path, None, "the file is empty")]
    articles: list[Article] = []
    skipped: list[Skipped] = []
    try:
        found = reader(data)
        if isinstance(found, Draft):
            _add(found, source_path, source_path, None, "no text", articles, skipped)
        else:
            names: set[str] = set()
            for number, (line, key, record) in enumerate(found, start=1):
                where = "" if line is not None else f"record {number}: "
                if isinstance(record, str):
                    skipped.append(Skipped(source_path, line, where + record))
                else:
                    names.add(name := _name(key, number, names))
                    _add(record, f"{source_path}#{name}", source_path, line, f"{where}no text", articles, skipped)
    except Unreadable as error:
        skipped.append(Skipped(source_path, error.line, str(error)))
    except Exception as error:
        # Parsers fail in more ways than they document; that may cost one file, never the archive.
        skipped.append(Skipped(source_path, None, f"could not be read: {type(error).__name__}"))
    if not articles and not skipped:
        skipped.append(Skipped(source_path, None, "no articles in it"))
    return articles, skipped


def _name(key: str | None, number: int, taken: set[str]) -> str:
    """Call a record by its id, or by its number when it has none or another record has it."""
    if key is not None and key not in taken:
        return key
    name = str(number)
    while name in taken:  # by another record's id
        name += f"-{number}"
    return name


def _add(
    raw: Draft, path: str, file: str, line: int | None, no_text: str, articles: list[Article], skipped: list[Skipped]
) -> None:
    draft = finished(raw)
    if draft.text:
        fields = {"path": path, **asdict(draft)}
        articles.append(Article(id=_identity(fields), **fields))
    else:
        skipped.append(Skipped(file, line, no_text))


def _identity(fields: dict[str, str | None]) -> str:
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:16]
