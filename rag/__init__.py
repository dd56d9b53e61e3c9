"""Answers over an archive of news articles, every sentence tied to the exact words of a source.

import rag
index = rag.open("my-archive")
print(rag.answer("what did the Taliban demand for a ceasefire?", index=index).text)
"""

# `rag.answer` is the function and `rag/answer.py` its module: importing the module here, before anyone else does, keeps
# the name on the function. All of it is light; models and search libraries are imported at the first question.
from rag.answer import answer, search, stream
from rag.archive import open
from rag.events import Again, Event, Found, Said, Text
from rag.limits import Limits
from rag.records import (
    REFUSAL,
    AlsoIn,
    Answer,
    Citation,
    Disagreement,
    Evidence,
    Filters,
    Nearest,
    Sentence,
    Side,
    Superseded,
)

__all__ = [
    "REFUSAL",
    "Again",
    "AlsoIn",
    "Answer",
    "Citation",
    "Disagreement",
    "Event",
    "Evidence",
    "Filters",
    "Found",
    "Limits",
    "Nearest",
    "Said",
    "Sentence",
    "Side",
    "Superseded",
    "Text",
    "answer",
    "open",
    "search",
    "stream",
]
