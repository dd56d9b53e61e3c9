"""Chips: each part of a search can be taken away, and what is left is asked with."""

import pytest

from rag.records import Filters
from ui.filters import Given, chips_html, given_of, without
from ui.texts import ENGLISH, GERMAN

USED = Filters("2021-07-01", "2021-07-31", ("AFP", "<b>BBC"), read=("in July",))


@pytest.mark.parametrize(
    ("chip", "left"),
    [
        ("dates", Given(None, None, ("AFP", "<b>BBC"), read=False)),
        ("outlet:<b>BBC", Given("2021-07-01", "2021-07-31", ("AFP",), read=False)),
        ("outlet:nobody", Given("2021-07-01", "2021-07-31", ("AFP", "<b>BBC"), read=False)),
    ],
)
def test_a_chip_takes_its_own_part_away(chip: str, left: Given) -> None:
    assert without(USED, chip) == left


def test_chips_stand_for_all_that_is_left_out() -> None:
    html = chips_html(USED, ENGLISH)
    assert 'data-chip="dates"' in html and 'data-chip="outlet:&lt;b&gt;BBC"' in html and "<b>" not in html
    assert "1 July 2021 to 31 July 2021" in html and "read from “in July” in the question" in html
    assert "1. Juli 2021 bis 31. Juli 2021" in chips_html(USED, GERMAN)
    assert chips_html(Filters(), ENGLISH) == ""


@pytest.mark.parametrize(
    "sent",
    [{}, {"after": 7, "before": [], "outlets": "BBC"}, {"after": "soon", "outlets": None}, {"outlets": [7, None, {}]}],
    ids=repr,
)
def test_what_is_no_filter_is_none(sent: dict[str, object]) -> None:
    assert given_of(sent) == Given()


def test_the_options_are_what_an_answer_takes() -> None:
    assert given_of({"after": "2021-07-01", "outlets": ["BBC"], "read": False}).options == {
        "after": "2021-07-01", "before": None, "outlets": ("BBC",), "read_filters": False,
    }  # fmt: skip
