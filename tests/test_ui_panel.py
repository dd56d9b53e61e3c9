"""The article in the panel: all its words, the quoted ones marked, exactly."""

from dataclasses import replace

import pytest
from test_ui_render import ARTICLE, QUOTE, TEXT, Seen

from ui.panel import panel_html
from ui.texts import GERMAN

KNOWN = {ARTICLE.id: ARTICLE}.get
START = TEXT.index(QUOTE)


def test_the_quote_is_marked_in_the_whole_article() -> None:
    html = panel_html(KNOWN, "a1", START, START + len(QUOTE))
    seen = Seen(html)
    assert seen.marked == QUOTE and html.count("<mark>") == 1
    for paragraph in TEXT.splitlines():
        assert paragraph in seen.text
    assert list(seen.attributes("href")) == [ARTICLE.url] and "The Meridian Post, 6 July 2021" in seen.text


def test_a_quote_over_paragraphs_is_marked_in_each() -> None:
    start, end = TEXT.index("week."), TEXT.index("slept") + 5
    html = panel_html(KNOWN, "a1", start, end)
    assert "for a <mark>week.</mark></p><p><mark>Nobody had slept</mark>." in html


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-5, 9), (5, 4), (0, 10**12), (10**12, 10**13)])
def test_a_place_outside_the_article_marks_nothing(start: int, end: int) -> None:
    html = panel_html(KNOWN, "a1", start, end)
    assert "<mark>" not in html and "rained" in html


def test_an_article_that_is_gone_leaves_its_quote() -> None:
    html = panel_html(KNOWN, "<x>", 0, 5, quote="He said <b>.")
    assert "<blockquote>He said &lt;b&gt;.</blockquote>" in html and "not in the archive any more" in html
    assert "nicht mehr im Archiv" in panel_html(KNOWN, "x", texts=GERMAN)


def test_an_address_that_is_none_is_no_link() -> None:
    bad = replace(ARTICLE, url="javascript:alert(1)")
    assert "href" not in panel_html({"a1": bad}.get, "a1")
