"""What flows from question to answer: Hit -> Evidence -> Answer. Records are frozen and gain no fields later."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.records import Article

Status = Literal["quoted", "supported", "unsupported"]

REFUSAL = "The archive does not answer this."
UNSUPPORTED = "no source confirms this"  # said after such a sentence, wherever it is shown


@dataclass(frozen=True, slots=True)
class Filters:
    """What the search was narrowed to. `after` and `before` are ISO dates, both inclusive; empty `outlets` means any."""

    after: str | None = None
    before: str | None = None
    outlets: tuple[str, ...] = ()


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
class Citation:
    """The exact words an answer sentence rests on: the article's `text[start:end] == quote`."""

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


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer; `citations` are numbers into `Answer.citations`, `why` says what no source bears out."""

    text: str
    status: Status
    citations: tuple[int, ...]
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one source says in a disagreement."""

    value: str
    claimed_by: str | None
    citation: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that differ on one point, side by side."""

    about: str
    sides: tuple[Side, ...]


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
    evidence or did not bear their sentence out. `usage` is what a language model took: calls, tokens, dollars, seconds.
    `snapshot` names the index generation by content, `settings_hash` the settings; `timings` are seconds by stage.
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
    degraded: str | None = None
    rejected: int = 0
    usage: dict[str, float] | None = None
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole answer as one string, with its marks: `They asked for X. [1][2] ...`; the reason when refused."""
        if self.refused:
            return self.reason or REFUSAL
        return " ".join(
            sentence.text
            + (f" ({UNSUPPORTED})" if sentence.status == "unsupported" else "")
            + (" " if sentence.citations else "")
            + "".join(f"[{n}]" for n in sentence.citations)
            for sentence in self.sentences
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, `text` included: the one form that every door shows."""
        return {"question": self.question, "text": self.text, **asdict(self)}
