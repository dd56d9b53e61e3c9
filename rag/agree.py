"""Whether one sentence bears another out: the same numbers, names and polarity, and most of the words in their order.

It compares words and understands nothing, so it is strict: a source that is not cited costs less than one that is cited for
what it does not say. Who says what when sources differ is not decided here.
"""

import re
from itertools import pairwise

from rag.lexicon import Lexicon, content_sequence
from rag.polarity import turned
from rag.replaced import replaced

LEAST_WORDS = 3  # of a sentence that can be compared at all
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}
_NUMBER_WORDS |= dict.fromkeys(("hundred", "hundreds"), "100") | dict.fromkeys(("thousand", "thousands"), "1000")
_NUMBER_WORDS |= dict.fromkeys(("million", "millions"), "1000000") | {"half": "1/2", "third": "1/3", "quarter": "1/4"}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NEGATION = re.compile(
    r"\b(?:not|no|nor|never|none|nobody|nothing|neither|without|cannot|den(?:y|ies|ied|ying)|reject\w*|refus\w*|fail\w*|unlikely"
    r"|halt\w*|cancel\w*|oppos\w*|dismiss\w*|rul\w+ out)\b|n['’]t\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[^.!?\s\"“‘'(]\s)[A-Z][\w’'-]*|\b[A-Z]{2,}\b")


def bears_out(shown: str, other: str, lexicon: Lexicon, *, same_answer: bool = False) -> bool:
    """Say whether a sentence may be cited for the one that is shown: it holds its numbers and names, and says it alike.

    Half of the content words have to be there if numbers agree as well, or the words that answer the question
    (`same_answer`), else seven of ten; and a third of the pairs of words that follow one another, since "India attacked
    Pakistan" has the words of "Pakistan attacked India".
    """
    mine, theirs = content_sequence(shown, lexicon), content_sequence(other, lexicon)
    if len(set(mine)) < LEAST_WORDS or bool(_NEGATION.search(shown)) != bool(_NEGATION.search(other)):
        return False
    numbers = figures(shown)
    if not numbers <= figures(other):
        return False
    names = set(lexicon.stems(" ".join(_NAME.findall(shown))))
    if not names <= set(lexicon.stems(other)):
        return False
    needed = 0.5 if numbers or same_answer else 0.7
    if replaced(shown, other, lexicon):
        return False
    pairs = set(pairwise(mine))
    alike = len(set(mine) & set(theirs)) >= needed * len(set(mine)) and 3 * len(pairs & set(pairwise(theirs))) >= len(pairs)
    return alike and not turned(shown, other, lexicon)  # both may deny something, and not the same thing


def is_negative(text: str) -> bool:
    """Say whether a text denies something anywhere."""
    return _NEGATION.search(text) is not None


def names(text: str) -> set[str]:
    """The names of a text, in small letters: words with a capital that does not come from where they stand.

    >>> sorted(names("Police in Herat told the BBC so. They left."))
    ['bbc', 'herat']
    """
    return {name.lower() for name in _NAME.findall(text)}


def figures(text: str) -> set[str]:
    """Give the numbers of a text in one spelling, those written out among them.

    >>> sorted(figures("Seven of 7,000 men walked 7.50 miles in the 1990s."))
    ['1990', '7', '7.50', '7000']
    """
    found = {match.replace(",", "") for match in _NUMBER.findall(text)}
    return found | {_NUMBER_WORDS[word] for word in _WORD.findall(text.lower()) if word in _NUMBER_WORDS}
