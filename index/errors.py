"""Every exception a user of Footnote can see.

FootnoteError
├── UsageError            what was asked makes no sense: a bad date, a path that is not there
├── IndexMissing          no index where one was looked for
├── IndexDamaged          files of an index are missing, cut short or altered
├── IndexMismatch         the index was made by another model or format than the one at hand
├── IndexBusy             another process is writing this index
└── ModelError            an embedding model or a reranker is missing, altered or refused
"""


class FootnoteError(Exception):
    """Something a user can mend: one plain sentence that holds the bad value, and the next command to type.

    >>> str(IndexMissing("No index at 'news'.", next_step="footnote index FOLDER --index news"))
    "No index at 'news'. Try: footnote index FOLDER --index news"
    """

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} Try: {self.next_step}" if self.next_step else self.message


class UsageError(FootnoteError):
    """What was asked makes no sense: a bad date, a path that is not there."""


class IndexMissing(FootnoteError):
    """No index where one was looked for."""


class IndexDamaged(FootnoteError):
    """Files of an index are missing, cut short or altered."""


class IndexMismatch(FootnoteError):
    """The index was made by another model or format than the one at hand."""


class IndexBusy(FootnoteError):
    """Another process is writing this index."""


class ModelError(FootnoteError):
    """An embedding model or a reranker is missing, altered or refused."""
