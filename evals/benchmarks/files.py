"""What lies at the path of a benchmark: JSON, JSON lines and tables, in a file, a folder or a zip, which is read in place."""

import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from index.errors import UsageError

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
)  # RuntimeError: a password, a compression unknown here


@dataclass(frozen=True, slots=True)
class Files:
    """A benchmark's path and what is expected there. Whatever is not so is a UsageError with path and line."""

    path: Path
    expected: str
    command: str

    def wrong(self, what: str) -> UsageError:
        """The error to raise, with what was expected and the command to type."""
        return UsageError(f"{what}. Expected: {self.expected}.", next_step=self.command)

    @property
    def name(self) -> str:
        """What the data is called: the name of the file or folder in small letters, without .json, .jsonl or .zip."""
        name = self.path.resolve().name.lower()
        return name if self.path.is_dir() else name.removesuffix(".zip").removesuffix(".jsonl").removesuffix(".json")

    def where(self, member: str = "") -> str:
        """A file's path as messages show it."""
        return f"{self.path}/{member}" if member else str(self.path)

    def lines(self, member: str = "") -> Iterator[tuple[str, str]]:
        """The lines of the file, or of a member of the folder or zip, that are not empty, each after "path:line"."""
        with self._open(member) as stream:
            for number, line in enumerate(stream, start=1):
                where = f"{self.where(member)}:{number}"
                if line.strip():
                    yield where, self._decoded(line, where).rstrip("\r\n")

    def entries(self, member: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """The objects of a file of JSON lines, each after "path:line"."""
        for where, line in self.lines(member):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise self.wrong(f"{where}: no JSON: {error}") from error
            if not isinstance(entry, dict):
                raise self.wrong(f"{where}: no object: {line[:60]!r}")
            yield where, entry

    def document(self, member: str = "") -> Any:
        """The value that a JSON file holds."""
        with self._open(member) as stream:
            text = self._decoded(stream.read(), self.where(member))
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise self.wrong(f"{self.where(member)}:{error.lineno}: no JSON: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"{self.where(member)}: no JSON: {error}") from error

    def text(self, entry: Any, key: str, where: str) -> str:
        """A text of an object."""
        found = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(found, str):
            raise self.wrong(f"{where}: {key!r} is a text, not {found!r:.60}")
        return found

    def optional(self, entry: Any, key: str, where: str) -> str:
        """A text of an object, empty when it is not there."""
        return self.text(entry, key, where) if isinstance(entry, dict) and entry.get(key) is not None else ""

    def asked(self, entry: Any, key: str, where: str) -> str:
        """A text of an object that has a word in it, as a question must."""
        found = self.text(entry, key, where)
        if not any(character.isalnum() for character in found):
            raise self.wrong(f"{where}: {key!r} has no words: {found[:60]!r}")
        return found

    def list(self, entry: Any, key: str, where: str) -> list[Any]:
        """A list of an object."""
        found = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(found, list):
            raise self.wrong(f"{where}: {key!r} is a list, not {found!r:.60}")
        return found

    def _decoded(self, data: bytes, where: str) -> str:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.wrong(f"{where}: not UTF-8") from error

    @contextmanager
    def _open(self, member: str) -> Iterator[IO[bytes]]:
        inside = member and not self.path.is_dir()
        try:
            if inside:
                with zipfile.ZipFile(self.path) as archive, archive.open(self._place(archive, member)) as stream:
                    yield stream
            else:
                with (self.path / member).open("rb") as stream:
                    yield stream
        except OSError as error:
            raise self.wrong(f"{self.where('' if inside else member)!r} cannot be read: {error.strerror or error}") from error
        except _DAMAGED as error:
            raise self.wrong(f"{str(self.path)!r} is no whole zip file: {error}") from error

    def _place(self, archive: zipfile.ZipFile, member: str) -> str:
        """Where a member stands in a zip: at its top, or below a folder that holds everything."""
        found = [name for name in archive.namelist() if name == member or name.endswith(f"/{member}")]
        if not found:
            raise self.wrong(f"{str(self.path)!r} holds no {member}")
        return min(found, key=lambda name: (name.count("/"), name))
