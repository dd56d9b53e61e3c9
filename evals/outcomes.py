"""What running a question set leaves behind: JSON lines, the run's head first, then an outcome for each question."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.questions import Question, parse
from index.errors import UsageError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What a run was: of which set (its name, hash and size), over which index, with which settings."""

    set: str
    sha256: str
    questions: int
    repeat: int
    snapshot: str
    embedder: str
    settings_hash: str
    answerer: str
    version: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage that was found, in the order of the list that holds it, and its article."""

    passage: str
    article: str
    path: str


@dataclass(frozen=True, slots=True)
class Cited:
    """What stands in the article at a citation's offsets, and around it."""

    found: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: an `answer` as `Answer.to_dict` gives it, without timings, or an `error`.

    `hits` are what was found, best first. `gold` are passages of the articles to cite that hold an expected wording.
    `cited` goes with the answer's citations. `seconds` are by stage, "total" the whole answer.
    """

    question: Question
    repeat: int
    answer: dict[str, Any] | None
    error: str | None = None
    hits: tuple[Ranked, ...] = ()
    gold: tuple[Ranked, ...] = ()
    cited: tuple[Cited, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """What names an outcome within a run."""
        return self.question.id, self.repeat

    @property
    def refused(self) -> bool:
        """Whether the question was answered by a refusal; an error is none."""
        return self.answer is not None and bool(self.answer["refused"])

    @property
    def said(self) -> str:
        """The words of the answer, without marks, both sides of a disagreement included; empty when there is none."""
        if self.answer is None or self.refused:
            return ""
        sides = [side["value"] for each in self.answer["disagreements"] for side in each["sides"]]
        return " ".join([*(sentence["text"] for sentence in self.answer["sentences"]), *sides])

    @property
    def sources(self) -> tuple[frozenset[str], ...]:
        """For each citation the ids and paths it stands for: those of its article and of the copies."""
        return tuple(
            frozenset({each[key] for each in (citation, *citation["also_in"]) for key in ("article_id", "path")})
            for citation in (self.answer or {"citations": ()})["citations"]
        )

    def to_json(self) -> str:
        """One line; the same but for `seconds` whenever the same is answered."""
        found = {"id": self.question.id, **asdict(self), "question": self.question.to_dict()}
        return json.dumps(found, ensure_ascii=False)


def outcome_of(line: str, where: str) -> Outcome:
    """The outcome that a line holds. Raises UsageError."""
    try:
        found = json.loads(line)
        return Outcome(
            question=parse(found["question"], where),
            repeat=int(found["repeat"]),
            answer=found["answer"],
            error=found["error"],
            hits=tuple(Ranked(**each) for each in found["hits"]),
            gold=tuple(Ranked(**each) for each in found["gold"]),
            cited=tuple(Cited(**each) for each in found["cited"]),
            seconds={name: float(value) for name, value in found["seconds"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{where}: no outcome of a run: {type(error).__name__}: {error}.") from error


def head_of(line: str, where: str) -> Head:
    """The head that a line holds. Raises UsageError."""
    try:
        head = Head(**json.loads(line)["run"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{where} is no run: {error}.", next_step="footnote eval run SET --out run.jsonl") from error
    if head.format != FORMAT:
        raise UsageError(
            f"{where} has the format {head.format}, not {FORMAT}.", next_step="footnote eval run SET --out run.jsonl"
        )
    return head


def read(file: str | Path) -> tuple[Head, list[Outcome]]:
    """A run from its file; a last line cut short by a kill is passed over. Raises UsageError."""
    path = Path(file)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"The run {str(path)!r} cannot be read: {reason}.", next_step="footnote eval run SET --out run.jsonl"
        ) from error
    whole = lines[:-1]  # every whole line ends with a line feed
    if not whole:
        raise UsageError(f"The run {str(path)!r} is empty.", next_step="footnote eval run SET --out run.jsonl")
    head = head_of(whole[0], str(path))
    outcomes = [outcome_of(line, f"{path}:{number}") for number, line in enumerate(whole[1:], start=2) if line.strip()]
    return head, outcomes


def missing(head: Head, outcomes: Iterable[Outcome]) -> int:
    """How many outcomes a run lacks of those its head promises."""
    return head.questions * head.repeat - len({outcome.key for outcome in outcomes})
