from collections.abc import Callable

import pytest

import rag
from index.opened import Index
from rag.spelling import corrected


@pytest.fixture
def town(archive: Callable[..., Index]) -> Index:
    return archive(
        bridge="The ministry closed the bridge at the frontier, in a new version by its planner. "
        "A spokeswoman said that Iraq would pay for the Kestrel report.",
        ferry="The ferry to Tajikistan carried the highest number of passengers since May.",
    )


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("who closed the brige at the fronteer", "who closed the bridge at the frontier"),
        ("what did the spokswoman of the minstry say?", "what did the spokeswoman of the ministry say?"),
        ("the hihgest number to Tajikstan", "the highest number to Tajikistan"),
    ],
)
def test_slips_are_put_right_by_the_archives_words(town: Index, typed: str, meant: str) -> None:
    assert corrected(typed, town) == meant


@pytest.mark.parametrize(
    "question",
    [
        "What did Iran say?",  # a word of its own, though one letter from one in the archive
        "who closed the bridges?",  # another form of a word that is there
        "Who runs Verizon, and what of the planters?",  # a name and a form of a word that no article holds
        "Did Xylophonia pay?",  # like nothing in the archive
        "what of it",
        "bridge-tax, mini.stry, U.N.C.L.E., 7,000",
        "",
    ],
)
def test_what_is_a_word_stays(town: Index, question: str) -> None:
    assert corrected(question, town) == question


def test_what_was_searched_for_is_told(town: Index) -> None:
    answer = rag.answer("who closed the brige?", index=town)
    assert (answer.question, answer.searched_for) == ("who closed the brige?", "who closed the bridge?")
