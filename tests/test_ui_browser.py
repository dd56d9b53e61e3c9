"""The page in a real browser, over a real index: asking, reading, keeping, adding; by keyboard, on a phone, in the dark."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer, Request
from test_ui_chat import ARTICLES, DESK, HOSTILE_TEXT, HOSTILE_TITLE, MILL, PHONE, TITAN, WEIR, Reader

from evals import feedback as rows
from index.build import sync
from index.opened import open_index
from ui.cli import main
from ui.server import Serving, background
from ui.uploads import MOST_FILES

FLOOD = "How many people died in the flood at Dale?"
# Three reports, each in words of its own: copies of one text would count as one source.
FLOODS = (
    "Bridge swept away\nThe Dale Herald\nPublished: 2 May 2022\n\nThe flood at Dale killed 14 people, the police said. "
    "The old bridge was carried off in the night, and two streets stood under water until morning.\n",
    "Search goes on at Dale\nThe Northern Post\nPublished: 4 May 2022\n\nDivers went down again at first light. "
    "The flood at Dale killed 22 people, according to the fire brigade, whose chief asked for more boats.\n",
    "A town counts its dead\nRadio Wend\nPublished: 9 May 2022\n\nThe flood at Dale killed 31 people, the county council said. "
    "Schools open on Thursday, and a service is held in the market hall.\n",
)
AXE = Path(__file__).resolve().parents[1] / ".axe" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of a few articles."""
    home = tmp_path_factory.mktemp("browser")
    (home / "The Wend papers").mkdir()
    for name, text in ARTICLES.items():
        (home / "The Wend papers" / name).write_text(text, encoding="utf-8")
    for place, story in enumerate(FLOODS):
        (home / "The Wend papers" / f"flood-{place}.txt").write_text(story, encoding="utf-8")
    sync([home / "The Wend papers"], home / "index")
    return home


