"""What kind of answer a question asks for, and whether a sentence holds one. English only; no list of topics."""

import re
from collections.abc import Callable
from typing import Literal, get_args

Kind = Literal[
    "identity", "saying", "duration", "share", "number", "time", "person", "place", "reason", "manner", "thing", "polar"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundreds? thousands? millions? billions? "
    "trillion dozens? scores half once twice several"
).split()
_NUMBER = rf"(?:[$€£]?\d[\d,.]*|\b(?:{'|'.join(_NUMBER_WORDS)})\b)"
_ROLE_NOUNS = (
    "president minister spokes\\w+ officials? officer governor leaders? chief head commander envoy director mayor judge "
    "police elders? residents? members? chair\\w* secretary ambassador negotiators? professor analysts? candidate "
    "company group council trader farmer author owner captain engineer founder"
).split()


def _of_kind(nouns: str) -> str:
    """A pattern for "what <noun>" and "which <adjective> <noun>"."""
    return rf"\b(?:what|which|whose)(?: \w+)?(?: \w+)? (?:{'|'.join(nouns.split())})\b"


# Tried in this order: "how many days" asks for a duration before it asks for a number.
_QUESTIONS: dict[Kind, re.Pattern[str]] = {
    "identity": re.compile(r"^who (?:is|was|are|were)(?: the)?(?: [\w’'.-]+){1,3}\??$"),
    "saying": re.compile(
        r"\b(?:what|how) (?:did|do|does|has|have|had) .*\b(?:say|said|tell|told|think|claim(?:ed)?|respond|react|describe|"
        r"call(?:ed)?|warn(?:ed)?|comment|argue|promise|demand|deny)\b"
    ),
    "duration": re.compile(
        r"\bhow long\b|\bhow (?:many|much)(?: more)? (?:days|weeks|months|years|decades|hours|minutes|time)\b"
    ),
    "share": re.compile(
        rf"{_of_kind('share percentage percent proportion fraction part')}|\bhow (?:much|large|big) an? |\bhow much of\b"
        r"|\bper cent\b|\bpercentage\b"
    ),
    "number": re.compile(
        r"\bhow (?:many|much|old|far|tall|high|big|large|deep|wide|fast|heavy|often|few)\b"
        rf"|{_of_kind('number amount price cost age figure total size population distance sum rate toll')}"
    ),
    "time": re.compile(
        rf"\bwhen\b|{_of_kind('date day year month time decade century hour week deadline')}"
        r"|\bhow (?:soon|recently|late|early)\b"
    ),
    "person": re.compile(
        r"\b(?:who|whom|whose)\b|"
        + _of_kind(
            "person people man woman official minister president leader governor mayor spokes\\w+ name group company "
            "organi[sz]ation party team"
        )
    ),
    "place": re.compile(
        r"\bwhere\b|"
        + _of_kind(
            "country city town place province state region village district area location continent island capital "
            "neighbou?rhood street venue site"
        )
    ),
    "reason": re.compile(rf"\bwhy\b|{_of_kind('reason reasons cause purpose motive')}|\bhow come\b|\bwhat (?:caused|led)\b"),
    "manner": re.compile(r"\bhow\b"),
    "polar": re.compile(r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b"),
}
_FOCUS = re.compile(
    r"\b(?:how many|how much|which|what)\s+((?:[\w’'-]+\s+){0,2}?[\w’'-]+)\s+"
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|to|of|in|on|from|that|who)\b"
)

