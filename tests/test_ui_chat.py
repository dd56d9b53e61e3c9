"""The page in a real browser: ask, read, check a quote, on a desk and on a phone; and nobody outside is called."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from test_ui_cli import ARTICLES as PLAIN_ARTICLES

import rag
from index.build import sync
from index.errors import FootnoteError, UsageError
from index.opened import Index, open_index
from rag.question import MAX_QUESTION
from ui import chat, frame
from ui.examples import examples
from ui.line import Busy, Stopping
from ui.shelf import Shelf
from ui.status import name_of
from ui.texts import ENGLISH

# The reader of JSON takes tags out and turns entities into characters, so these arrive as the words of the article.
HOSTILE_TITLE = 'Weir <img src=x onerror="document.title=1"> opens $$x$$ [here](javascript:1)'
HOSTILE_TEXT = "The weir at Wend has 17 gates <script>document.title = 'taken'</script> of $$iron$$ and **oak**."
ARTICLES = {
    "mill.txt": PLAIN_ARTICLES["mill.txt"],
    "bridge.txt": PLAIN_ARTICLES["bridge.txt"],
    "weir.json": json.dumps(
        {
            "title": escape(HOSTILE_TITLE),
            "outlet": escape("<b>Wend</b> Echo"),
            "published": "2022-05-11",
            "url": "javascript:alert(1)",
            "text": escape(HOSTILE_TEXT),
        }
    ),
}
MILL = "How many people worked at the Ashby paper mill?"
WEIR = "How many gates has the weir at Wend?"
TITAN = "Which spacecraft landed on Titan?"
PATIENCE = 60_000  # milliseconds: nothing here is about speed, and the machine may be busy
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


class Trap:
    """Stands where the way out would be, as the proxy of every library that heeds one, and counts who knocks."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.knocks: list[bytes] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            with caller:
                self.knocks.append(caller.recv(200))

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("chat") / "The Wend papers"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    sync([folder], folder.parent / "index")
    index = open_index(folder.parent / "index")
    yield index
    index.close()


