"""The archive that a page serves: an index that another may take the place of while answers are still made from the first."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ui.status import name_of
from ui.texts import Texts

if TYPE_CHECKING:
    from index.opened import Index
    from ui.service import Service


class Shelf:
    """What is served now, under which name, and where things may be written; nowhere with `read_only`.

    Where a `service` answers others, too, the archive is the one that it has.
    """

    def __init__(
        self,
        index: "Index",
        name: str,
        folder: Path,
        texts: Texts,
        *,
        read_only: bool = False,
        service: "Service | None" = None,
    ) -> None:
        self._index, self._name, self._service = index, name, service
        self.folder, self.texts, self.read_only = folder, texts, read_only
        self.writing = threading.Lock()  # one upload or removal at a time
        self.trying = threading.Lock()  # examples are tried once, however many readers come

    @property
    def index(self) -> "Index":
        """The archive that the next question is asked of."""
        return self._service.index if self._service else self._index

    @property
    def name(self) -> str:
        """What its readers call it."""
        return self._service.name if self._service else self._name

    @property
    def borrowed(self) -> bool:
        """Whether what is served is another archive than the one that is written: the sample."""
        return self.index.folder.resolve() != self.folder.resolve()

    def serve(self, index: "Index") -> None:
        """Serve another index from the next question on. The old one is not closed: answers may still read it."""
        if self._service:
            self._service.take_up(index)
            return
        if self.borrowed:
            self._name = name_of(index, sample=False)
        self._index = index
