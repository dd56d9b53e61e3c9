"""The page's HTML: every word from an article or a question is text, links are http or https, ids never collide."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest

from index.records import Article
from rag.records import (
    REFUSAL,
    AlsoIn,
    Answer,
    Citation,
    Disagreement,
    Filters,
    Nearest,
    Sentence,
    Side,
    Superseded,
)
from ui.render import answer_html, heading_html, note_html, question_html
from ui.words import clean, day, days, paragraph

TEXT = (
    "The talks went on for a week.\n"
    "Nobody had slept. The Taliban asked for 7,000 prisoners. The government has not replied.\n"
    "It rained."
)
QUOTE = "The Taliban asked for 7,000 prisoners."
ARTICLE = Article(
    "a1",
    "news/offer.txt",
    TEXT,
    "An offer",
    "The Meridian Post",
    "2021-07-06T10:00:00+00:00",
    url="https://e.org/a?b=1&c=2",
)
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "single-quote": "' onmouseover='alert(1)",
    "comment": "<!-- ]]> -->",
    "latex": "$$x^2$$ \\(y\\)",
    "markdown": "[x](javascript:1) **bold** `code`\n\n# Head\n\n- item",
    "entity": "&lt;b&gt; &amp; &#60;",
    "control": "\x1b[31m\x00\x9b\u202eabc",
}
HARMLESS = {"a", "blockquote", "br", "div", "em", "h1", "h2", "header", "li", "mark", "ol", "p", "s", "span", "strong"}
HARMLESS |= {"sup", "ul", "button", "h3", "section", "q", "svg", "line", "circle", "text"}
BAD_ADDRESSES = {
    "javascript": "javascript:alert(1)",
    "tab": "java\tscript:alert(1)",
    "data": "data:text/html,<script>1</script>",
    "file": "file:///etc/passwd",
    "no-host": "https:///path",
    "relative": "//e.org/x",
    "space": "https://e.org/ x",
    "broken": "http://[::1",
}


class Seen(HTMLParser):
    """What a browser would make of some HTML: its tags with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags[-1][0] == "mark" and self.get_starttag_text() == "<mark>" and not self.marked:
            self.marked = data

    def attributes(self, name: str) -> Iterator[str | None]:
        return (attributes[name] for _, attributes in self.tags if name in attributes)


def cited(article: Article = ARTICLE, quote: str = QUOTE, number: int = 1, also_in: tuple[AlsoIn, ...] = ()) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number, quote, start, start + len(quote), article.id, article.title, article.outlet, article.published,
        article.url, article.path, also_in,
    )  # fmt: skip


def answer(**fields: Any) -> Answer:
    blank = Answer(
        "What?", "What?", Filters(), (Sentence(QUOTE, "quoted", (1,)),), (cited(),), False, None, None, (), (),
        "extract", "snapshot", "settings",
    )  # fmt: skip
    return replace(blank, **fields)


def shown(given: Answer, *articles: Article, prefix: str = "answer-1") -> str:
    known = {article.id: article for article in articles or (ARTICLE,)}
    return answer_html(given, article=known.get, prefix=prefix)


def test_an_answer_shows_its_words_marks_and_source() -> None:
    html = shown(answer())
    assert f'<span class="fn-quoted">{QUOTE}</span>' in html
    mark = next(attributes for tag, attributes in Seen(html).tags if attributes.get("class") == "fn-cite")
    assert mark == {
        "type": "button", "data-act": "open", "class": "fn-cite", "aria-label": "Source 1: The Meridian Post, 6 July 2021",
        "data-article": "a1", "data-start": str(TEXT.index(QUOTE)), "data-end": str(TEXT.index(QUOTE) + len(QUOTE)),
        "data-number": "1", "data-where": "The Meridian Post, 6 July 2021", "data-quote": QUOTE,
    }  # fmt: skip
    assert '<li id="answer-1-1" value="1">' in html
    assert "<strong>The Meridian Post</strong>, 6 July 2021" in html
    assert f"<blockquote>Nobody had slept. <mark>{QUOTE}</mark> The government has not replied.</blockquote>" in html
    assert "rained" not in html
    assert '<a href="https://e.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">An offer</a>' in html


