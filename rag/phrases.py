"""Noun phrases of a question, by word classes alone: enough to say what a question is about, and no grammar.

A phrase is a run of words that are neither function words nor the question's verb. English only; verbs are known by where they
stand and by nothing else.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_](?:[\w.'’&/-]*[^\W_])?|[?!.,;:()\"“”]")
DETERMINERS = frozenset("a an the this that these those my your our some any all each every no another other both".split())
PREPOSITIONS = frozenset(
    "of in on at by for from with without about into over under between among against during before after since until "
    "through across around near behind within upon toward towards per via as than like to".split()
)
ASKING = frozenset("who whom whose what which when where why how".split())
DOING = frozenset("do does did can could will would shall should may might must".split())
BEING = frozenset("is are was were be been being am has have had".split())
PRONOUNS = frozenset(
    "i you we he she it they me him her us them his its their hers theirs mine yours ours one ones there here "
    "something someone others anything anyone everything everyone nothing nobody himself herself itself themselves".split()
)
_OTHER = frozenset(
    "and or but nor so if because while not n't just only also too even still yet now then again ever never very "
    "really much many more most less least few several such same else well quite rather please okay ok yes no oh "
    "thanks ago long far often soon instead particular particularly general already up out off down away back "
    "together apart afterwards afterward later earlier today tonight yesterday tomorrow recently currently".split()
)
# Forms of the past that do not end in "ed" and are hardly anything else.
_PAST = frozenset(
    "shut cut hit put set built sold held sent lost found won kept brought bought caught taught told paid laid met fed shot "
    "struck begun broken chosen driven eaten fallen flown forgotten given grown hidden known seen shaken spoken stolen sworn "
    "taken thrown torn written drawn fled left went came fell rose took fought".split()
)
# What people ask with, whatever they ask about.
_REQUESTS = frozenset(
    "tell know think want like need give show find learn explain describe say says said mean means happen happens "
    "happened get got give gave go goes going went make makes made take takes took use used see let help try become "
    "became information interested wondering curious".split()
)
FUNCTION = DETERMINERS | PREPOSITIONS | ASKING | DOING | BEING | PRONOUNS | _OTHER
_PARTICLES = frozenset("up down out off away back apart".split())
_SUBJECTS = frozenset("who to you we i they he she it".split())
# Nouns that say nothing alone: "the role of the army" is about the army.
GENERIC = frozenset(
    "kind kinds type types sort sorts fact facts information thing things way ways part parts example examples role "
    "purpose cause causes reason reasons difference differences relationship effect effects impact importance meaning "
    "history name number people person place time times day days year years question answer problem problems issue "
    "issues result results number lot bit amount level side sides end start beginning idea ideas pro pros con cons".split()
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, `text` as it stands in the question without its article; `named` has a name in it.

    `led` is the preposition or determiner before it, in small letters, or "".
    """

    text: str
    start: int
    end: int
    named: bool
    led: str


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")


def phrases(question: str) -> list[Phrase]:
    """The noun phrases of a question, in order.

    >>> [phrase.text for phrase in phrases("How do you know when your garage door is going bad in Velm?")]
    ['garage door', 'bad', 'Velm']
    """
    words = [_Word(match.group(), *match.span()) for match in _TOKEN.finditer(question)]
    runs: list[list[int]] = []
    for place, word in enumerate(words):
        if not _carries(word, place, words):
            continue
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    found = []
    for run in runs:
        kept = _without_verb(run, words)
        if kept and not _is_predicate(kept, words):
            first, last = words[kept[0]], words[kept[-1]]
            before = words[kept[0] - 1].low if kept[0] else ""
            named = any(is_name(words[place].text, place == 0 or words[place - 1].text in ".?!") for place in kept)
            found.append(Phrase(question[first.start : last.end], first.start, last.end, named, before))
    return found


def is_name(word: str, first: bool = False) -> bool:
    """Whether a word is written like a name; the first one of a sentence only if it has more than one capital.

    >>> is_name("Badghis"), is_name("Why", first=True), is_name("GDPR", first=True)
    (True, False, True)
    """
    capitals = sum(character.isupper() for character in word)
    return (
        word not in ("I", "OK") and not word.startswith(("I'", "I’")) and (capitals > 1 or (word[:1].isupper() and not first))
    )


def _carries(word: _Word, place: int, words: list[_Word]) -> bool:
    if not word.text[0].isalnum() or word.low in FUNCTION or re.sub(r"'(?:s|re|m|ve|ll|d|t)$", "", word.low) in FUNCTION:
        return False
    if word.low.endswith("n't"):
        return False
    return word.low not in _REQUESTS


def _without_verb(run: list[int], words: list[_Word]) -> list[int]:
    """Take off the verb that a run ends with after "does the mayor", or begins with after "who" and "they"."""
    before = words[run[0] - 1].low if run[0] else ""
    if before in _SUBJECTS or (before in DOING and run[0] > 1 and _may_be_subject(words[run[0] - 2])):
        return run if is_name(words[run[0]].text) else run[1:]
    after = words[run[-1] + 1].low if run[-1] + 1 < len(words) else ""
    if len(run) > 1 and not is_name(words[run[-1]].text):
        if after in _PARTICLES:  # "the committee step down"
            return run[:-1]
        place = run[0] - 1
        while place > 0 and (words[place].low in DETERMINERS or words[place].low in _OTHER):
            place -= 1
        led = words[place].low if place >= 0 else ""
        if led in BEING and place == 0 < run[0] - 1 and not after.isalnum():  # "is the bridge safe?"
            return run[:-1]
        verb = words[run[-1]].low
        if led in DOING or (led in BEING and (verb in _PAST or re.search(r"(?:ed|ing)$", verb))):
            return run[:-1]
        if before == "many" and (verb in _PAST or verb.endswith("ed")):  # "how many soldiers crossed"
            return run[:-1]
    return run


def _is_predicate(run: list[int], words: list[_Word]) -> bool:
    """Whether a run only says how something is: "what is different", "the most delicious"."""
    led = words[run[0] - 1].low if run[0] else ""
    if any(is_name(words[place].text, place == 0) for place in run):
        return False
    if led in ("how", "most", "more", "so", "very", "really"):
        return True
    if led in BEING or led.endswith(("'s", "'re")):
        earlier = words[run[0] - 2].low if run[0] > 1 else ""
        return (earlier in ("what", "it", "that") or led.endswith("'s")) and not words[run[-1]].low.endswith("s")
    ends = words[run[-1] + 1].text if run[-1] + 1 < len(words) else ""
    return len(run) == 1 and run[0] == 0 and ends in (".", "!", ",")


def _may_be_subject(word: _Word) -> bool:
    return word.low == "that" or (word.text[0].isalnum() and word.low not in FUNCTION)
