"""A chat as records, and as the JSON that the browser keeps of it. The server keeps none: each request brings the chat along.

What comes from a browser may be old, cut short or forged: it is checked field by field against the records, and what does
not fit is left out. A forged answer is shown to the one who forged it; an article is only ever read from the index.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rag.records import Answer
from ui.filters import AS_ASKED, Given

MOST_TURNS = 60  # of one chat; the oldest are let go
MOST_CHARACTERS = 400_000  # of one turn as JSON


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as typed, and its answer, or in `note` why there is none; `searched` is what was asked instead, if edited."""

    question: str
    answer: Answer | None = None
    note: str | None = None
    given: Given = AS_ASKED
    searched: str | None = None

    @property
    def asked(self) -> str:
        """What was put to the archive."""
        return self.searched or self.question


def to_json(turn: Turn) -> str:
    """Write a turn as the browser keeps it."""
    return json.dumps(asdict(turn), ensure_ascii=False, separators=(",", ":"))


def turns_of(data: object) -> list[Turn]:
    """Read the turns that a browser sent, as `to_json` wrote them; what is none is left out."""
    if not isinstance(data, list):
        return []
    found = []
    for each in data[-MOST_TURNS:]:
        try:
            turn = each if isinstance(each, dict) else json.loads(each) if len(each) <= MOST_CHARACTERS else None
            found.append(_record(Turn, turn))
        except (TypeError, ValueError, RecursionError):
            continue
    return found


def history(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """What was said so far, as `rag.answer` takes it."""
    return [
        said for turn in turns if turn.answer is not None for said in (("user", turn.asked), ("assistant", turn.answer.text))
    ]


def _record(kind: Any, data: Any) -> Any:
    """Make a record of plain JSON types. Raises TypeError for what does not fit."""
    if not isinstance(data, Mapping):
        raise TypeError(f"{kind.__name__} is not {type(data).__name__}")
    hints = _hints(kind)
    return kind(**{field.name: _value(hints[field.name], data[field.name]) for field in fields(kind) if field.name in data})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, data: Any) -> Any:
    if is_dataclass(kind):
        return _record(kind, data)
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if data is None and NoneType in inside:
            return None
        return _value(next(each for each in inside if each is not NoneType), data)
    if origin is tuple and isinstance(data, list):
        return tuple(_value(inside[0], each) for each in data)
    if origin is dict and isinstance(data, dict):
        return {_value(inside[0], key): _value(inside[1], value) for key, value in data.items()}
    if origin is Literal and data in inside:
        return data
    if kind is float and type(data) in (int, float):
        return data
    if kind in (str, int, bool) and type(data) is kind:
        if kind is str:
            data.encode("utf-8")  # half a surrogate pair is no text
        return data
    raise TypeError(f"{data!r:.40} is no {kind}")
