"""A follow-up made whole from the questions before it, without a language model.

Each earlier question leaves a focus (`rag/focus.py`). "It", "its" or "a new one" give way to the focus, "and in Herat?" takes
the last question's frame, "why?" takes the whole last question along, and so does what cannot be resolved. A question that
names something of its own and points at nothing stands alone. Answers are not used: a wrong one would spoil what follows it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.focus import ABOUT, JOINS, Focus, chains_of, doers_of, focus_of, is_generic
from rag.phrases import BEING, DETERMINERS, FUNCTION, Phrase, is_name, phrases

MAX_TURNS = 10  # earlier questions that are looked at
MAX_CONTEXT = 500  # characters of an earlier question that is taken along
_FRAME = 3  # words of "what about ..." up to which it asks the last question again
_SHORT = 5  # words that carry meaning, up to which a question without a name may be about what came before
_PRONOUN = re.compile(
    r"\b(?:(?P<whose>its|their|his|her(?=\s+\w))|(?P<who>it|they|them|he|him|she|her|hers|theirs))\b", re.IGNORECASE
)
_PERSONAL = frozenset("he him his she her hers".split())
_MANY = re.compile(r"s\b|\b(?:people|men|women|children|police|staff|crew|team|media)\b", re.IGNORECASE)
_PLURAL = frozenset("they them their theirs".split())
# "It" that stands for nothing: "is it better to wait?", "it is said that".
_EMPTY_IT = re.compile(
    r"\b(?:(?:is|was|be|does|did|will|would|can|has) it (?:[\w-]+ ){0,4}?"
    r"|it(?:['’]s| is| was| will be| takes?| took| costs?| seems) (?:[\w-]+ ){0,3}?)"
    r"(?:to \w|that\b|if\b|whether\b|for \w+ to\b)|\b(?:what time|how late) (?:is|was) it\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"(?P<before>\b(?:a|an|the|this|that|any|which)\s+(?:[\w-]+\s+){0,2})(?P<one>ones?)\b", re.IGNORECASE)
_OTHER_ONE = re.compile(
    r"\bthe (?:other|first|second|last|former|latter)(?: ones?)?(?=\s*[?.!,]|$)"
    r"|\b(?:what|how) about the (?:other|first|second|last)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:that|this|those|these)(?=\s*[?.!,]|$)", re.IGNORECASE)
_POINTED = re.compile(r"\b(?:those|these|such|this|that) [a-z-]+\b|\b(?:there|then)(?=\s*[?.!,]|$)", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:and |but |so |or )?(?:for |by |to |from |since |until |at |in |with )?"
    r"(?:why|how|when|where|whom?|which|what|how (?:many|much|long|old|far|often)|what (?:time|day|year))"
    r"(?: not| so| else| exactly)?[?!. ]*$|^(?:says who|really)[?!. ]*$",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"^(?:[\w ,]+[.!] )?(?:(?:and|but|or|so)\s+)?(?P<about>what|how) about\s+(?P<rest>.+?)[?.! ]*$"
    r"|^(?:and|or|but)\s+(?P<more>.+?)[?.! ]*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^(?:and|but|so|then|also|or)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\b(?:and|but|when|while|after|before|because|if|that|who|which|since|although|so)\b|[,;:]", re.IGNORECASE
)
_QUESTION = re.compile(
    r"^(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b",
    re.IGNORECASE,
)
_VERBS = "is|are|was|were|do|does|did|has|have|had|will|would|can|could"
_HOW_MANY = re.compile(rf"\bhow (?:many|much) (?=(?:{_VERBS})\b)", re.IGNORECASE)
_COUNTED = re.compile(
    rf"\bhow (?:many|much) (?P<what>(?!(?:{_VERBS})\b)(?:[\w-]+ ){{0,2}}?[\w-]+) (?=(?:{_VERBS})\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A question made whole. `focus` is what was added from the questions before; `sure` is false where it was only guessed."""

    text: str
    focus: str = ""
    sure: bool = True


def made_whole(question: str, earlier: Sequence[str]) -> Whole:
    """Make a question whole from those asked before it, the oldest first.

    >>> made_whole("when did it begin?", ["who brokered the truce in Badghis?"]).text
    'when did the truce in Badghis begin?'
    >>> made_whole("and in Herat?", ["how many fled in Badghis?"]).text
    'how many fled in Herat?'
    """
    last, focus, doers = "", None, None
    for asked in earlier[-MAX_TURNS:]:
        whole = _whole(asked, last, focus, doers)
        doers = doers_of(whole.text) or (doers if whole.focus else None)
        brought = ABOUT.search(asked) and not _OTHER_ONE.search(asked)
        focus = ((brought or not whole.focus) and focus_of(asked)) or focus
        if not (last and _BARE.match(asked)):  # "why?" after "why?" asks of the same question
            last = whole.text if whole.sure else asked
    return _whole(question, last[-MAX_CONTEXT:], focus, doers)


