"""Question sets: what is asked and what is expected, as YAML or JSON lines that people keep in git.

A question has `id` and `question`, may have `history`, `filters` (`after`, `before`, `outlets`), `today`, `tags` and `must`,
and says what is expected: `facts`, `forbid`, `cites`, `answers`, `refuse`, `disagrees`, `choices`. docs/evaluation.md explains
each.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from evals import match
from index.errors import UsageError
from rag.records import Filters

SETS = Path(__file__).parent / "sets"
_LINE = "\0line"  # where a mapping began, under a key that no file can hold
_EXPECTED = ("facts", "forbid", "cites", "answers", "refuse", "disagrees", "choices")
NO_FILTERS = Filters()
KEYS = ("id", "question", "history", "filters", "today", "tags", "must", *_EXPECTED)


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is expected of its answer; wordings as `evals.match` reads them.

    `facts` and `disagrees` are lists of accepted wordings, of each of which one must occur. `cites` are paths or ids of
    articles: any one of them, or all when `cites_all`. `today` is the day of asking, which "last week" counts from: without it
    the day of the archive's newest article. `answers` are short gold answers, of which the first is the right
    one of `choices`.
    """

    id: str
    question: str
    history: tuple[tuple[str, str], ...] = ()
    filters: Filters = NO_FILTERS
    tags: tuple[str, ...] = ()
    must: bool = False
    facts: tuple[tuple[str, ...], ...] = ()
    forbid: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    cites_all: bool = False
    answers: tuple[str, ...] = ()
    refuse: bool = False
    disagrees: tuple[tuple[str, ...], ...] = ()
    choices: tuple[str, ...] = ()
    today: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The question as a set's file may hold it, without what is empty."""
        filters = {"after": self.filters.after, "before": self.filters.before, "outlets": list(self.filters.outlets)}
        found = {
            "id": self.id,
            "question": self.question,
            "history": [list(turn) for turn in self.history],
            "filters": {name: value for name, value in filters.items() if value},
            "tags": list(self.tags),
            "must": self.must,
            "facts": [list(wordings) for wordings in self.facts],
            "forbid": list(self.forbid),
            "cites": {"all": list(self.cites)} if self.cites_all else list(self.cites),
            "answers": list(self.answers),
            "refuse": self.refuse,
            "disagrees": [list(wordings) for wordings in self.disagrees],
            "choices": list(self.choices),
            "today": self.today,
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions under one name; `sha256` is over what they say, not over how the file is laid out."""

    name: str
    questions: tuple[Question, ...]

    @property
    def sha256(self) -> str:
        """Equal for equal questions in equal order."""
        said = json.dumps([question.to_dict() for question in self.questions], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def only(self, tag: str) -> "QuestionSet":
        """The questions that carry a tag. Raises UsageError when none does."""
        kept = tuple(question for question in self.questions if tag in question.tags)
        if not kept:
            tags = ", ".join(sorted({tag for question in self.questions for tag in question.tags})) or "none"
            raise UsageError(f"No question of {self.name!r} has the tag {tag!r}; its tags: {tags}.", next_step="--only TAG")
        return QuestionSet(self.name, kept)


def load(file: str | Path) -> QuestionSet:
    """Read a set: a .yaml, .yml or .jsonl file, or the name of one that ships with Footnote ("sample").

    Raises UsageError, with file and line, for what is no question set: unknown keys, duplicate ids, empty or odd values.
    """
    path = Path(file)
    if not path.suffix and not path.exists() and (SETS / f"{path.name}.yaml").exists():
        path = SETS / f"{path.name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(sorted(each.stem for each in SETS.glob("*.yaml")))
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"The question set {str(file)!r} cannot be read: {reason}.",
            next_step=f"a .yaml or .jsonl file, or one of: {shipped}",
        ) from error
    entries = _json_lines(path, text) if path.suffix == ".jsonl" else _yaml_entries(path, text)
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for line, entry in entries:
        question = parse(entry, f"{path}:{line}")
        if question.id in lines:
            raise UsageError(f"{path}:{line}: the id {question.id!r} is taken by line {lines[question.id]}.")
        lines[question.id] = line
        questions.append(question)
    if not questions:
        raise UsageError(f"The question set {str(path)!r} holds no questions.", next_step="docs/evaluation.md shows one")
    return QuestionSet(path.stem, tuple(questions))


def parse(entry: Any, where: str) -> Question:
    """One question of plain JSON types. Raises UsageError, which begins with `where`, for what is none."""
    if not isinstance(entry, Mapping):
        raise UsageError(f"{where}: a question is a mapping with `id` and `question`, not {_shown(entry)}.")
    entry = {key: value for key, value in entry.items() if key != _LINE}
    unknown = [str(key) for key in entry if key not in KEYS]
    if unknown:
        raise UsageError(f"{where}: unknown key {unknown[0]!r}.", next_step=f"one of: {', '.join(KEYS)}")
    for key in ("id", "question"):
        if not isinstance(entry.get(key), str | int) or isinstance(entry[key], bool) or not str(entry[key]).strip():
            raise UsageError(f"{where}: a question needs {key!r}; this one has {_shown(entry.get(key))}.")
    cites, cites_all = _cites(entry.get("cites", []), where)
    question = Question(
        id=str(entry["id"]).strip(),
        question=str(entry["question"]),
        history=_history(entry.get("history", []), where),
        filters=_filters(entry.get("filters", {}), where),
        tags=_texts(entry.get("tags", []), "tags", where),
        must=_flag(entry, "must", where),
        facts=_wordings(entry.get("facts", []), "facts", where),
        forbid=_checked(_texts(entry.get("forbid", []), "forbid", where), "forbid", where),
        cites=cites,
        cites_all=cites_all,
        answers=_texts(entry.get("answers", []), "answers", where, empty=True),
        refuse=_flag(entry, "refuse", where),
        disagrees=_wordings(entry.get("disagrees", []), "disagrees", where),
        choices=_texts(entry.get("choices", []), "choices", where),
        today=_day(entry.get("today"), where),
    )
    if not any(getattr(question, key) for key in _EXPECTED):
        raise UsageError(f"{where}: nothing is expected of {question.id!r}.", next_step=f"one of: {', '.join(_EXPECTED)}")
    if question.refuse and (question.facts or question.cites or question.disagrees or any(question.answers)):
        raise UsageError(f"{where}: {question.id!r} expects a refusal and an answer; leave out `refuse`, or the rest.")
    if question.choices and (not question.answers or question.answers[0] not in question.choices):
        raise UsageError(f"{where}: the first of `answers` of {question.id!r} is none of its `choices`.")
    return question


def check_articles(questions: QuestionSet, known: Collection[str]) -> None:
    """Raise UsageError when a set cites what an index lacks; `known` are the paths and ids that it holds."""
    for question in questions.questions:
        for cited in question.cites:
            if cited not in known:
                raise UsageError(
                    f"{questions.name}, question {question.id!r}: the index holds no article {cited!r}.",
                    next_step="footnote status --json, which lists them; or --index DIR",
                )


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for line, words in enumerate(text.splitlines(), start=1):
        if words.strip():
            try:
                yield line, json.loads(words)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{path}:{line}: no JSON: {error}.") from error


def _yaml_entries(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    try:
        # A SafeLoader: it makes plain data and nothing else.
        found = yaml.load(text, _Lines)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{path}:{line}: no YAML: {getattr(error, 'problem', None) or error}.",
            next_step="quotes around texts that hold : ? , # or brackets",
        ) from error
    entries = found.get("questions") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        raise UsageError(f"{path}:1: a set is a list of questions, or a mapping with `questions`.")
    unknown = [key for key in found if key not in (_LINE, "questions", "description")] if isinstance(found, dict) else []
    if unknown:
        raise UsageError(f"{path}:1: unknown key {str(unknown[0])!r}.", next_step="one of: description, questions")
    for entry in entries:
        yield (entry.get(_LINE, 1) if isinstance(entry, dict) else 1), _without_lines(entry)


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_lines(each) for key, each in value.items() if key != _LINE}
    return [_without_lines(each) for each in value] if isinstance(value, list) else value


class _Lines(yaml.SafeLoader):
    """A loader that notes the line at which each mapping began, and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} is given twice", problem_mark=node.value[number][0].start_mark
                )
        return {**super().construct_mapping(node, deep=True), _LINE: node.start_mark.line + 1}