_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s(?:of|al|bin|de|van|der|the)?\s?[A-Z][\w’'-]*)*")
_CALENDAR = frozenset([*_MONTHS, *_DAYS])
# Capitalised only because they begin a sentence.
_COMMON_FIRST = frozenset(
    "the a an he she it they we i you in on at by for from of to with as but and or if when while after before since "
    "during his her their its our this that these those there here what who where why how which not no some many most "
    "more all each every one two three four five last next earlier later meanwhile however according also then both "
    "although despite under over".split()
)


def kind_of(question: str) -> Kind:
    """Say what kind of answer is asked for.

    >>> [kind_of(q) for q in ("Who fled?", "How many fled?", "By when must they leave?", "What share?", "Is it open?")]
    ['person', 'number', 'time', 'share', 'polar']
    """
    lowered = question.lower().strip()
    return next((kind for kind, pattern in _QUESTIONS.items() if pattern.search(lowered)), "thing")


def focus_of(question: str) -> str | None:
    """Give the noun that is counted or chosen, if one is named.

    >>> focus_of("Which air base did they vacate?")
    'air base'
    """
    match = _FOCUS.search(question.lower())
    return match.group(1) if match else None


def names(text: str) -> list[str]:
    """Give runs of capitalised words, without a word that is capitalised only because it comes first.

    >>> names("On Thursday Nader Nadery spoke in Doha.")
    ['Thursday Nader Nadery', 'Doha']
    """
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        first, _, rest = name.partition(" ")
        if match.start() == 0 or text[: match.start()].rstrip(" \"“‘'(")[-1:] in {"", "."}:
            name = rest if first.lower() in _COMMON_FIRST else name
        if name:
            found.append(name)
    return found


def holds(kind: Kind, sentence: str, question: str) -> bool:
    """Say whether a sentence holds something of the kind asked for that the question does not already say.

    >>> holds("number", "More than 1,000 men fled.", "How many men fled?"), holds("number", "Men fled.", "How many fled?")
    (True, False)
    """
    return _HOLDS[kind](sentence, question.lower())


def _says(pattern: str, *, flags: re.RegexFlag = re.IGNORECASE) -> Callable[[str, str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda sentence, known: any(match.group().lower() not in known for match in compiled.finditer(sentence))


def _names_another(sentence: str, known: str) -> bool:
    words = (word for name in names(sentence) for word in name.split() if word[0].isupper())
    return any(word.lower() not in known and word.lower() not in _CALENDAR for word in words)


_has_role = _says(rf"\b(?:{'|'.join(_ROLE_NOUNS)})\b")
_HOLDS: dict[Kind, Callable[[str, str], bool]] = {
    "identity": _has_role,
    "saying": _says(
        r"[\"“]|\b(?:said|says|told|warn\w*|claim\w*|argu\w*|describ\w*|call(?:ed|s|ing)|den(?:y|ied|ies)|insist\w*|add(?:ed|s)"
        r"|accus\w*|announc\w*|according to|stat(?:ed|es)|promis\w*|demand\w*|react\w*|reject\w*|think\w*|believ\w*)\b"
    ),
    "duration": _says(
        rf"(?:{_NUMBER}|\ban?|\bfew|\bcouple of)[\s-](?:\w+[\s-])?(?:second|minute|hour|day|week|month|year|decade|centur)\w*"
        r"|\bindefinite\w*|\bpermanent\w*|\bdecades\b|\bcenturies\b"
    ),
    "share": _says(
        r"\d[\d.,]*\s?(?:%|per\s?cent|percentage)|\d+ (?:of|in) \d+|\d/\d\w*"
        r"|\b(?:half|third|quarter|fifth|tenth|two-thirds|three-quarters|majority|most|all|percent)\b"
    ),
    "number": _says(_NUMBER),
    "time": _says(
        rf"\b(?:{'|'.join(_MONTHS + _DAYS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b|\b(?:1[5-9]|20)\d\d\b"
        r"|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\b(?:today|tomorrow|yesterday|tonight|midnight|noon|overnight)\b"
        r"|\b(?:last|next|this|earlier this|later this)\s(?:week|month|year|spring|summer|autumn|fall|winter|morning|evening"
        r"|night|weekend|century|decade)\b"
        rf"|\b{_NUMBER}\s(?:day|week|month|year|hour|decade)s?\s(?:ago|later|earlier|before|after)\b"
        r"|\b\d\d(?:\d\d)?s\b|\bcentury\b|\bsince\b|\buntil\b"
    ),
    "person": lambda sentence, known: _names_another(sentence, known) or _has_role(sentence, known),
    "place": _says(
        r"\b(?:in|at|near|from|to|into|across|of|on|outside|inside|around|through|towards?|via|over|between)\s(?:the\s)?"
        r"(?:\w+\s)?[A-Z][\w’'-]+",
        flags=re.NOFLAG,
    ),
    "reason": _says(
        r"\b(?:because|due to|after|so that|in order to|as a result|since|over (?:fears|concerns|claims)|caus\w+|reasons?"
        r"|to (?:avoid|prevent|protect|stop|ensure|allow|make|keep|help)|therefore|thus|led to|blam\w+|thanks to|amid"
        r"|owing to|for fear|cit(?:ed|ing))\b"
    ),
    "manner": _says(r"\b(?:by|through|with|using|via|as)\b"),
    "thing": lambda sentence, known: True,
    "polar": _says(r"\b(?:not|no|never|den(?:y|ied|ies)|confirm\w*|agree\w*|reject\w*|refus\w*|yes)\b|n['’]t\b"),
}
