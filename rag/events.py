"""What `rag.stream` gives while an answer is made; the last event is the `Answer` itself, and it alone counts."""

from dataclasses import dataclass

from rag.records import Answer, Citation, Sentence


@dataclass(frozen=True, slots=True)
class Found:
    """The search is done: what was searched for, and how many passages were found."""

    searched_for: str
    passages: int


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a model as they come, unchecked, without marks, links and markup. Joined, they are what it wrote so far."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence is whole: its status, and the citations of everything said so far. It takes the place of its text."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """What was shown so far is no part of the answer: the model broke off, and it or another begins anew."""

    reason: str


Event = Found | Text | Said | Again | Answer
