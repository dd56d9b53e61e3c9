"""What kind of answer a question asks for, and whether a sentence holds one. English only; no list of topics."""

import re
from collections.abc import Callable
from typing import Literal

Kind = Literal[
    "identity", "saying", "person", "time", "duration", "number", "share", "place", "reason", "manner", "thing", "polar"
]

_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions "
    "billion billions trillion dozen dozens scores half once twice several"
).split()
_NUMBER = rf"(?:[$€£]?\d[\d,.]*|\b(?:{'|'.join(_NUMBER_WORDS)})\b)"

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in {
        "identity": r"^who (?:is|was|are|were) (?:the )?[\w’'.-]+(?: [\w’'.-]+){0,2}\??$",
        "saying": r"\b(?:what|how) (?:did|do|does|has|have|had) .*\b(?:say|said|tell|told|think|claim|claimed|respond|react|describe|"
        r"call|called|warn|warned|comment|argue|argued|promise|promised|demand|deny)\b",
        "duration": r"\bhow long\b|\bhow (?:many|much) (?:more )?(?:days|weeks|months|years|hours|minutes|time)\b",
        "share": r"\b(?:what|which|how (?:much|large|big)) (?:\w+ ){0,2}(?:share|percentage|percent|proportion|fraction|part)\b"
        r"|\bhow much of\b|\bper cent\b|\bpercentage\b",
        "number": r"\bhow (?:many|much|old|far|tall|high|big|large|deep|wide|fast|heavy|often|few)\b"
        r"|\b(?:what|which) (?:\w+ ){0,2}(?:number|amount|price|cost|age|figure|total|size|population|distance|sum|rate|toll)\b",
        "time": r"\bwhen\b|\b(?:what|which|by what|on what|in what) (?:\w+ )?(?:date|day|year|month|time|decade|century|hour|week|deadline)\b"
        r"|\bhow (?:soon|recently|late|early)\b|\bsince when\b",
        "person": r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:\w+ )?(?:person|people|man|woman|official|minister|president|leader|"
        r"governor|mayor|spokes\w+|name|group|company|organi[sz]ation)\b",
        "place": r"\bwhere\b|\b(?:what|which|in what|in which) (?:\w+ )?(?:country|city|town|place|province|state|region|village|"
        r"district|area|location|continent|island|capital|neighbou?rhood|street|venue|site)\b",
        "reason": r"\bwhy\b|\b(?:what|which) (?:\w+ ){0,2}(?:reason|cause|purpose|motive)\b|\bhow come\b|\bwhat (?:caused|led)\b",
        "manner": r"\bhow\b",
        "thing": r"\b(?:what|which)\b",
        "polar": r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b",
    }.items()
)

KINDS: tuple[Kind, ...] = tuple(kind for kind, _ in _KINDS)

