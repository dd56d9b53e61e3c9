"""What a question is about: the phrase that "it", "she" or "there" in the next question stands for."""

import re
from dataclasses import dataclass
from typing import Literal

from rag.phrases import DETERMINERS, GENERIC, Phrase, phrases

Kind = Literal["person", "place", "thing"]

# "Tell me about the strike" says what it is about, whatever was asked before.
ABOUT = re.compile(
    r"\b(?:what|how|(?P<request>tell|ask|know|learn|hear|read|talk)(?: \w+){0,3}) about (?!it\b|them\b|him\b|her\b|\w+ing\b)",
    re.IGNORECASE,
)
JOINS = frozenset("of in on at to for between with from over against about".split())
_ARTICLE = re.compile(r"\b(?:the|a|an|this|that|my|your|our|which)\s+$", re.IGNORECASE)
_DOES = re.compile(
    r"\b(?:(?:do|does|did|can|could|will|would)\s+(?P<article>the\s+)?|(?:are|were|have)\s+(?P<definite>the\s+))$",
    re.IGNORECASE,
)
_SAYING = re.compile(r"\s+(?:say|says|said|think|thinks|claim|claims|claimed|expect|expects|believe|believes)\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|at|near|from|to|into|around)\s+(?:the\s+)?$", re.IGNORECASE)
# Endings of words for people by what they do, and such words without one of them.
_ROLE = re.compile(
    r"(?:[a-z]{3}(?:[eo]r|ist|ian|man|woman|person)|president|chief|minister|envoy|mayor|king|queen|prince|princess|judge|"
    r"candidate|delegate|deputy|head|guide|nurse|pilot|agent|victim|suspect|aide|founder)$"
)


@dataclass(frozen=True, slots=True)
class Focus:
    """What a question is about, in its own words, and what pronouns can stand for it."""

    text: str
    kind: Kind

    @property
    def genitive(self) -> str:
        """The focus as an owner."""
        return f"{self.text}'" if self.text.endswith("s") else f"{self.text}'s"

    @property
    def bare(self) -> str:
        """The focus without its article."""
        return self.text.removeprefix("the ")


def focus_of(question: str) -> Focus | None:
    """The first phrase with a name, else the first that says something, with what hangs on it; None when there is neither.

    >>> focus_of("Who brokered the truce in Badghis?"), focus_of("Why?")
    (Focus(text='the truce in Badghis', kind='thing'), None)
    """
    brought = ABOUT.search(question)
    chains = [chain for chain in chains_of(question) if not brought or chain[0].start >= brought.end()]
    told = [chain for chain in chains if not _SAYING.match(question[chain[-1].end :])]
    for chain in sorted(told or chains, key=lambda chain: not any(phrase.named for phrase in chain)):
        while len(chain) > 1 and is_generic(chain[0]):
            chain = chain[1:]
        if not is_generic(chain[0]):
            start, end = chain[0].start, chain[-1].end
            article = "the " if _ARTICLE.search(question[:start]) else ""
            return Focus(article + question[start:end], _kind(question, chain))
    return None


def doers_of(question: str) -> Focus | None:
    """Who "they" of the next question are: those that were counted, else those who do what was asked about.

    >>> doers_of("How many soldiers crossed the river?"), doers_of("How much of Velm do the rebels hold?")
    (Focus(text='the soldiers', kind='thing'), Focus(text='the rebels', kind='thing'))
    """
    found = [phrase for phrase in phrases(question) if not is_generic(phrase)]
    counted = [f"the {phrase.text}" for phrase in found if phrase.led == "many"]
    doing = [f"{'the ' if match['article'] or match['definite'] else ''}{phrase.text}" for phrase in found
             if (match := _DOES.search(question[: phrase.start]))]  # fmt: skip
    return next((Focus(text, "thing") for text in [*counted, *doing]), None)


def chains_of(question: str) -> list[list[Phrase]]:
    """Phrases that hang together by "of" and "in" and the like."""
    chains: list[list[Phrase]] = []
    for phrase in phrases(question):
        between = question[chains[-1][-1].end : phrase.start].lower().split() if chains else []
        if between and between[0] in JOINS and all(word in DETERMINERS for word in between[1:]):
            chains[-1].append(phrase)
        elif phrase.led not in ("how", "many", "much"):
            chains.append([phrase])
    return chains


def is_generic(phrase: Phrase) -> bool:
    """Whether a phrase says nothing alone."""
    return not phrase.named and phrase.text.lower().split()[-1] in GENERIC


def _kind(question: str, chain: list[Phrase]) -> Kind:
    head = chain[0].text.split()[-1]
    if _ROLE.search(head) and not (head[:1].isupper() and len(chain[0].text.split()) > 1 and not head.islower()):
        return "person"
    if re.match(r"who (?:is|was)\b", question, re.IGNORECASE):
        return "person"
    return "place" if chain[0].named and _PLACE.search(question[: chain[0].start]) else "thing"
