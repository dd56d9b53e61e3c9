"""What flows from question to answer: Hit -> Evidence -> Answer. Records are frozen and gain no fields later."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from index.records import Article

Status = Literal["quoted", "supported", "unsupported"]
Difference = Literal["differ", "changed"]

REFUSAL = "The archive does not answer this."
UNSUPPORTED = "no source confirms this"  # said after such a sentence, wherever it is shown


@dataclass(frozen=True, slots=True)
class Filters:
    """What the search was narrowed to. `after` and `before` are ISO dates, both inclusive; empty `outlets` means any.

    `undated` says whether articles without a date stay within the dates. `read` are the words of the question that filters
    were read from, which `read_filters=False` leaves alone.
    """

    after: str | None = None
    before: str | None = None
    outlets: tuple[str, ...] = ()
    undated: bool = False
    read: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.after or self.before or self.outlets)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One span of an article that may answer: `article.text[start:end] == text`.

    Usually one sentence; more when it cannot stand alone. `score` is the probability that it answers, `answer` the start
    and end of the words that do, when known.
    """

    article: Article
    start: int
    end: int
    text: str
    score: float
    answer: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another article that carries the cited words."""

    article_id: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """What an earlier version of the same story said: the article's `text[start:end] == quote`."""

    quote: str
    start: int
    end: int
    article_id: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words an answer sentence rests on: the article's `text[start:end] == quote`.

    `also_in` are copies of the same story or words: with them it is still one source. `supersedes` are earlier versions of
    the story that gave other figures, newest first.
    """

    number: int
    quote: str
    start: int
    end: int
    article_id: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    path: str
    also_in: tuple[AlsoIn, ...] = ()
    supersedes: tuple[Superseded, ...] = ()

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that carry these words, each once, the cited article's first; articles that name none are left out."""
        named = (self.outlet, *(other.outlet for other in self.also_in))
        return tuple(dict.fromkeys(outlet for outlet in named if outlet))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer; `citations` are numbers into `Answer.citations`, `why` says what no source bears out."""

    text: str
    status: Status
    citations: tuple[int, ...]
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What is said on one side of a disagreement, in the source's words: `value` stands in the quote of `citation`.

    `claimed_by` is who says so, where the source names them. `further` are the citations of other independent sources that
    say the same; copies of one text are counted once and stand in a citation's `also_in`.
    """

    value: str
    claimed_by: str | None
    citation: int
    further: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that differ on one point, side by side, or one that was given anew: then the sides stand in order of time."""

    about: str
    sides: tuple[Side, ...]
    kind: Difference = "differ"


@dataclass(frozen=True, slots=True)
class Nearest:
    """An article close to a question that the archive does not answer: not a source, somewhere to look."""

    article_id: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose every sentence is tied to the exact words of a source, or a refusal with its reason.

    `short` is the part of the first sentence that answers, when one is known. `reason` is set when `refused`.
    `searched_for` is the question as searched. `answerer` names what chose the words; `degraded` says, in words, why a
    lesser answerer stood in, and is None otherwise. `rejected` counts citations that were dropped because they named no
    evidence or did not bear their sentence out. `usage` is what a language model took: calls, tokens, dollars, seconds. `as_of`
    is the day of the newest report that an answer about the present state rests on; `undated_left_out` counts articles that
    were left out because they have no date. `snapshot` names the index generation by content, `settings_hash` the settings;
    `timings` are seconds by stage.
    """

    question: str
    searched_for: str
    filters: Filters
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    refused: bool
    reason: str | None
    short: str | None
    disagreements: tuple[Disagreement, ...]
    nearest: tuple[Nearest, ...]
    answerer: str
    snapshot: str
    settings_hash: str
    as_of: str | None = None
    undated_left_out: int = 0
    degraded: str | None = None
    rejected: int = 0
    usage: dict[str, float] | None = None
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole answer as one string, with its marks: `They asked for X. [1][2] ...`; the reason when refused.

        One about the present state begins with its day: `As of 17 July 2021: ...`.
        """
        if self.refused:
            return self.reason or REFUSAL
        said = " ".join(
            sentence.text
            + (f" ({UNSUPPORTED})" if sentence.status == "unsupported" else "")
            + (" " if sentence.citations else "")
            + "".join(f"[{n}]" for n in sentence.citations)
            for sentence in self.sentences
        )
        return f"{self.dated}: {said}" if self.as_of else said

    @property
    def dated(self) -> str:
        """The day that an answer about the present state is of, in words: `As of 17 July 2021`; nothing for others."""
        if not self.as_of:
            return ""
        found = date.fromisoformat(self.as_of)
        return f"As of {found.day} {found:%B} {found.year}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, `text` included: the one form that every door shows."""
        return {"question": self.question, "text": self.text, **asdict(self)}