@pytest.mark.parametrize(
    ("text", "short", "marked"),
    [
        ("In 2012 all 12 came.", "12", "In 2012 all <strong>12</strong> came."),
        ("All12 came.", "12", "All<strong>12</strong> came."),
        ("Some 7,000 men.", "7,000\n men", "Some <strong>7,000 men</strong>."),
        ("Tea & ammunition.", "am", "Tea &amp; <strong>am</strong>munition."),
        ("Say <b>no</b>.", "<b>no</b>", "Say <strong>&lt;b&gt;no&lt;/b&gt;</strong>."),
        ("Nobody came.", "</strong><script>alert(1)</script>", "Nobody came."),
        ("It cost 5.", "(.*", "It cost 5."),
        ("Nobody came.", " \x1b", "Nobody came."),
        ("Nobody came.", None, "Nobody came."),
    ],
    ids=["word", "part", "spaces", "entity", "markup", "script", "pattern", "empty", "none"],
)
def test_the_words_that_answer_are_strong_in_the_first_sentence(text: str, short: str | None, marked: str) -> None:
    twice = (Sentence(text, "quoted", (1,)), Sentence(text, "quoted", (1,)))
    html = shown(answer(sentences=twice, short=short))
    first, second = html.split('<span class="fn-quoted">')[1:]
    assert first.startswith(f"{marked}</span>")
    assert second.startswith(f"{escape(text)}</span>")


def test_the_marked_words_are_the_quote_exactly() -> None:
    article = replace(ARTICLE, text='He said: "5 < 7 & 7 > 5."\nEnd.', url=None)
    html = shown(answer(citations=(cited(article, '"5 < 7 & 7 > 5."'),)), article)
    assert Seen(html).marked == '"5 < 7 & 7 > 5."'


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_are_text_wherever_they_stand(hostile: str) -> None:
    bad = replace(ARTICLE, text=f"Before.\n{hostile}\nAfter.", title=hostile, outlet=hostile, published=hostile, path=hostile)
    bad = replace(bad, url=f"https://e.org/{hostile}")
    also = AlsoIn("b", hostile, hostile, hostile, f"https://e.org/{hostile}", hostile)
    near = Nearest("b", hostile, hostile, hostile, f"https://e.org/{hostile}", hostile)
    whole = answer(
        question="q", short=hostile, searched_for=hostile, filters=Filters(hostile, hostile, (hostile,)), degraded=hostile,
        sentences=(Sentence(hostile, "supported", (1,)), Sentence(hostile, "unsupported", ())),
        citations=(cited(bad, hostile, also_in=(also,)),),
        disagreements=(Disagreement(hostile, (Side(hostile, hostile, 1),)),),
    )  # fmt: skip
    refused = answer(refused=True, reason=hostile, nearest=(near,), sentences=(), citations=())
    page = [
        shown(whole, bad),
        shown(refused),
        question_html(hostile),
        note_html(hostile),
        heading_html(hostile, hostile),
    ]
    for html in page:
        seen = Seen(html)
        assert {tag for tag, _ in seen.tags} <= HARMLESS
        names = {name for _, attributes in seen.tags for name in attributes}
        assert {name for name in names if not name.startswith("data-")} <= {
            "class", "id", "href", "target", "rel", "value", "type", "aria-label"
        }  # fmt: skip
        assert all(href and href.startswith("https://e.org/") for href in seen.attributes("href"))
        assert " ".join(clean(hostile).split()) in " ".join(seen.text.split())
        assert "\n" not in html and not set("\x00\x1b\x9b\u202e") & set(html)


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_only_http_addresses_become_links(address: str) -> None:
    bad = replace(ARTICLE, url=address)
    html = shown(answer(citations=(cited(bad, also_in=(AlsoIn("b", "T", "O", None, address, "p"),)),)), bad)
    assert list(Seen(html).attributes("href")) == []
    assert "news/offer.txt" in html  # without a link the reader is told which file it is