@pytest.fixture(scope="module")
def served(archive: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page's address, served by `footnote chat` as a process of its own; it must end quietly and call nobody."""
    trap = Trap()
    given = {**os.environ, **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), trap.address)}
    given |= {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        given[name] = trap.address
    started_in = tmp_path_factory.mktemp("cwd")
    command = [sys.executable, "-m", "ui", "chat", "--index", str(archive.folder), "--no-browser"]
    command += ["--port", str(chat.free_port())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given, cwd=started_in)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("The Wend papers is at http://127.0.0.1:"), process.communicate(timeout=10)
    yield said.split(" is at ")[1].split()[0]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    trap.close()
    assert (process.returncode, out, err) == (130, "", "")
    assert trap.knocks == []
    assert list(started_in.iterdir()) == []


class Reader:
    """Someone at the page: asks, and sees what is on it. `called` is every address that the page turned to."""

    def __init__(
        self, browser: Any, address: str, *, window: dict[str, int], colours: str = "light",
        box: str = "Your question", button: str = "Ask",
    ) -> None:  # fmt: skip
        self.box, self.button = box, button
        self.context = browser.new_context(viewport=window, color_scheme=colours)
        self.context.set_default_timeout(PATIENCE)
        self.tab = self.context.new_page()
        self.called: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.called.append(request.url))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(address)
        self.tab.wait_for_selector("#fn-ask:enabled")

    def ask(self, question: str) -> Any:
        before = self.tab.locator(".fn-answer").count()
        self.tab.get_by_label(self.box).fill(question)
        self.tab.locator("#fn-form").get_by_role("button", name=self.button, exact=True).click()
        return self.newest(before)

    def newest(self, before: int = 0) -> Any:
        answer = self.tab.locator(".fn-answer").nth(before)
        answer.wait_for()
        return answer

    def fits(self) -> bool:
        return bool(self.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    def on_screen(self, element: Any) -> bool:
        """Whether an element is where a reader sees it, nothing lying over it."""
        return bool(
            element.evaluate("""one => {
          const {left, top} = one.getClientRects()[0], found = document.elementFromPoint(left + 3, top + 3);
          return found === one || one.contains(found);
        }""")
        )

    def done(self) -> None:
        """Leave, having seen no error, and nobody called but the page's own server."""
        assert self.complaints == []
        assert {url.split("/")[2].split(":")[0] for url in self.called if url.startswith("http")} == {"127.0.0.1"}
        assert {url.split(":")[0] for url in self.called} <= {"http", "data", "blob"}
        self.context.close()


@pytest.fixture
def reader(browser: Any, served: str) -> Iterator[Reader]:
    reader = Reader(browser, served, window=DESK)
    yield reader
    reader.done()


def test_a_reader_asks_the_command_s_own_page_and_checks_the_quote(reader: Reader) -> None:
    assert reader.tab.locator("h1").inner_text() == "The Wend papers"
    assert "3 articles, 3 outlets, 3 May 2022 to 11 May 2022" in reader.tab.locator(".fn-head").inner_text()
    assert "without a language model" in reader.tab.locator(".fn-head").inner_text()
    answer = reader.ask(MILL)
    assert "412" in answer.locator(".fn-text strong").inner_text()
    answer.locator(".fn-cite").first.click()
    assert reader.tab.locator("#fn-panel mark").inner_text() == "The mill employed 412 people, its owner said."


def test_examples_drawn_from_an_archive_are_answered_from_it(archive: Index) -> None:
    found = examples(archive)
    assert found and len(found) == len(set(found)) <= 4
    for question in found:
        assert not rag.answer(question, index=archive).refused
    assert examples(archive, [MILL, TITAN]) == [MILL]


def test_a_long_question_is_read_to_its_end_or_not_at_all(reader: Reader) -> None:
    asked = f"{'Tell me, please: ' * 80}{MILL}"
    assert 1000 < len(asked) < MAX_QUESTION
    reader.ask(asked)
    assert reader.tab.locator(".fn-question").inner_text() == asked
    reader.tab.get_by_label("Your question").fill("mill " * (MAX_QUESTION // 5 + 1))
    reader.tab.keyboard.press("Enter")
    reader.tab.locator("#talk .fn-none", has_text=f"at most {MAX_QUESTION} are read").wait_for()


def test_no_handler_is_offered_to_programs(served: str) -> None:
    for path in ("info", "openapi.json", "run/predict"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{served}gradio_api/{path}")


def test_the_page_is_for_this_machine_only(served: str) -> None:
    """A listener on 127.0.0.1 answers on no other address of this machine, not even another loopback one."""
    port = int(served.rstrip("/").rpartition(":")[2])
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
        pass


def test_a_taken_port_is_an_error_and_the_next_free_one_is_found() -> None:
    with socket.create_server((chat.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FootnoteError, match=f"Port {port} is taken"):
            chat.free_port(port)
    assert chat.FIRST_PORT <= chat.free_port() < chat.FIRST_PORT + 100


def test_a_damaged_reader_is_told_before_the_address_is(archive: Index, tmp_path: Path) -> None:
    assert rag.__file__ is not None
    copy = tmp_path / "rag"  # found before the installed one, which stays whole
    shutil.copytree(Path(rag.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "training"))
    with (copy / "reader.safetensors").open("r+b") as weights:
        weights.seek(-1, os.SEEK_END)
        last = weights.read(1)[0]
        weights.seek(-1, os.SEEK_END)
        weights.write(bytes([last ^ 1]))
    command = [sys.executable, "-m", "ui", "chat", "--index", str(archive.folder), "--no-browser"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("footnote: ") and "Try: " in done.stderr and done.stderr.count("\n") == 1


class Broken:
    """An archive that fails in a given way at the first touch."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def article(self, _: str) -> None:
        """No article: what is left of the page is drawn all the same."""

    def __getattr__(self, name: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (UsageError("Too long.", next_step="footnote ask"), "Too long."),
        (Busy(3), ENGLISH.busy),
        (Stopping(), ENGLISH.busy),
        (RuntimeError("secret"), ENGLISH.sorry),
    ],
    ids=["usage", "busy", "stopping", "unexpected"],
)
def test_what_goes_wrong_becomes_a_note(error: Exception, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(Broken(error), "name", Path(), ENGLISH)  # type: ignore[arg-type]
    steps = list(chat.answering(shelf, {"question": "What?", "ticket": 7}, None, ENGLISH))
    assert ENGLISH.looking in steps[0] and 'data-state="making"' in steps[0] and "data-made" not in steps[0]
    assert f'<p class="fn-note">{shown}</p>' in steps[-1] and 'data-made="7"' in steps[-1] and "secret" not in steps[-1]
    assert ("secret" in caplog.text) == (shown == ENGLISH.sorry)


@pytest.mark.parametrize(
    "sent",
    [{}, {"turns": 7}, {"turns": ["x"], "at": "0"}, {"at": -1}, {"at": 10**9}, {"question": None, "searched": 7, "ticket": "1"},
     {"outlets": ["nobody"], "question": MILL}],
    ids=repr,
)  # fmt: skip
def test_whatever_is_sent_gets_a_whole_page(archive: Index, sent: dict[str, Any]) -> None:
    *_, last = chat.answering(Shelf(archive, "name", Path(), ENGLISH), sent, None, ENGLISH)
    assert last.count("<section") == last.count("</section>") == 1 and 'data-state="done"' in last


def test_what_the_script_may_call_survives_whatever_it_is_sent(archive: Index, tmp_path: Path) -> None:
    shelf = Shelf(archive, "name", tmp_path, ENGLISH)
    wrong = dict.fromkeys(("article", "quote", "query", "turn"), 7) | dict.fromkeys(("start", "end", "at", "turns"), "x")
    worse = [wrong, wrong | {"form": "exe", "page": -(10**30)}, {"query": "%_'\"", "page": "9" * 400}]
    for function in frame.functions(shelf, [], lambda: ("", ""), ENGLISH):
        for sent in (None, [], 7, "x", {}, *worse):
            assert isinstance(function(sent), str | list)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_named_for_its_readers(archive: Index) -> None:
    assert name_of(archive, sample=False) == "The Wend papers"
    assert name_of(archive, sample=True) == "The sample archive"


def test_the_style_travels_with_the_package() -> None:
    assert chat.STYLE.is_file() and "http" not in Path(chat.STYLE).read_text(encoding="utf-8")
