"""Slips of the keyboard in a question, put right by the archive's own words. Cautious: a word that is one stays as it is."""

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

from index.encoder import open_tokenizer
from index.keyword import STOP_WORDS, words
from index.opened import Index
from index.packaged import packaged_folder

SHORTEST = 4  # letters
LONG = 8  # letters, from which on two may be wrong
LIKE = 0.85  # least likeness of two spellings: Ratcliff and Metzener 1988, as difflib computes it
LIKE_NAME = 0.9  # of words written with a capital: a name that no article has is no slip
_ENDINGS = ("s", "es", "d", "ed", "ing", "r", "er", "ers", "ly", "ees")
_WORD = re.compile(rf"(?<![\w'’.-])[A-Za-z]{{{SHORTEST},}}(?![\w])")


def corrected(question: str, index: Index) -> str:
    """The question with words that neither the archive nor the language knows spelled as the archive has them.

    A word stays when the archive holds any form of it, when the packaged model's vocabulary does (so that a country that no
    article names is never turned into one that is), and when no word of the archive is close.
    """

    def other(match: re.Match[str]) -> str:
        word = match.group()
        small = word.lower()
        if small in STOP_WORDS or _is_word(small) or index.keywords.holds(small):
            return word
        found = _nearest(small, index, LIKE_NAME if word[0].isupper() else LIKE)
        return word if found is None else found.capitalize() if word[0].isupper() else found

    return _WORD.sub(other, question)


def _nearest(word: str, index: Index, like: float) -> str | None:
    for edits in (1, 2):  # of stems, which one slip may change twice
        rows = index.keywords.rows_alike(word, edits)
        counts = Counter(each for passage, _ in index.articles.passages(rows).values() for each in words(passage.text))
        close = [
            (SequenceMatcher(None, word, each).ratio(), counts[each], each)
            for each in sorted(counts)
            if each[0] == word[0] and each.isalpha() and abs(len(each) - len(word)) <= (2 if len(word) >= LONG else 1)
        ]
        best = max(close, default=(0.0, 0, ""))
        if best[0] >= like:
            return best[2]
    return None


def _is_word(word: str) -> bool:
    bases = [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))]
    return any(base in vocabulary() or f"{base}e" in vocabulary() for base in bases if len(base) >= SHORTEST)


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """The packaged model's whole words and pieces of words, in lower case."""
    return frozenset(open_tokenizer(packaged_folder()).get_vocab())
