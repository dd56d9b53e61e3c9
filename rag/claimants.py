"""Who a sentence says a thing on the word of: "the Taliban", "Western security officials". None when it says it itself.

It goes by the verbs of saying and by where clauses part. What "he" stands for is looked for in the sentences before, where
somebody else is said to speak; nothing is guessed beyond them.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

LONGEST = 9  # words of a name for who speaks
_VERB = (
    r"(?:sa(?:id|ys?)|tells?|told|claim(?:s|ed)?|spoke|den(?:y|ies|ied)|insist(?:s|ed)?|argue[sd]?|report(?:s|ed)?|estimate[sd]?(?=\s(?:that|the|at|there|some|about|between|\d))|announce[sd]?"
    r"|confirm(?:s|ed)?|maintain(?:s|ed)?|put|puts|reckon(?:s|ed)?|assert(?:s|ed)?|declare[sd]?|count(?:s|ed)?|warn(?:s|ed)?"
    r"|add(?:s|ed)?|state[sd]?|contend(?:s|ed)?|reject(?:s|ed)?|dismiss(?:es|ed)?|dispute[sd]?|allege[sd]?|believe[sd]?|found|wrote|writes?)"
)
# "has not yet said" is nobody's word for anything.
_SILENT = re.compile(r"\b(?:not|never|no longer|yet to|refused to|declined to)\b", re.IGNORECASE)
_ADVERB = r"(?:(?:also|later|now|then|has|have|had|recently|earlier|already|\w+ly)\s+){0,3}"
# "X said", "X's spokesman claimed", not "was said".
_BEFORE = re.compile(rf"(?P<who>[^,;:“”\"–—]+?)\s+(?:themselves\s+|itself\s+)?{_ADVERB}\b{_VERB}\b(?!\s+{_VERB}\b)")
_ASIDE = re.compile(rf"^(?P<who>[^,;:“”\"–—]{{3,60}}), [^”\"]{{3,200}}?, {_ADVERB}{_VERB}\b")
_AFTER = re.compile(rf"[,”\"’]\s+{_VERB}\s+(?P<who>[A-Z][^,.;:“”\"–—]*|(?:an?|the|one|some|two)\s[^,.;:“”\"–—]*)")
_LATE = re.compile(rf",[”\"’]?\s+(?P<who>(?:[\w’'-]+\s+){{1,{LONGEST}}}?){_ADVERB}{_VERB}\b\s*(?:[.,]|on\b|in\b|at\b|$)")
_ACCORDING = re.compile(r"\b(?:according to|in the words of|as reported by)\s+(?P<who>[^,.;:“”\"–—]+)", re.IGNORECASE)
_FINITE = re.compile(r"\b(?:have|has|had|is|are|was|were|will|would|can|could|did|do|does)\b")
_CLAUSE = re.compile(r",?\s+(?:but|while|whereas|although|though|yet)\s+|;\s+|\s+[–—]\s+", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:however|but|and|meanwhile|while|whereas|although|though|yet|still|instead|later|earlier|nevertheless|that|which)\b,?\s*"
    r"|(?:on|in|at|by|since|last|this)\s(?:[\w’'-]+\s){0,3}?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|year|night"
    r"|morning|evening|day|january|february|march|april|may|june|july|august|september|october|november|december|\d{4})\b,?\s*)+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"^(?:he|she|it|they|who|which|that|this|these|those|we|i|you|there|what|it was|none|nobody|no one)\b", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s+(?:on|in|at|of|to|by|for|from|with|last|this|earlier|who|which|that|whose|when|as|after|before|during|told|about|and|is|was"
    r"|are|were|has|have|had)\s*$|\s+(?:on \w+day|last \w+|this (?:week|month|year|morning|evening)|earlier)(?: \w+)?$"
    r"|\s+(?:who|which|whose|when|as|told)\s.*$|,.*$",
    re.IGNORECASE,
)
_SMALL = frozenset("a an the other some many several most one two three both officials police residents witnesses".split())


def claimant(sentences: Sequence[str], at: int) -> str | None:
    """Who says what stands at character `at` of the last of some sentences; those before it tell who "he" is.

    >>> claimant(["Western officials said 100 fell but the Taliban say they hold 200."], 60)
    'the Taliban'
    >>> claimant(["A spokesman for the group said he knew of a truce.", "He later said that no offer had been made."], 30)
    'a spokesman for the group'
    """
    text = sentences[-1]
    spoken, pronoun = _in_clause(text, at)
    if spoken:
        return spoken
    if pronoun:
        for earlier in reversed(sentences[:-1]):
            if found := _subject(earlier):
                return found
    return None


def _in_clause(text: str, at: int) -> tuple[str | None, bool]:
    """The speaker of the clause that holds a place, and whether it is only a pronoun; else that of the whole sentence."""
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    start, end = next(((a, b) for a, b in pairwise(cuts) if a <= at < b), (0, len(text)))
    pronoun = False
    for first, last in ((start, end), (0, len(text))):
        clause = text[first:last]
        found = _speakers(clause)
        if (first, last) != (start, end) and len(found) != 1:
            break  # of several speakers in other clauses none is chosen
        near = sorted(found, key=lambda pair: (pair[0] > at - first, abs(pair[0] - (at - first))))
        for _, who in near:
            name = named(who)
            if name:
                return name, False
            pronoun = True
    return None, pronoun or bool(_PRONOUN.match(text))


def _speakers(clause: str) -> list[tuple[int, str]]:
    """Every speaker of a clause with the place of the verb, as far as the forms tell."""
    found = [(match.start(), match["who"]) for match in _ACCORDING.finditer(clause)]
    found += [(match.start(), match["who"]) for match in _AFTER.finditer(clause) if not _FINITE.search(match["who"])]
    if found:
        return found
    found += [(match.end(), match["who"]) for match in _ASIDE.finditer(clause)]
    found += [(match.end(), match["who"]) for match in _BEFORE.finditer(clause)]
    found += [(match.start(), match["who"]) for match in _LATE.finditer(clause)]
    return found


def _subject(sentence: str) -> str | None:
    """The first speaker of a sentence that has a name."""
    for _, who in _speakers(sentence):
        if name := named(who):
            return name
    return None


def named(words: str) -> str | None:
    """The speaker's name without what leads up to it; None for a pronoun, and for a phrase that is too long for a name.

    >>> named("However, on Thursday the governor of Badghis"), named("he"), named("Other estimates")
    ('the governor of Badghis', None, 'other estimates')
    """
    if _SILENT.search(words):
        return None
    text = _LEADING.sub("", " ".join(words.split()).strip(" '’\"“”"))
    previous = None
    while text != previous:
        previous, text = text, _TAIL.sub("", text)
    first = text.split(" ", 1)[0].lower()
    if (
        not text
        or text.lower() in ("a", "an", "the")
        or _PRONOUN.match(text)
        or _FINITE.search(text)
        or len(text.split()) > LONGEST
        or not any(letter.isalpha() for letter in text)
    ):
        return None
    return text[0].lower() + text[1:] if first in _SMALL else text