def test_two_answers_on_one_page_share_no_id() -> None:
    seen = Seen(shown(answer(), prefix="answer-1") + shown(answer(), prefix="answer-11"))
    ids = list(seen.attributes("id"))
    assert ids == ["answer-1", "answer-1-1", "answer-11", "answer-11-1"]
    assert Seen(shown(answer(), prefix='x" onload="1')).tags[0] == ("div", {"class": "fn-answer", "id": "x--onload--1"})


def test_a_refusal_gives_its_reason_and_calls_nothing_a_source() -> None:
    near = Nearest("a1", "An offer", None, None, None, "news/offer.txt")
    html = shown(
        answer(refused=True, reason=f"{REFUSAL} Nothing here is about tea.", nearest=(near,), sentences=(), citations=())
    )
    assert html.count(REFUSAL) == 1 and "<p>Nothing here is about tea.</p>" in html
    assert "Nearest articles" in html and "<strong>Unknown outlet</strong>, undated" in html
    assert "Sources" not in html and "<sup" not in html and "<mark>" not in html


def test_a_source_that_no_sentence_cites_is_not_listed() -> None:
    html = shown(answer(citations=(cited(), replace(cited(), number=2, title="Never cited"))))
    assert "Never cited" not in html and html.count("<li") == 1


def test_an_unsupported_sentence_says_so_in_words() -> None:
    html = shown(answer(sentences=(Sentence("The moon is cheese.", "unsupported", ()),), citations=()))
    assert '<span class="fn-unsupported"><s>The moon is cheese.</s> <em>(no source confirms this)</em></span>' in html
    html = shown(answer(sentences=(Sentence("It is.", "unsupported", (), "the name <Moon> is not in it"),), citations=()))
    assert "<em>(no source confirms this: the name &lt;Moon&gt; is not in it)</em>" in html
    assert "Sources" not in html


def test_both_sides_of_a_disagreement_stand_with_outlet_date_and_mark() -> None:
    other = replace(ARTICLE, id="b1", outlet="Radio Pamir", published="2021-07-05", title="Another count")
    sides = Disagreement("How many prisoners", (Side("7,000", "the government", 1), Side("5,000", None, 2)))
    html = shown(answer(citations=(cited(), cited(other, number=2)), disagreements=(sides,)), ARTICLE, other)
    assert html.count('<section class="fn-differ"><h3>Sources differ</h3>') == 1
    card = Seen(html[html.index('<section class="fn-differ">') : html.index("</section>")])
    assert card.text == (
        f"Sources differHow many prisonersthe government: 7,000{QUOTE}The Meridian Post, 6 July 2021\u2060[1]"
        f"5,000{QUOTE}Radio Pamir, 5 July 2021\u2060[2]"
    )
    assert 'data-number="2"' in html and 'id="answer-1-2"' in html


def test_a_change_over_time_says_so_and_sources_are_counted() -> None:
    two = cited(replace(ARTICLE, id="b1"), number=2)
    changed = Disagreement("How many died", (Side("14", None, 1, (2,)), Side("22", None, 1)), "changed")
    html = shown(answer(citations=(cited(), two), disagreements=(changed,)), ARTICLE)
    assert "<h3>Changed over time</h3>" in html and "Sources differ" not in html
    assert html.count("(2 independent sources)") == 1
    assert 'id="answer-1-2"' in html  # a source of one side alone is listed, too


def test_other_outlets_of_the_same_words_are_named() -> None:
    also = (
        AlsoIn("b", "T", "Khyber Lines", "2021-07-07", "https://k.org/1", "k"),
        AlsoIn("c", "U", None, None, None, "u"),
    )
    seen = Seen(shown(answer(citations=(cited(also_in=also),))))
    assert "Also in: Khyber Lines, 7 July 2021, U, undated" in seen.text
    assert list(seen.attributes("data-article"))[-2:] == ["b", "c"]  # each opens in the panel, with its link there