_FOUND: dict[Kind, re.Pattern[str]] = {
    "time": re.compile(
        rf"\b(?:{'|'.join(_MONTHS)}|{'|'.join(_DAYS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b(?!\s*\w+bound)"
        r"|\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\b(?:today|tomorrow|yesterday|tonight|midnight|noon|overnight)\b"
        r"|\b(?:last|next|this|earlier this|later this)\s(?:week|month|year|spring|summer|autumn|fall|winter|morning|evening|night|"
        rf"weekend|century|decade)\b|\b(?:{_NUMBER})\s(?:day|week|month|year|hour|decade)s?\s(?:ago|later|earlier|before|after)\b"
        r"|\b\d\d(?:\d\d)?s\b|\bcentury\b|\bsince\b|\buntil\b",
        re.IGNORECASE,
    ),
    "duration": re.compile(
        rf"(?:{_NUMBER}|\ban?|\bfew|\bcouple of)[\s-](?:\w+[\s-])?(?:second|minute|hour|day|week|month|year|decade|centur)\w*"
        r"|\bindefinite\w*|\bpermanent\w*|\bdecades\b|\bcenturies\b",
        re.IGNORECASE,
    ),
    "number": re.compile(_NUMBER, re.IGNORECASE),
    "share": re.compile(
        r"\d[\d.,]*\s?(?:%|per\s?cent|percentage)"
        r"|\b(?:half|third|quarter|fifth|tenth|two-thirds|three-quarters|majority|most|all|\d/\d\w*)\b|\bpercent\b|\d+ (?:of|in) \d+",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\bbecause\b|\bdue to\b|\bafter\b|\bso that\b|\bin order to\b|\bas a result\b|\bsince\b|\bover (?:fears|concerns|claims)\b|\bcaus\w+"
        r"|\breasons?\b|\bto (?:avoid|prevent|protect|stop|ensure|allow|make|keep|help)\b|\btherefore\b|\bthus\b|\bled to\b|\bblam\w+"
        r"|\bthanks to\b|\bamid\b|\bowing to\b|\bfor fear\b|\bcit(?:ed|ing)\b",
        re.IGNORECASE,
    ),
    "manner": re.compile(r"\bby\b|\bthrough\b|\bwith\b|\busing\b|\bvia\b|\bas\b", re.IGNORECASE),
    "polar": re.compile(r"\b(?:not|no|never|den(?:y|ied|ies)|confirm\w*|agree\w*|reject\w*|refus\w*|yes)\b|n['’]t\b", re.IGNORECASE),
}
_PREPOSITION_NAME = re.compile(
    r"\b(?:in|at|near|from|to|into|across|of|on|outside|inside|around|through|towards?|via|over|between)\s(?:the\s)?"
    r"(?:\w+\s)?[A-Z][\w’'-]+"
)
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s(?:of|al|bin|de|van|der|the)?\s?[A-Z][\w’'-]*)*")
_ROLE = re.compile(
    r"\b(?:president|minister|spokes\w+|official|officer|governor|leader|chief|head|commander|envoy|director|mayor|judge|police|"
    r"elders?|residents?|member|chair\w*|secretary|ambassador|negotiator|professor|analyst|candidate|company|group|council)\b",
    re.IGNORECASE,
)  # fmt: skip
_SAYING = re.compile(
    r"[\"“]|\b(?:said|says|told|warn\w*|claim\w*|argu\w*|describ\w*|call(?:ed|s|ing)|den(?:y|ied|ies)|insist\w*|add(?:ed|s)|accus\w*|"
    r"announc\w*|according to|stat(?:ed|es)|promis\w*|demand\w*|react\w*|reject\w*|think\w*|believ\w*)\b",
    re.IGNORECASE,
)  # fmt: skip
_FOCUS = re.compile(r"\b(?:how many|how much|which|what)\s+((?:[\w’'-]+\s+){0,2}?[\w’'-]+)\s+(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|to|of|in|on|from|that|who)\b")  # fmt: skip


def kind_of(question: str) -> Kind:
    """Say what kind of answer is asked for.

    >>> [kind_of(q) for q in ("Who fled?", "How many fled?", "By when must they leave?", "What share?", "Is it open?")]
    ['person', 'number', 'time', 'share', 'polar']
    """
    lowered = question.lower().strip()
    return next((kind for kind, pattern in _KINDS if pattern.search(lowered)), "thing")


def focus_of(question: str) -> str | None:
    """The noun that is counted or chosen, if one is named: `districts` in "How many districts did they take?".

    >>> focus_of("Which air base did they vacate?")
    'air base'
    """
    match = _FOCUS.search(question.lower())
    return match.group(1) if match else None


def holds(kind: Kind, sentence: str, question: str) -> bool:
    """Whether a sentence holds something of the kind asked for that the question does not already say.

    >>> holds("number", "More than 1,000 men fled.", "How many men fled?"), holds("number", "Men fled.", "How many men fled?")
    (True, False)
    """
    return _HOLDS[kind](sentence, question)


def names(text: str) -> list[str]:
    """Runs of capitalised words, the first word of a sentence only where it goes on: candidates for proper names.

    >>> names("On Thursday Nader Nadery spoke in Doha.")
    ['Thursday Nader Nadery', 'Doha']
    """
    found = []
    for match in _NAME.finditer(text):
        at_start = match.start() == 0 or text[max(0, match.start() - 2) : match.start()].strip(" \"“‘'(") in {"", "."}
        if at_start and " " not in match.group() and match.group().lower() in _COMMON_FIRST:
            continue
        name = match.group()
        if at_start and name.split()[0].lower() in _COMMON_FIRST:
            name = name.split(maxsplit=1)[1] if " " in name else ""
        if name:
            found.append(name)
    return found


_COMMON_FIRST = frozenset(
    "the a an he she it they we i you in on at by for from of to with as but and or if when while after before since during "
    "his her their its our this that these those there here what who where why how which not no some many most more all each "
    "one two three four five last next earlier later meanwhile however according also then both although despite under over".split()
)
_CALENDAR = frozenset([*_MONTHS, *_DAYS])


def _new_names(sentence: str, question: str) -> bool:
    known = question.lower()
    return any(
        any(part.lower() not in known and part.lower() not in _CALENDAR for part in name.split() if part[0].isupper())
        for name in names(sentence)
    )


def _new_match(pattern: re.Pattern[str]) -> Callable[[str, str], bool]:
    def found(sentence: str, question: str) -> bool:
        known = question.lower()
        return any(match.group().lower() not in known for match in pattern.finditer(sentence))

    return found


_HOLDS: dict[Kind, Callable[[str, str], bool]] = {
    **{kind: _new_match(pattern) for kind, pattern in _FOUND.items()},
    "identity": lambda sentence, question: _ROLE.search(sentence) is not None,
    "saying": lambda sentence, question: _SAYING.search(sentence) is not None,
    "person": lambda sentence, question: _new_names(sentence, question) or _new_match(_ROLE)(sentence, question),
    "place": _new_match(_PREPOSITION_NAME),
    "thing": lambda sentence, question: True,
}