@pytest.fixture(scope="module")
def serve(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Serve a page over a copy of that index, with what `chat.page` takes; gives its address."""
    serving = ExitStack()

    def serve(**options: Any) -> str:
        folder = tmp_path_factory.mktemp("served") / "index"
        shutil.copytree(home / "index", folder)
        index = open_index(folder)
        serving.callback(index.close)
        how = {key: options.pop(key) for key in ("read_only", "language", "folder") if key in options}
        name = options.pop("name", "The Wend papers")
        return serving.enter_context(background(index, name=name, serving=Serving(port=0, rate=0, **how), **options))

    with serving:
        yield serve


@pytest.fixture(scope="module")
def page(serve: Callable[..., str]) -> str:
    return serve(examples=[MILL, TITAN])


@pytest.fixture
def desk(browser: Any, page: str) -> Iterator[Reader]:
    yield from watched(browser, page, DESK)


def watched(browser: Any, address: str, window: dict[str, int], colours: str = "light") -> Iterator[Reader]:
    reader = Reader(browser, address, window=window, colours=colours)
    yield reader
    reader.done()


def test_only_examples_that_are_answered_are_offered(desk: Reader) -> None:
    offered = desk.tab.locator("#fn-examples button")
    offered.first.wait_for()
    assert offered.all_inner_texts() == [MILL]
    offered.first.click()
    assert "412" in desk.newest().inner_text()
    assert not desk.tab.locator("#fn-examples").is_visible()


def test_a_citation_opens_its_article_at_the_quote_and_closes_back_to_the_mark(desk: Reader) -> None:
    answer = desk.ask(MILL)
    mark = answer.locator(".fn-cite").first
    mark.hover()
    tip = desk.tab.locator("#fn-tip")
    tip.wait_for()
    assert "The Dale Herald, 3 May 2022" in tip.inner_text() and "employed 412 people" in tip.inner_text()
    mark.click()
    marked = desk.tab.locator("#fn-panel mark")
    marked.wait_for()
    assert marked.inner_text() == "The mill employed 412 people, its owner said."
    assert desk.on_screen(marked) and desk.tab.evaluate("document.activeElement.id") == "fn-panel-title"
    assert "Fire closes Ashby paper mill" in desk.tab.locator("#fn-panel h2").inner_text()
    panel, said = desk.tab.locator("#fn-panel").bounding_box(), answer.bounding_box()
    assert panel and said and said["x"] + said["width"] <= panel["x"]  # the answer stays in view beside it
    desk.tab.keyboard.press("Escape")
    assert not desk.tab.locator("#fn-panel").is_visible()
    assert desk.tab.evaluate("document.activeElement.className") == "fn-cite"
    assert len(desk.context.pages) == 1


def test_by_keyboard_alone_from_the_question_to_the_source_and_back(desk: Reader) -> None:
    keys = desk.tab.keyboard
    assert desk.tab.evaluate("document.activeElement.id") == "fn-question"
    keys.type(MILL)
    keys.press("Enter")
    desk.newest()
    for _ in range(60):
        keys.press("Shift+Tab")
        if desk.tab.evaluate("document.activeElement.className") == "fn-cite":
            break
    assert "412" in desk.tab.locator("#fn-tip").inner_text()  # focus alone shows it
    keys.press("Enter")
    desk.tab.locator("#fn-panel mark").wait_for()
    keys.press("Escape")
    assert desk.tab.evaluate("document.activeElement.className") == "fn-cite"


def test_a_follow_up_shows_what_was_searched_and_lets_it_be_changed(desk: Reader) -> None:
    desk.ask(MILL)
    second = desk.ask("who <b>said</b> that?")
    assert desk.tab.locator(".fn-question").last.inner_text() == "who <b>said</b> that?"
    assert "Searched for:" in second.inner_text() and "Ashby paper mill" in second.inner_text()
    second.get_by_role("button", name="Change").click()
    desk.tab.get_by_label("Searched for:").fill(WEIR)
    desk.tab.keyboard.press("Enter")
    desk.tab.locator(".fn-turn").nth(1).locator(".fn-text", has_text="17 gates").wait_for()
    assert desk.tab.locator(".fn-turn").count() == 2
    ids = desk.tab.evaluate("[...document.querySelectorAll('.fn-turn [id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_a_chip_that_is_removed_asks_again_without_it(desk: Reader) -> None:
    desk.ask("How many people did the Ashby paper mill employ last month?")
    chip = desk.tab.locator(".fn-chips li")
    assert chip.count() == 1
    assert "412" not in desk.tab.locator(".fn-turn").inner_text()
    chip.get_by_role("button").click()
    desk.tab.locator(".fn-text", has_text="412").wait_for()
    assert desk.tab.locator(".fn-chips").count() == 0 and desk.tab.locator(".fn-turn").count() == 1


def test_filters_beside_the_chat_narrow_the_search(desk: Reader) -> None:
    desk.tab.get_by_label("The Northern Post").check()
    desk.tab.get_by_label("From").fill("2022-05-09")
    answer = desk.ask(MILL)
    assert "412" not in answer.inner_text() and "from 9 May 2022" in answer.inner_text()
    desk.tab.get_by_role("button", name="Remove The Northern Post and ask again").click()
    done = ".fn-turn[data-state=done] .fn-chips li"
    desk.tab.wait_for_function(f"document.querySelectorAll('{done}').length === 1")
    assert desk.tab.locator(".fn-chips li").all_inner_texts() == ["from 9 May 2022 ×"]


def test_what_sources_give_anew_is_a_card_with_a_chart(desk: Reader) -> None:
    answer = desk.ask(FLOOD)
    card = answer.locator(".fn-differ")
    assert all(number in card.inner_text() for number in ("14", "22", "31"))
    chart = card.locator("svg[role=img]")
    assert chart.locator("circle").count() == 3 and "9 May 2022, Radio Wend: 31" in chart.get_attribute("aria-label")
    card.locator(".fn-cite").last.click()
    assert desk.tab.locator("#fn-panel mark").inner_text().startswith("The flood at Dale killed")
    before = desk.tab.locator("#fn-panel-place").inner_text()
    button = "Next citation" if before.startswith("Citation 1 ") else "Previous citation"
    desk.tab.get_by_role("button", name=button).click()
    desk.tab.wait_for_function("before => document.getElementById('fn-panel-place').innerText !== before", arg=before)
    assert desk.on_screen(desk.tab.locator("#fn-panel mark"))


def test_a_refusal_offers_the_nearest_articles_to_read(desk: Reader) -> None:
    answer = desk.ask(TITAN)
    text = answer.inner_text()
    assert "The archive does not answer this." in text and "NEAREST ARTICLES" in text.upper()
    assert "sources" not in text.lower() and answer.locator("mark").count() == 0
    answer.locator(".fn-open").first.click()
    desk.tab.locator("#fn-panel .fn-article").wait_for()
    assert desk.tab.locator("#fn-panel mark").count() == 0


def test_words_of_an_article_stay_words(desk: Reader) -> None:
    answer = desk.ask(WEIR)
    source = answer.locator(".fn-sources").inner_text()
    assert HOSTILE_TITLE in source and "<b>Wend</b> Echo" in source and HOSTILE_TEXT in source
    assert answer.locator("img, script, strong strong, b, .katex, a").count() == 0
    answer.locator(".fn-cite").first.click()
    desk.tab.locator("#fn-panel mark").wait_for()
    assert HOSTILE_TITLE in desk.tab.locator("#fn-panel").inner_text()
    assert desk.tab.locator("#fn-panel").locator("img, script, a").count() == 0
    assert desk.tab.title() == "The Wend papers – Footnote"


def test_a_question_is_edited_and_the_turns_after_it_go(desk: Reader) -> None:
    desk.ask(MILL)
    desk.ask(TITAN)
    desk.tab.get_by_role("button", name="Edit the question").first.click()
    assert desk.tab.get_by_label("Your question").input_value() == MILL
    desk.tab.get_by_label("Your question").fill(FLOOD)
    desk.tab.keyboard.press("Enter")
    desk.tab.locator(".fn-text", has_text="killed").wait_for()
    assert desk.tab.locator(".fn-question").all_inner_texts() == [FLOOD]


def test_a_reload_keeps_the_chat_and_another_begins_and_the_first_comes_back(desk: Reader) -> None:
    desk.ask(MILL)
    chats = desk.tab.locator("#fn-chats [data-act=chat]")
    chats.first.wait_for()
    desk.tab.reload()
    assert "412" in desk.newest().inner_text()
    desk.tab.get_by_role("button", name="New chat").click()
    desk.tab.locator(".fn-answer").wait_for(state="detached")
    assert "Searched for" not in desk.ask("Who said that?").inner_text()  # it knows nothing of the chat before
    desk.tab.wait_for_function("document.querySelectorAll('#fn-chats [data-act=chat]').length === 2")
    chats.nth(1).click()
    desk.tab.locator(".fn-question", has_text=MILL).wait_for()
    desk.tab.get_by_role("button", name=f"Forget this chat: {MILL}").click()
    desk.tab.wait_for_function("document.querySelectorAll('#fn-chats [data-act=chat]').length === 1")
    desk.tab.reload()
    desk.tab.wait_for_function("document.querySelectorAll('#fn-chats [data-act=chat]').length === 1")


def test_a_chat_is_kept_in_three_forms_and_copied(desk: Reader) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.ask(MILL)
    kept = {}
    for form in ("Markdown", "HTML", "JSON"):
        with desk.tab.expect_download() as download:
            desk.tab.get_by_role("button", name=form, exact=True).click()
        kept[form] = Path(download.value.path()).read_text(encoding="utf-8")
    for form in kept.values():
        assert "412" in form and "The Dale Herald" in form
    answer = json.loads(kept["JSON"])["turns"][0]["answer"]
    assert answer["citations"][0]["quote"] == "The mill employed 412 people, its owner said." and "<script" not in kept["HTML"]
    desk.tab.get_by_role("button", name="Copy with sources").click()
    desk.tab.get_by_role("button", name="Copied.").wait_for()
    copied = desk.tab.evaluate("navigator.clipboard.readText()")
    assert "[1] Fire closes Ashby paper mill — The Dale Herald, 3 May 2022" in copied and "“The mill employed" in copied


def test_an_answer_is_announced_once(desk: Reader) -> None:
    desk.tab.evaluate("""() => { window.told = []; new MutationObserver(() => {
      const words = document.getElementById('fn-status').textContent; if (words.startsWith('Answer')) window.told.push(words);
    }).observe(document.getElementById('fn-status'), {childList: true, characterData: true, subtree: true}) }""")
    desk.ask(MILL)
    desk.tab.wait_for_function("window.told.length > 0")
    assert desk.tab.evaluate("window.told") == ["Answer: The mill employed 412 people, its owner said.\u2060 Sources: 1."]
    assert desk.tab.locator("#talk").get_attribute("aria-live") is None


def test_a_question_without_words_gets_a_friendly_note(desk: Reader) -> None:
    desk.tab.get_by_label("Your question").fill("?!")
    desk.tab.keyboard.press("Enter")
    note = desk.tab.locator("#talk .fn-none", has_text="no words")
    note.wait_for()
    assert "footnote ask" not in note.inner_text()
    desk.tab.get_by_role("button", name="Try again").click()
    note.wait_for()
    assert "412" in desk.ask(MILL).inner_text()


@pytest.mark.parametrize(
    ("window", "colours"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "dark")], ids=["phone", "phone-dark", "dark"]
)
def test_on_a_phone_and_in_the_dark_all_of_it_fits(browser: Any, page: str, window: dict[str, int], colours: str) -> None:
    for reader in watched(browser, page, window, colours):
        assert reader.fits()
        for question in (MILL, FLOOD, TITAN, "x" * 300):
            reader.tab.get_by_label("Your question").fill(question)
            reader.tab.keyboard.press("Enter")
            reader.tab.locator(f".fn-turn[data-state=done] .fn-question >> text={question}").wait_for()
            assert reader.fits()
        reader.tab.locator(".fn-cite").first.click()
        reader.tab.locator("#fn-panel mark").wait_for()
        assert reader.fits() and reader.on_screen(reader.tab.locator("#fn-panel mark"))
        dark = reader.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 22, 20)"
        assert dark == (colours == "dark")
        reader.tab.keyboard.press("Escape")
        reader.tab.get_by_role("button", name="Articles", exact=True).click()
        reader.tab.locator("#fn-found .fn-list").wait_for()
        assert reader.fits()


def test_articles_are_listed_searched_and_read(desk: Reader) -> None:
    desk.tab.get_by_role("button", name="Articles", exact=True).click()
    found = desk.tab.locator("#fn-found .fn-open")
    found.first.wait_for()
    assert found.count() == 6 and found.all_inner_texts()[0] == HOSTILE_TITLE  # of 11 May, the newest
    desk.tab.get_by_label("Search the articles").fill("paper mill")
    desk.tab.keyboard.press("Enter")
    desk.tab.wait_for_function("document.querySelector('#fn-found .fn-open').textContent.startsWith('Fire closes')")
    found.first.click()
    assert "employed 412" in desk.tab.locator("#fn-panel .fn-article").inner_text()


def test_files_are_added_served_and_removed(browser: Any, serve: Callable[..., str], tmp_path: Path) -> None:
    question = "When was the lighthouse at Wend Point lit again?"
    (tmp_path / "light <b>.txt").write_text("The lighthouse at Wend Point was lit again on 9 June 2022 after 61 years.\n")
    (tmp_path / "broken.jsonl").write_text("{")
    (tmp_path / "film.mp4").write_text("x")
    for reader in watched(browser, serve(), DESK):
        assert "lit again" not in reader.ask(question).inner_text()
        reader.tab.get_by_role("button", name="Articles", exact=True).click()
        assert f"up to {MOST_FILES} files and 200 MB at once, 20 MB each" in reader.tab.locator("#articles-page").inner_text()
        chosen = [str(tmp_path / name) for name in ("light <b>.txt", "broken.jsonl")]
        reader.tab.locator("#articles-page input[type=file]").set_input_files(chosen)
        came = reader.tab.locator("#fn-came")
        came.locator(".fn-result").wait_for()
        assert "The archive now holds 7 articles." in came.inner_text() and "broken.jsonl" in came.inner_text()
        assert "7 articles" in reader.tab.locator(".fn-head").inner_text()
        assert reader.tab.locator("#fn-chats").inner_text().startswith(question)  # made anew, and the chats are in it again
        assert reader.tab.locator(".fn-page[aria-current]").inner_text() == "Articles"
        other = Reader(browser, reader.tab.url, window=PHONE)
        other.tab.locator(".fn-head", has_text="7 articles").wait_for()  # whoever comes later sees what is served now
        assert not other.tab.locator("#fn-filters").is_visible()
        other.done()
        reader.tab.get_by_role("button", name="Ask", exact=True).first.click()
        assert "9 June 2022" in reader.ask(question).inner_text()
        reader.tab.get_by_role("button", name="Articles", exact=True).click()
        reader.tab.get_by_role("button", name="Remove: light").click()
        reader.tab.locator("#fn-came .fn-result", has_text="Removed. The archive now holds 6 articles.").wait_for(
            timeout=60_000
        )
        assert "6 articles" in reader.tab.locator(".fn-head").inner_text()


def test_a_judgement_becomes_a_test(
    browser: Any, serve: Callable[..., str], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for reader in watched(browser, serve(folder=tmp_path), DESK):
        answer = reader.ask(MILL)
        answer.wait_for()
        reader.tab.get_by_role("button", name="Bad answer").click()
        assert reader.tab.evaluate("document.activeElement.type") == "radio"
        reader.tab.get_by_label("The archive does not answer this").check()
        reader.tab.get_by_role("button", name="Send").click()
        reader.tab.get_by_role("button", name="Thank you.").wait_for()
    (question,), left_out = rows.read(tmp_path)
    assert (question.question, question.refuse, left_out) == (MILL, True, [])
    made, ran = tmp_path / "mine.jsonl", tmp_path / "run.jsonl"
    assert main(["eval", "add-feedback", str(tmp_path), "--out", str(made)]) == 0
    assert main(["eval", "run", str(made), "--index", str(home / "index"), "--out", str(ran), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["eval", "score", str(ran), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert (figures["right"]["questions"], figures["right"]["value"]) == (1, 0.0)  # the bad answer is a test that fails


def test_read_only_leaves_nothing_to_write_with(browser: Any, serve: Callable[..., str]) -> None:
    for reader in watched(browser, serve(read_only=True), DESK):
        reader.ask(MILL)
        assert reader.tab.get_by_role("button", name="Bad answer").count() == 0
        reader.tab.get_by_role("button", name="Articles", exact=True).click()
        reader.tab.locator("#fn-found .fn-open").first.wait_for()
        assert reader.tab.locator("#articles-page input[type=file]").count() == 0


def test_the_page_speaks_german(browser: Any, serve: Callable[..., str]) -> None:
    reader = Reader(browser, serve(language="de"), window=DESK, box="Ihre Frage", button="Fragen")
    assert reader.tab.evaluate("document.documentElement.lang") == "de"
    answer = reader.ask(MILL)
    assert "Quellen" in answer.inner_text() or "QUELLEN" in answer.inner_text()
    assert "3. Mai 2022" in answer.inner_text() and "6 Artikel" in reader.tab.locator(".fn-head").inner_text()
    reader.done()


def test_an_answer_of_a_model_appears_sentence_by_sentence_and_is_stopped(browser: Any, serve: Callable[..., str]) -> None:
    """Only checked sentences are ever shown: never what is still being written."""
    hostile = "<img src=x onerror=document.title=1>"

    def slowly(_: Request, connection: Any) -> None:
        connection.head()
        for words in ("The mill employed 412 people. [1.1] ", f"Nobody {hostile} was "):
            connection.event({"choices": [{"index": 0, "delta": {"content": words}}]})
        connection.wait(60)

    with ModelServer(slowly) as server:
        address = serve(options={"model": "openai/made", "api_base": server.url})
        for reader in watched(browser, address, DESK):
            reader.tab.get_by_label("Your question").fill(MILL)
            reader.tab.keyboard.press("Enter")
            making = reader.tab.locator(".fn-turn[data-state=making] .fn-text")
            making.wait_for()
            assert "412 people" in making.inner_text()
            assert "Nobody" not in reader.tab.locator("#talk").inner_text()
            assert not reader.tab.locator("#fn-ask").is_visible()
            reader.tab.get_by_role("button", name="Stop").click()
            reader.tab.locator(".fn-none", has_text="Stopped").wait_for()
            assert (
                reader.tab.locator("#fn-ask").is_visible() and reader.tab.get_by_role("button", name="Try again").count() == 1
            )


def test_axe_finds_no_serious_fault(browser: Any, page: str) -> None:
    """axe-core, the accessibility checker that most tools use; the page's own faults and Gradio's alike."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm install --prefix .axe axe-core@4.14.1; .ci/run does)")
    found = []
    for colours in ("light", "dark"):
        for reader in watched(browser, page, DESK, colours):

            def check(where: str, tab: Any = reader.tab, colours: str = colours) -> None:
                seen = tab.evaluate(f"{AXE.read_text('utf-8')}; axe.run(document, {{resultTypes: ['violations']}})")
                found.extend((colours, where, each["id"], [node["target"] for node in each["nodes"]])
                             for each in seen["violations"] if each["impact"] in ("serious", "critical"))  # fmt: skip

            check("empty")
            for question in (FLOOD, TITAN):
                reader.ask(question)
            check("answers")
            reader.tab.locator(".fn-cite").first.click()
            reader.tab.locator("#fn-panel mark").wait_for()
            check("panel")
            reader.tab.keyboard.press("Escape")
            reader.tab.get_by_role("button", name="Bad answer").first.click()
            check("reasons")
            reader.tab.get_by_role("button", name="Articles", exact=True).click()
            reader.tab.locator("#fn-found .fn-open").first.wait_for()
            check("articles")
    assert found == []
