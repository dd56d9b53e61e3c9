"""Hostile words wherever words go: on the page, in exports, in JSON, on a terminal, and all of it in a real browser."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from attacks import ADDRESSES, ATTACKS, AWAY
from markdown_it import MarkdownIt
from rich.console import Console
from test_ui_render import HARMLESS, Seen

from index.records import Article, Skipped
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
from ui import console, frame, library
from ui.chats import Turn, to_json, turns_of
from ui.export import to_html, to_markdown, with_sources
from ui.export import to_json as export_json
from ui.filters import Given
from ui.markup import safe
from ui.panel import panel_html
from ui.shelf import Shelf
from ui.texts import ENGLISH
from ui.turns import Making, talk_html
from ui.words import clean

ALLOWED = HARMLESS | {
    "nav",
    "label",
    "input",
    "form",
    "fieldset",
    "legend",
    "details",
    "summary",
    "aside",
    "textarea",
    "progress",
}
ATTRIBUTES = {
    "class", "id", "href", "target", "rel", "value", "type", "aria-label", "aria-labelledby", "aria-busy", "aria-live", "role",
    "hidden", "tabindex", "name", "placeholder", "open", "for", "rows", "viewbox", "x", "y", "x1", "x2", "y1", "y2",
    "cx", "cy", "r",
    "text-anchor", "checked", "maxlength",
}  # fmt: skip
COMMANDS = {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))} | set("\u202e\u2066\u2069")


def hostile(words: str, url: str) -> tuple[Article, list[Turn]]:
    """An article and a chat that hold some words wherever words may stand, as if files, model and reader had all sent them."""
    article = Article("a1", words, f"Before.\n{words}\nAfter.", words, words, words, words, words, url)
    start = article.text.index(words)
    also = AlsoIn("b", words, words, words, url, words)
    older = Superseded(words, 0, 1, "c", words, words, words, url, words)
    cited = Citation(1, words, start, start + len(words), "a1", words, words, words, url, words, (also,), (older,))
    near = Nearest("a1", words, words, words, url, words)
    sides = (Side(words, words, 1), Side("7", words, 1), Side("9", None, 1))
    said = Answer(
        words, words, Filters("2021-07-01", words, (words,), read=(words,)),
        (Sentence(words, "supported", (1,)), Sentence(words, "unsupported", (), words)), (cited,), False, None, words,
        (Disagreement(words, sides),), (), words, words, words, degraded=words,
    )  # fmt: skip
    refused = replace(
        said, refused=True, reason=f"{REFUSAL} {words}", sentences=(), citations=(), nearest=(near,), disagreements=()
    )
    given = Given(None, None, (words,))
    return article, [Turn(words, said, None, given, words), Turn(words, refused), Turn(words, None, words)]


class Archive:
    """As much of an index as the frame of the page reads."""

    def __init__(self, words: str, article: Article, folder: Path) -> None:
        self.folder, self.article_ = folder, article
        self.articles = self
        self.words = words
        self.manifest = type("Manifest", (), {"counts": {"articles": 1}, "created": words})()

    def article(self, _: str) -> Article:
        return self.article_

    def dates(self) -> tuple[str, str, int]:
        return self.words, self.words, 0

    def outlets(self) -> dict[str, int]:
        return {self.words: 1}

    def files(self) -> dict[str, Any]:
        return {"f": type("Entry", (), {"skipped": [Skipped(self.words, 1, self.words)]})()}

    def newest(self, limit: int, offset: int = 0) -> list[Article]:
        return [self.article_]


def rendered(words: str, url: str, folder: Path) -> list[str]:
    """Every piece of HTML that the page makes, each full of some words."""
    article, turns = hostile(words, url)
    (folder / "uploads").mkdir(exist_ok=True)
    archive: Any = Archive(words, article, folder)
    shelf = Shelf(archive, words, folder, ENGLISH)
    making = Making(words, turns[0].answer.sentences, turns[0].answer.citations) if turns[0].answer else None
    return [
        talk_html(turns, article=archive.article),
        talk_html(turns, article=archive.article, at=0, making=making),
        talk_html(turns, article=lambda _: None),
        panel_html(archive.article, "a1", 8, 8 + len(words)),
        panel_html(lambda _: None, words, 0, 1, quote=words),
        frame.head_html(shelf, words, ENGLISH),
        frame.side_html(archive, ENGLISH),
        library.found_html(shelf, "", 0),
        library.shelf_html(shelf),
        library.problems_html([Skipped(words, None, words)]),
    ]


def test_there_are_enough_of_them_and_they_differ() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 140 and len(set(ADDRESSES)) == len(ADDRESSES) >= 20


@pytest.mark.parametrize("words", ATTACKS, ids=lambda words: repr(words)[1:40])
def test_on_the_page_words_stay_words(words: str, tmp_path: Path) -> None:
    for html in rendered(words, f"https://e.org/{words}", tmp_path):
        seen = Seen(html)
        assert {tag for tag, _ in seen.tags} <= ALLOWED
        for _, attributes in seen.tags:
            assert {name for name in attributes if not name.startswith("data-")} <= ATTRIBUTES
            assert (attributes.get("href") or "https://e.org/").startswith(("https://e.org/", "#fn-question"))
        assert not COMMANDS & set(html)
        assert " ".join(clean(words).split()) in " ".join(seen.text.split())


@pytest.mark.parametrize("url", ADDRESSES, ids=lambda url: repr(url)[1:40])
def test_no_address_leads_where_it_should_not(url: str, tmp_path: Path) -> None:
    _, turns = hostile("words", url)
    pages = [*rendered("words", url, tmp_path), to_html(turns, "name", ENGLISH)]
    for html in pages:
        links = [href for href in Seen(html).attributes("href") if href != "#fn-question"]
        assert links == [] or (safe(url) and set(links) == {url})
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False}).render(to_markdown(turns, "name", ENGLISH))
    assert all(str(href).startswith("http://away.invalid/") for href in Seen(markdown).attributes("href"))
    assert "on" not in {name[:2] for _, attributes in Seen(markdown).tags for name in attributes}


@pytest.mark.parametrize("words", ATTACKS, ids=lambda words: repr(words)[1:40])
def test_in_exports_words_stay_words(words: str) -> None:
    _, turns = hostile(words, f"https://e.org/{words}")
    plain = " ".join(clean(words).split())
    page = Seen(to_html(turns, words, ENGLISH))
    kept = {"html", "meta", "title", "style", "h1", "h2", "p", "ul", "li", "a", "blockquote"}
    assert {tag for tag, _ in page.tags} <= kept and [tag for tag, _ in page.tags].count("style") == 1
    assert plain in " ".join(page.text.split())
    for parser in (MarkdownIt("commonmark", {"html": True}), MarkdownIt("gfm-like", {"html": True, "linkify": False})):
        shown = Seen(parser.render(to_markdown(turns, words, ENGLISH)))
        assert {tag for tag, _ in shown.tags} <= {"h1", "h2", "p", "blockquote", "a", "strong", "ul", "li"}
        assert all(str(href).startswith("https://e.org/") for href in shown.attributes("href"))
        assert plain in " ".join(shown.text.split())
    answers = [turn.answer for turn in turns if turn.answer]
    for text in (to_html(turns, words, ENGLISH), to_markdown(turns, words, ENGLISH), export_json(turns, words, ENGLISH),
                 *(with_sources(answer, ENGLISH) for answer in answers)):  # fmt: skip
        assert not COMMANDS & set(text)
    told = json.loads(export_json(turns, words, ENGLISH))["turns"]
    assert [turn["answer"] for turn in told] == [
        json.loads(json.dumps(turn.answer.to_dict())) if turn.answer else None for turn in turns
    ]
    assert turns_of([to_json(turn) for turn in turns]) == turns


@pytest.mark.parametrize("words", ATTACKS, ids=lambda words: repr(words)[1:40])
def test_on_a_terminal_words_command_nothing(words: str) -> None:
    _, turns = hostile(words, f"https://e.org/{words}")
    for turn in turns:
        if turn.answer:
            out = StringIO()
            colours = Console(file=out, highlight=False, markup=False, emoji=False, width=200)
            console.show_answer(colours, turn.answer)
            assert not COMMANDS & set(out.getvalue().replace("\n", ""))
            assert json.loads(json.dumps(turn.answer.to_dict())) and json.dumps(turn.answer.to_dict()).isascii()
            assert not COMMANDS & set(json.dumps(turn.answer.to_dict()))


@pytest.fixture
def blank(browser: Any) -> Iterator[Any]:
    """A page on an origin of its own, and what it called and ran."""
    context = browser.new_context()
    tab = context.new_page()
    tab.called, tab.dialogs = [], []

    def answered(route: Any) -> None:
        if route.request.url == "http://page.invalid/":
            route.fulfill(body="<!doctype html><body></body>", content_type="text/html")
        else:
            tab.called.append(route.request.url)
            route.abort()

    tab.route("**/*", answered)
    tab.on("dialog", lambda dialog: (tab.dialogs.append(dialog.message), dialog.dismiss()))
    tab.goto("http://page.invalid/")
    yield tab
    context.close()


def test_in_a_browser_nothing_runs_and_nothing_is_called(blank: Any, tmp_path: Path) -> None:
    """Everything at once, put in as the page does it, then every element hovered, focused and told that it was clicked."""
    pieces = [html for words in ATTACKS for html in rendered(words, f"https://e.org/{words}", tmp_path)]
    pieces += [html for url in ADDRESSES for html in rendered("words", url, tmp_path)]
    blank.evaluate("""pieces => {
      for (const html of pieces) {
        const place = document.createElement('div'); place.innerHTML = html; document.body.append(place);
      }
      document.addEventListener('click', event => event.preventDefault());
      for (const one of document.body.querySelectorAll('*'))
        for (const name of ['mouseover', 'mouseenter', 'pointerdown', 'focus', 'focusin', 'click', 'toggle', 'animationstart'])
          one.dispatchEvent(new Event(name, {bubbles: true, cancelable: true}));
    }""", pieces)  # fmt: skip
    blank.wait_for_timeout(500)
    assert blank.evaluate("window.taken") is None
    assert blank.called == [] and blank.dialogs == []
    assert blank.locator("script, style, link, iframe, object, embed, img, video, audio, base").count() == 0
    assert blank.evaluate("document.querySelectorAll('.fn-turn').length") == 9 * (len(ATTACKS) + len(ADDRESSES))


def test_the_same_words_unescaped_would_have_run(blank: Any) -> None:
    """That the test above could fail: as HTML, the same words do run and do call."""
    blank.evaluate("words => { document.body.innerHTML = words.join(' ') }", [each for each in ATTACKS if "<img" in each])
    blank.wait_for_timeout(500)
    assert blank.evaluate("window.taken") == 1 and any(url.startswith(AWAY) for url in blank.called)


def test_an_exported_page_runs_and_calls_nothing(blank: Any) -> None:
    turns = [turn for words in ATTACKS for turn in hostile(words, f"https://e.org/{words}")[1]]
    blank.set_content(to_html(turns, escape(ATTACKS[0]), ENGLISH))
    blank.wait_for_timeout(500)
    assert blank.evaluate("window.taken") is None and blank.called == [] and blank.evaluate("document.scripts.length") == 0
