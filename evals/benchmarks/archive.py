"""Documents -> an index made from nothing, and the names by which a benchmark knows what is found in it."""

import json
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index import embed
from index.build import sync
from index.embed import Embedder
from index.opened import Index, open_index
from index.read import MAX_BYTES
from index.records import Skipped
from index.write import Progress

Split = Literal["train", "dev", "test"]
DOCUMENTS = 20  # for each question when only some are asked
_PART = 1000  # documents in a file, fewer when they are long


def silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a benchmark is run.

    `limit` asks the first questions alone, over their own documents and others to `DOCUMENTS` for each. `articles` chooses
    the questions by the number of their article. Without `answers` only retrieval is measured; without `reader` sentences are
    chosen by likeness alone. `keep` is a folder for the index, which the next run then builds on.
    """

    limit: int | None = None
    articles: tuple[int, int] | None = None
    answers: bool = True
    reader: bool = True
    split: Split = "test"
    keep: Path | None = None
    embedder: Embedder = field(default_factory=embed.load)
    progress: Progress = silent


@dataclass(frozen=True, slots=True)
class Document:
    """A text to index and the name by which a benchmark's answers speak of it."""

    name: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """An open index, the document that each article's path stands for, and what could not be read."""

    index: Index
    names: dict[str, str]
    passages: int
    skipped: tuple[Skipped, ...]

    @property
    def paths(self) -> dict[str, str]:
        """The path of the article that a document became; a document that could not be read has none."""
        held = set(self.index.articles.paths().values())
        return {name: path for path, name in self.names.items() if path in held}


def unread(skipped: Sequence[Skipped]) -> tuple[str, ...]:
    """What a table should say about documents that are not in the index."""
    if not skipped:
        return ()
    return (f"{len(skipped)} documents could not be read and are never found; first {skipped[0].path}: {skipped[0].reason}.",)


def some(documents: Sequence[Document], wanted: Collection[str], limit: int | None) -> list[Document]:
    """All documents; with a limit the wanted ones and the first of the others, in their order, to `DOCUMENTS` a question."""
    if limit is None:
        return list(documents)
    spare = DOCUMENTS * limit - len(wanted)
    others = [document.name for document in documents if document.name not in wanted][: max(0, spare)]
    kept = {*wanted, *others}
    return [document for document in documents if document.name in kept]


@contextmanager
def indexed(documents: Sequence[Document], name: str, options: Options) -> Iterator[Archive]:
    """Index documents, in a folder that is kept under `name` or one that is gone afterwards. Raises UsageError for none."""
    with _folder(options.keep, name) as folder:
        source = folder / "articles"
        source.mkdir(parents=True, exist_ok=True)
        names = _write(documents, source)
        with opened([source], folder / "index", options, names) as archive:
            yield archive


@contextmanager
def opened(paths: Sequence[Path], folder: Path, options: Options, names: dict[str, str] | None = None) -> Iterator[Archive]:
    """Index files and folders and open them; without `names` every article goes by its path."""
    report = sync(paths, folder, embedder=options.embedder, only=True, progress=options.progress)
    with closing(open_index(folder, embedder=options.embedder)) as index:
        known = names if names is not None else {path: path for path in index.articles.paths().values()}
        yield Archive(index, known, report.passages, report.skipped)


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    if keep is not None:
        yield keep / name
    else:
        with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
            yield Path(folder)


def _write(documents: Sequence[Document], folder: Path) -> dict[str, str]:
    """Write JSON lines, in files that the index reads whole; gives each document's name by the path of its article.

    Documents are numbered, since a benchmark's own names may be longer or odder than a path can be.
    """
    names: dict[str, str] = {}
    parts: list[list[str]] = [[]]
    size = 0
    for number, document in enumerate(documents):
        line = json.dumps({"id": str(number), "title": document.title, "text": document.text}) + "\n"
        if len(parts[-1]) == _PART or (parts[-1] and size + len(line) > MAX_BYTES // 2):
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line)
        names[f"part-{len(parts):04d}.jsonl#{number}"] = document.name
    for left in folder.glob("part-*.jsonl"):  # of an earlier run over other documents
        left.unlink()
    for number, lines in enumerate(parts, start=1):
        (folder / f"part-{number:04d}.jsonl").write_text("".join(lines), encoding="utf-8")
    return names
