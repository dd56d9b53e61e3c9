"""What counts as one value: forms, rounding, and what is left open."""

import pytest

from rag.values import Value, alike, same, values


class PlainWords:
    """A lexicon without stemming, but for a plural's s."""

    def stems(self, text: str) -> list[str]:
        return [word.strip(".,").lower().removesuffix("s") for word in text.split()]


WORDS = PlainWords()


def only(text: str) -> Value:
    (found,) = values(text, WORDS)
    return found


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("they lost 1,250 sheep", "amount", 1250, 1250),
        ("they lost twenty-two sheep", "amount", 22, 22),
        ("they lost two hundred and five sheep", "amount", 205, 205),
        ("they lost a thousand sheep", "amount", 1000, 1000),
        ("it cost $1.5 billion", "amount", 1.5e9, 1.5e9),
        ("they lost more than 100 sheep", "amount", 100, 150),
        ("they lost fewer than 90 sheep", "amount", 60, 90),
        ("they lost about 100 sheep", "amount", 90, 110),
        ("they lost 150-180 sheep", "amount", 150, 180),
        ("they lost between 150 and 180 sheep", "amount", 150, 180),
        ("they hold 85% of it", "share", 0.85, 0.85),
        ("they hold eighty-five per cent of it", "share", 0.85, 0.85),
        ("they hold more than a third of the county's 400 farms", "share", 1 / 3, 0.5),
        ("they hold two-thirds of it", "share", 2 / 3, 2 / 3),
        ("they hold 2/3rd of it", "share", 2 / 3, 2 / 3),
        ("half of it is theirs", "share", 0.5, 0.5),
        ("one in five was shorn", "share", 0.2, 0.2),
        ("it began at 10:30 am", "time", 630, 630),
        ("it began at 9 p.m. sharp", "time", 1260, 1260),
    ],
)
def test_a_value_is_read(text: str, kind: str, low: float, high: float) -> None:
    found = only(text)
    assert (found.kind, found.low, found.high) == (kind, pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("signed on 6 July 2021", (2021, 7, 6, None)),
        ("signed on July 6, 2021", (2021, 7, 6, None)),
        ("signed in July 2021", (2021, 7, None, None)),
        ("signed in 2021", (2021, None, None, None)),
        ("signed on 2021-07-06", (2021, 7, 6, None)),
        ("signed on Tuesday", (None, None, None, 1)),
        ("signed on 3rd of May", (None, 5, 3, None)),
    ],
)
def test_a_date_is_read(text: str, date: tuple[int | None, ...]) -> None:
    assert only(text).date == date


@pytest.mark.parametrize(
    "text",
    ["half an hour later", "a third time", "nobody may march", "a quarter-final", "half-hearted"],
)
def test_what_is_no_value(text: str) -> None:
    assert values(text, WORDS) == []


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("about 1,000 sheep", "more than 1,000 sheep", True),
        ("1,023 sheep", "1,000 sheep", True),
        ("more than 1,000 sheep", "1,300 sheep", True),
        ("1,300 sheep", "1,000 sheep", False),
        ("22 sheep", "23 sheep", False),
        ("more than 100 sheep", "more than 200 sheep", False),
        ("nearly 200 sheep", "195 sheep", True),
        ("85%", "eighty-five per cent", True),
        ("84.7%", "85%", True),
        ("85%", "more than a third", False),
        ("a third", "one in three", True),
        ("in 2012", "on 9 April 2012", True),
        ("on 8 April 2012", "on 9 April 2012", False),
        ("on Tuesday", "on 6 July 2021", True),
        ("on Tuesday", "on Monday", False),
        ("at 10 am", "at 10:00 a.m.", True),
        ("at 10 am", "at 10 pm", False),
    ],
)
def test_what_may_both_be_right(one: str, other: str, equal: bool) -> None:
    mine, theirs = only(one), only(other)
    assert same(mine, theirs) is same(theirs, mine) is equal


def test_different_things_are_not_compared() -> None:
    assert not alike(only("200 districts"), only("34 provinces"))
    assert alike(only("200 districts"), only("100 districts"))
    assert alike(only("200 districts"), only("more than 100"))  # the thing is left out
    assert not alike(only("200 districts"), only("50%"))
    assert not alike(only("$200"), only("200 districts"))
