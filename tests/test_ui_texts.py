"""The page's words: every language has all of them, with the same places for what is put in."""

import re
from dataclasses import asdict

import pytest

from ui.texts import ENGLISH, GERMAN, LANGUAGES, Texts
from ui.words import day, days

PLACE = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=LANGUAGES)
def test_every_word_is_there_with_its_places(texts: Texts) -> None:
    for name, words in asdict(texts).items():
        english = getattr(ENGLISH, name)
        assert words and len(texts.months) == 12
        if isinstance(words, str):
            assert sorted(PLACE.findall(words)) == sorted(PLACE.findall(english)), name
            assert words.count("|") == english.count("|"), name


def test_a_second_language_is_another_language() -> None:
    told, english = GERMAN.to_dict(), ENGLISH.to_dict()
    assert [name for name in told if told[name] == english[name]] == []


def test_dates_and_counts_read_as_in_the_terminal() -> None:
    for published in ("2021-07-06", "2021-07-06T23:59:00-05:00", None, "soon", "2021"):
        assert ENGLISH.day(published) == day(published)
    for span in (
        ("2021-07-02", "2023-05-30"),
        ("2021-07-02", "2021-07-02"),
        ("2021-07-02", None),
        (None, "2021-07-02"),
        (None, None),
    ):
        assert ENGLISH.days(*span) == days(*span)
    assert (
        ENGLISH.counted(1234, "article|articles") == "1,234 articles"
        and GERMAN.counted(1234, "Artikel|Artikel") == "1.234 Artikel"
    )
    assert GERMAN.day("2021-07-06") == "6. Juli 2021"
