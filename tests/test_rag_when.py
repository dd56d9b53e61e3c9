from datetime import date

import pytest

from rag.when import spans_in

TODAY = date(2021, 7, 21)  # a Wednesday
MONTHS = ("2021-06", "2021-07")


def span(question: str, today: date = TODAY, months: tuple[str, ...] = MONTHS) -> tuple[str | None, str | None, str] | None:
    found = spans_in(question, today, months)
    if found is None:
        return None
    return found.after and found.after.isoformat(), found.before and found.before.isoformat(), found.words


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # What happened within days is reported for one day more.
        ("who resigned in early July?", ("2021-07-01", "2021-07-11", "in early July")),
        ("who resigned in mid-July 2020?", ("2020-07-11", "2020-07-21", "in mid-July 2020")),
        ("what changed at the end of June?", ("2021-06-21", "2021-07-01", "at the end of June")),
        ("what happened in February 2020", ("2020-02-01", "2020-03-01", "in February 2020")),
        ("what happened on 6 July?", ("2021-07-06", "2021-07-07", "on 6 July")),
        ("what did he say on July 6th, 2021?", ("2021-07-06", "2021-07-07", "on July 6th, 2021")),
        ("what happened on 2021-07-06?", ("2021-07-06", "2021-07-07", "on 2021-07-06")),
        ("who fled between 3 and 9 July?", ("2021-07-03", "2021-07-10", "between 3 and 9 July")),
        ("who fled from July 3 to 9?", ("2021-07-03", "2021-07-10", "from July 3 to 9")),
        # Bounds are exact: nothing of the tenth is before the tenth.
        ("what was known before 10 July?", (None, "2021-07-09", "before 10 July")),
        ("what was known by 10 July?", (None, "2021-07-10", "by 10 July")),
        ("what was said after 10 July?", ("2021-07-11", None, "after 10 July")),
        ("what was said since July?", ("2021-07-01", None, "since July")),
        ("who won in 2012?", ("2012-01-01", "2013-01-01", "in 2012")),
        # From today on.
        ("who resigned last week?", ("2021-07-12", "2021-07-19", "last week")),
        ("who resigned this week?", ("2021-07-19", "2021-07-26", "this week")),
        ("who resigned last month?", ("2021-06-01", "2021-07-01", "last month")),
        ("who was freed last year?", ("2020-01-01", "2021-01-01", "last year")),
        ("what happened yesterday?", ("2021-07-20", "2021-07-21", "yesterday")),
        ("what happened in the past three days?", ("2021-07-18", "2021-07-21", "in the past three days")),
        ("what was said a week ago?", ("2021-07-11", "2021-07-18", "a week ago")),
        ("what was said two days ago?", ("2021-07-19", "2021-07-20", "two days ago")),
    ],
)
def test_spans(question: str, expected: tuple[str | None, str | None, str]) -> None:
    assert span(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "what happened on Thursday?",
        "what may happen next?",
        "who led the march?",
        "what was promised under the 2020 deal?",
        "how many of the 2000 men fled?",
        "what will it cost in 5 years?",
        "who is the second man?",
        "what did they say on 31 June?",
        "when was the last day?",
        "in what year was it built?",
    ],
)
def test_no_span(question: str) -> None:
    assert span(question) is None


def test_a_month_is_the_newest_of_which_the_archive_has_anything() -> None:
    assert span("in July", today=date(2026, 11, 24)) == ("2021-07-01", "2021-08-01", "in July")
    assert span("in July", today=date(2026, 11, 24), months=("2021-07", "2023-05")) == ("2021-07-01", "2021-08-01", "in July")
    assert span("in July", today=date(2022, 7, 2), months=("2021-07", "2022-07", "2023-07")) == (
        "2022-07-01",
        "2022-08-01",
        "in July",
    )
    assert span("in August", today=date(2021, 7, 21)) == ("2020-08-01", "2020-09-01", "in August")
    found = span("on 30 December", today=date(2022, 1, 2), months=())
    assert found == ("2021-12-30", "2021-12-31", "on 30 December")


def test_months_cross_years() -> None:
    assert span("last month", today=date(2022, 1, 15)) == ("2021-12-01", "2022-01-01", "last month")
    assert span("last week", today=date(2022, 1, 3)) == ("2021-12-27", "2022-01-03", "last week")
