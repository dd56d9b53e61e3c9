from datetime import date

import pytest

from index.errors import UsageError
from rag.question import filters, normalise, searched_for

HISTORY = [("user", "Who brokered the truce in Badghis?"), ("assistant", "Ten elders did.")]


def test_a_question_becomes_one_line() -> None:
    assert normalise("  who\n won  it? ") == "who won it?"


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\n", "\ud800"])
def test_a_question_without_words_is_refused(question: str) -> None:
    with pytest.raises(UsageError, match="has no words"):
        normalise(question)


def test_a_question_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="2009 characters"):
        normalise("why? " * 402)


def test_a_follow_up_is_made_whole_from_what_the_user_asked() -> None:
    assert searched_for("when did it begin?", HISTORY) == "when did the truce in Badghis begin?"
    assert searched_for("why?", HISTORY) == "Who brokered the truce in Badghis? why?"


@pytest.mark.parametrize("question", ["when did the truce in Badghis begin?", "who said that talks failed in Doha?"])
def test_a_question_that_stands_alone_is_searched_as_asked(question: str) -> None:
    assert searched_for(question, HISTORY) == question


def test_without_history_a_question_is_searched_as_asked() -> None:
    assert searched_for("when did it begin?", []) == "when did it begin?"


def test_filters_are_checked_and_spelled_as_the_archive_spells() -> None:
    found = filters("2021-07-01", "2021-07-31", ["harbour wire", "HARBOUR WIRE"], ["Harbour Wire", "Post"])
    assert (found.after, found.before, found.outlets) == ("2021-07-01", "2021-07-31", ("Harbour Wire",))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("July", None, []), "after is 'July', not a day"),
        ((None, "2021-02-30", []), "before is '2021-02-30', not a day"),
        (("2021-08-01", "2021-07-01", []), "Nothing is both after 2021-08-01 and before 2021-07-01"),
        ((None, None, ["BCC"]), "'BCC'; the archive has Post"),
    ],
    ids=["month", "impossible day", "empty span", "unknown outlet"],
)
def test_filters_that_make_no_sense_are_refused(arguments: tuple, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        filters(*arguments, ["Post"])


def test_history_never_spoils_a_question() -> None:
    assert searched_for("why?", [("user", "??"), ("assistant", "Yes.")]) == "why?"
    assert len(searched_for("why?", [("user", "Who said so? " * 400)])) < 600


def test_filters_take_days_one_outlet_and_all_its_spellings() -> None:
    found = filters(date(2021, 7, 1), None, "écho de liège", ["Écho de Liège", "ÉCHO DE LIÈGE", "Post"])
    assert (found.after, found.outlets) == ("2021-07-01", ("ÉCHO DE LIÈGE", "Écho de Liège"))


def test_a_long_list_of_outlets_is_cut() -> None:
    with pytest.raises(UsageError, match="and 40 more"):
        filters(None, None, ["BCC"], [f"Post {number}" for number in range(50)])