def _whole(question: str, last: str, focus: Focus | None, doers: Focus | None) -> Whole:
    if not last:
        return Whole(question)
    together = Whole(f"{last} {question}", last)
    if _BARE.match(question) or _OTHER_ONE.search(question):
        return together
    if _HOW_MANY.search(question) and (counted := _COUNTED.search(last)):
        question = _HOW_MANY.sub(lambda match: f"{match.group()}{counted['what']} ", question, count=1)
        if not _open_pronoun(question):
            return Whole(question, counted["what"])
    fragment = _FRAGMENT.match(question)
    rest = (fragment["rest"] or fragment["more"]) if fragment else ""
    if fragment and not _QUESTION.match(rest) and not _PRONOUN.search(rest):
        if framed := _framed(rest, last, focus):
            return Whole(framed, last)
        if not fragment["about"]:
            return together
    if pronoun := _open_pronoun(question):
        they = doers if pronoun.group().lower() in (*_PLURAL, "their") else None
        focus = they or focus
        if focus is None:
            return together
        if not they and not _may_stand_for(pronoun.group().lower(), focus):
            return Whole(_with(question, focus), focus.text)
        said = focus.genitive if pronoun["whose"] else focus.text
        return Whole(question[: pronoun.start()] + said + question[pronoun.end() :], focus.text)
    if focus is None:
        return Whole(question)
    if one := _ONE.search(question):
        return Whole(question[: one.start("one")] + focus.bare + question[one.end("one") :], focus.text)
    if _POINTING.search(question):  # it stands for what was said, which no phrase can replace
        return Whole(_with(question, focus), focus.text)
    if _wants_context(question, focus):
        sure = bool(_POINTED.search(question) or _GOES_ON.match(question))
        return Whole(_with(question, focus), focus.text, sure)
    return Whole(question)


def _open_pronoun(question: str) -> re.Match[str] | None:
    """The first pronoun that stands for something which the question itself does not name."""
    found = phrases(question)
    empty = [match.span() for match in _EMPTY_IT.finditer(question)]
    for match in _PRONOUN.finditer(question):
        if not any(start <= match.start() < end for start, end in empty) and not _explained(question, match, found):
            return match
    return None


def _may_stand_for(pronoun: str, focus: Focus) -> bool:
    """Whether "she" or "they" may stand for the focus. "She" for a ship is left to the last question as a whole."""
    if pronoun in _PERSONAL:
        return focus.kind == "person"
    if pronoun in (*_PLURAL, "their"):
        return focus.kind != "place" and (any(map(is_name, focus.text.split())) or _MANY.search(focus.text) is not None)
    return focus.kind != "person"


def _explained(question: str, pronoun: re.Match[str], found: Sequence[Phrase]) -> bool:
    """Whether a pronoun stands for something in the question itself, as in "why did the truce fail after it began".

    In one clause "the mayor ... his" may be one person, and "the mayor ... him" is not.
    """
    before = [phrase for phrase in found if phrase.end <= pronoun.start() and not is_generic(phrase)]
    before = [phrase for phrase in before if phrase.led not in ("how", "which", "what", "whose")]
    if not before:
        return False
    return bool(pronoun["whose"]) or _CLAUSE.search(question[before[0].end : pronoun.start()]) is not None


def _framed(rest: str, last: str, focus: Focus | None) -> str:
    """The last question asked of something else: a place for a place, a name for a name; "" when it is not clear which."""
    old, new = phrases(last), phrases(rest)
    lead = rest.split()[0].lower()
    if not new or len(new) > 2 or new[0].led in ("the", "this", "that"):
        return ""
    if lead in JOINS:
        articles = "|".join(sorted(DETERMINERS))
        for phrase in reversed(old):
            led = re.search(rf"\b{lead}\s+(?:(?:{articles})\s+)?$", last[: phrase.start], re.IGNORECASE)
            if led:
                return last[: led.start()] + rest + last[phrase.end :]
        return f"{last.rstrip('?.! ')} {rest}?"
    named = [phrase for phrase in old if phrase.named]
    if new[0].named and len(named) == 1:
        return last[: named[0].start] + new[0].text + last[named[0].end :]
    if focus and focus.text in last:
        return last.replace(focus.text, new[0].text, 1)
    return f"{last} {rest}?" if len(rest.split()) <= _FRAME else ""


def _wants_context(question: str, focus: Focus) -> bool:
    """Whether a question that points at nothing may still be about the focus: it is short, and nothing in it has a name."""
    about = ABOUT.search(question)
    if any(phrase.named for phrase in phrases(question) if phrase.led != "how") or (about and about["request"]):
        return False
    if _PRONOUN.search(question):
        return False  # explained by the question itself
    own = _content(question)
    if {_root(word) for word in own} & {_root(word) for word in _content(focus.text)}:
        return False
    if any(len(chain) > 1 and not is_generic(chain[0]) for chain in chains_of(question)):
        return False  # "the mayor of the town" says which mayor
    return len(own) <= _SHORT


def _with(question: str, focus: Focus) -> str:
    """The question with the focus at its end, in brackets where it does not end in a phrase that it could belong to."""
    end = re.search(r"[?.!\s]*$", question)
    assert end is not None
    found = phrases(question)
    joined = found and found[-1].end == end.start() and found[-1].led not in BEING
    added = f" of {focus.text}" if joined else f" ({focus.text})"
    return f"{question[: end.start()]}{added}{end.group().strip() or '?'}"


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.lower()) if word not in FUNCTION]


def _root(word: str) -> str:
    return re.sub(r"(?:ing|ies|es|ed|s|y)$", "", word) if len(word) > 4 else word.rstrip("s")