def _texts(value: Any, key: str, where: str, *, empty: bool = False) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence) or not all(isinstance(each, str | int) and not isinstance(each, bool) for each in value):
        raise UsageError(f"{where}: {key!r} is a list of texts (in quotes), not {_shown(value)}.")
    texts = tuple(str(each) for each in value)
    if not empty and not all(text.strip() for text in texts):
        raise UsageError(f"{where}: {key!r} holds an empty text.")
    return texts


def _day(value: Any, where: str) -> str | None:
    try:
        return None if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise UsageError(f"{where}: 'today' is a day such as 2021-07-01, not {_shown(value)}.") from error


def _checked(wordings: tuple[str, ...], key: str, where: str) -> tuple[str, ...]:
    for wording in wordings:
        try:
            match.check(wording)
        except re.error as error:
            raise UsageError(f"{where}: {key!r} holds {wording!r}, which is no regular expression: {error}.") from error
    return wordings


def _wordings(value: Any, key: str, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: {key!r} is a list of lists of accepted wordings, not {_shown(value)}.")
    found = tuple(_checked(_texts(each, key, where), key, where) for each in value)
    if not all(found):
        raise UsageError(f"{where}: {key!r} holds an empty list.")
    return found


def _cites(value: Any, where: str) -> tuple[tuple[str, ...], bool]:
    if isinstance(value, Mapping):
        if set(value) not in ({"all"}, {"any"}):
            raise UsageError(f"{where}: 'cites' is a list of articles or a mapping with `all` or `any`, not {_shown(value)}.")
        (kind, paths), *_ = value.items()
        return _texts(paths, "cites", where), kind == "all"
    return _texts(value, "cites", where), False


def _filters(value: Any, where: str) -> Filters:
    if not isinstance(value, Mapping) or set(value) - {"after", "before", "outlets"}:
        raise UsageError(f"{where}: 'filters' is a mapping with `after`, `before`, `outlets`, not {_shown(value)}.")
    days = {key: value[key].isoformat() if isinstance(value[key], date) else value[key] for key in value if key != "outlets"}
    for key, day in days.items():
        try:
            date.fromisoformat(day)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{where}: {key!r} is a day such as 2021-07-01, not {_shown(day)}.") from error
    return Filters(days.get("after"), days.get("before"), _texts(value.get("outlets", []), "outlets", where))


def _history(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    turns = []
    for turn in value if isinstance(value, list) else [value]:
        match turn:
            case [("user" | "assistant") as role, str(text)]:
                turns.append((role, text))
            case _:
                raise UsageError(f"{where}: 'history' is a list of [user or assistant, text], not {_shown(turn)}.")
    return tuple(turns)


def _flag(entry: Mapping[str, Any], key: str, where: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise UsageError(f"{where}: {key!r} is true or false, not {_shown(value)}.")
    return value


def _shown(value: Any) -> str:
    return repr(value)[:80]