def test_an_article_that_is_gone_still_shows_the_quote() -> None:
    html = answer_html(answer(), article=lambda _: None, prefix="a")
    assert f"<blockquote><mark>{QUOTE}</mark></blockquote>" in html


def test_what_was_searched_is_said_when_it_differs() -> None:
    html = shown(answer(searched_for="What did the Taliban want?", filters=Filters("2021-07-01", None, ("BBC", "AFP"))))
    assert "Searched for: What did the Taliban want? Change" in Seen(html).text
    assert Seen(html).text.count("Searched only:from 1 July 2021 ×BBC ×AFP ×") == 1
    assert 'aria-label="Remove BBC and ask again" data-chip="outlet:BBC"' in html
    assert "Searched" not in shown(answer())


@pytest.mark.parametrize(
    ("iso", "words"),
    [("2021-07-06", "6 July 2021"), ("2021-07-06T23:59:00-05:00", "6 July 2021"), ("", "undated"), (None, "undated"),
     ("2021", "2021"), ("soon", "soon")],
)  # fmt: skip
def test_dates_are_written_for_readers(iso: str | None, words: str) -> None:
    assert day(iso) == words


def test_spans_of_dates() -> None:
    assert days(None, "2021-07-06") == "until 6 July 2021"
    assert days(None, None) == "undated"


def test_a_paragraph_too_long_is_cut_at_words_around_the_quote() -> None:
    article = replace(ARTICLE, text="alpha beta gamma QUOTED delta epsilon zeta")
    start = article.text.index("QUOTED")
    assert paragraph(article, start, start + 6, context=11) == ("… gamma ", "QUOTED", " delta …")
    assert paragraph(article, start, start + 6) == ("alpha beta gamma ", "QUOTED", " delta epsilon zeta")


def test_a_quote_over_two_paragraphs_takes_both() -> None:
    start, end = TEXT.index("week"), TEXT.index("slept") + 5
    assert paragraph(ARTICLE, start, end) == (
        "The talks went on for a ",
        "week.\nNobody had slept",
        ". The Taliban asked for 7,000 prisoners. The government has not replied.",
    )


def test_copies_are_counted_once_and_what_was_superseded_is_struck_out() -> None:
    also = (
        AlsoIn("b", "T", "Khyber Lines", "2021-07-07", None, "b.txt"),
        AlsoIn("c", "U", "The Meridian Post", None, None, "c"),
    )
    older = Superseded("They asked for <5,000>.", 0, 23, "d", "D", "Khyber Lines", "2021-07-05", None, "d.txt")
    seen = Seen(shown(answer(citations=(replace(cited(also_in=also), supersedes=(older,)),))))
    assert "2 outlets, 1 source. Also in: Khyber Lines, 7 July 2021, The Meridian Post, undated" in seen.text
    assert "Supersedes Khyber Lines, 5 July 2021: They asked for <5,000>." in seen.text
    one_outlet = Seen(shown(answer(citations=(cited(also_in=also[1:]),))))
    assert "1 source" not in one_outlet.text and "Also in: The Meridian Post" in one_outlet.text


def test_what_was_read_from_the_question_and_what_was_left_out_is_said() -> None:
    filters = Filters("2021-07-01", None, ("BBC",), undated=True, read=("since <July>", "according to the BBC"))
    seen = Seen(shown(answer(filters=filters)))
    expected = (
        "Searched only:from 1 July 2021 or undated ×BBC × (read from “since <July>” and “according to the BBC” in the question)"
    )
    assert expected in seen.text
    seen = Seen(shown(answer(filters=Filters("2021-07-01"), undated_left_out=1, as_of="2021-07-17")))
    assert "1 article without a date was left out." in seen.text and "As of 17 July 2021: The Taliban" in seen.text
