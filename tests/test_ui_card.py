"""The card of what sources differ on: its chart shows the figures that the card says, in order and in proportion."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from test_ui_render import ARTICLE, Seen, cited

from rag.records import Citation, Disagreement, Side
from ui.card import HEIGHT, chart_svg, disagreement_html, figures, number_of


def source(number: int, published: str | None, outlet: str) -> Citation:
    return replace(cited(replace(ARTICLE, id=str(number), published=published, outlet=outlet)), number=number)


TOLL = Disagreement(
    "How many died?", (Side("14", None, 1), Side("22 people", "police", 2, (3,)), Side("40", None, 4)), "changed"
)
SOURCES = (
    source(1, "2022-05-01", "A"),
    source(2, "2022-05-03", "B"),
    source(3, "2022-05-04", "C"),
    source(4, "2022-05-11", "D"),
)


@pytest.mark.parametrize(
    ("words", "number"),
    [("1,037 soldiers", 1037), ("4.2 million crowns", 4.2e6), ("3 billion", 3e9), ("85 per cent", 85), ("£2.3m", 2.3e6),
     ("3 m", 3), ("nobody", None), ("", None), ("1" * 400, None)],
)  # fmt: skip
def test_numbers_are_read_as_written(words: str, number: float | None) -> None:
    assert number_of(words) == number


def test_the_chart_has_a_point_for_every_dated_figure_in_order_of_time_and_in_proportion() -> None:
    svg = chart_svg(figures(TOLL, SOURCES))
    points = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)]
    base = HEIGHT - 24
    assert [round((base - y) / (base - points[-1][1]) * 40) for _, y in points] == [14, 22, 22, 40]
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(points)]
    assert gaps[0] == pytest.approx(2 * gaps[1], abs=0.2) and gaps[2] == pytest.approx(7 * gaps[1], abs=0.4)
    label = next(attributes["aria-label"] for tag, attributes in Seen(svg).tags if tag == "svg")
    assert label == (
        "The figures in order of time: 1 May 2022, A: 14; 3 May 2022, B: 22 people; "
        "4 May 2022, C: 22 people; 11 May 2022, D: 40"
    )


@pytest.mark.parametrize(
    "sources",
    [
        SOURCES[:2],
        tuple(replace(one, published="2022-05-01") for one in SOURCES),
        tuple(replace(one, published=None) for one in SOURCES),
    ],
    ids=["two", "one-day", "undated"],
)
def test_nothing_is_drawn_that_would_show_nothing(sources: tuple[Citation, ...]) -> None:
    assert chart_svg(figures(TOLL, sources)) == ""


def test_a_card_gives_each_side_its_words_and_its_source() -> None:
    html = disagreement_html(TOLL, SOURCES)
    text = Seen(html).text
    assert "Changed over time" in text and "police: 22 people" in text and "(2 independent sources)" in text
    assert html.count("<svg") == 1 and html.count("<q>") == 3
