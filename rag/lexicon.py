"""The words of a text that carry its meaning, as the archive's keyword search knows them."""

from typing import Protocol

from index.keyword import STOP_WORDS, words


class Lexicon(Protocol):
    """What stems words; the index's keyword search does."""

    def stems(self, text: str) -> list[str]:
        """The words of a text, lower case, endings off."""
        ...


def content_sequence(text: str, lexicon: Lexicon) -> list[str]:
    """The stems of a text without stop words and without what stemming leaves of a genitive, in order."""
    return [stem for stem in lexicon.stems(" ".join(word for word in words(text) if word not in STOP_WORDS)) if stem != "s"]


def content(text: str, lexicon: Lexicon) -> set[str]:
    """The different stems of a text that carry its meaning."""
    return set(content_sequence(text, lexicon))
