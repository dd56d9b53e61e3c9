"""The archive that a page serves: an index that another may take the place of while answers are still made from the first."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ui.texts import Texts

if TYPE_CHECKING:
    from index.opened import Index


class Shelf:
    """What is served now, under which name, and where things may be written; nowhere with `read_only`."""

    def __init__(
        self,
        index: "Index",
        name: str,
        folder: Path,
        texts: Texts,
        *,
        read_only: bool = False,
        on_new: "Callable[[Index], None] | None" = None,
    ) -> None:
        self.index, self.name, self.folder, self.texts, self.read_only = index, name, folder, texts, read_only
        self.writing = threading.Lock()  # one upload or removal at a time
        self.trying = threading.Lock()  # examples are tried once, however many readers come
        self._on_new = on_new

    @property
    def borrowed(self) -> bool:
        """Whether what is served is another archive than the one that is written: the sample."""
        return self.index.folder.resolve() != self.folder.resolve()

    def serve(self, index: "Index", name: str) -> None:
        """Serve another index from the next question on. The old one is not closed: answers may still read it."""
        self.index, self.name = index, name
        if self._on_new:
            self._on_new(index)
