"""The command line over a small real archive: results, exit codes, one-line errors, and the right stream for each."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, Literal

import pytest
from rich.console import Console

import rag
import rag.retrieve
from index.build import SyncReport, sync
from index.errors import FootnoteError, IndexDamaged
from index.records import Article, Hit, Passage, Skipped
from index.store import DEFAULT_FOLDER
from rag.records import Answer, Citation, Disagreement, Filters, Nearest, Sentence, Side
from ui import cli, commands, console
from ui.cli import main

QUESTION = "How many people worked at the Ashby paper mill?"
UNANSWERABLE = "Which spacecraft landed on Titan?"
ARTICLES = {
    "mill.txt": (
        "Fire closes Ashby paper mill\nBy Ann Reed\nThe Dale Herald\nPublished: 3 May 2022\n\n"
        "A fire closed the Ashby paper mill on Monday night. The mill employed 412 people, its owner said.\n\n"
        "Nobody was hurt. The owner hopes to start work again within three weeks.\n"
    ),
    "bridge.txt": (
        "Council votes for a new footbridge\nThe Northern Post\nPublished: 9 May 2022\n\n"
        "The council voted on Tuesday to build a footbridge over the river Wend. It will cost 2.3 million pounds.\n"
    ),
    "school.txt": (
        "School garden wins a prize\nThe Dale Herald\nPublished: 20 May 2022\n\n"
        "Pupils of Wend Lane school won a prize for their garden. They grow forty kinds of vegetables.\n"
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three articles, and one file that cannot be read."""
    folder = tmp_path_factory.mktemp("cli") / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "broken.jsonl").write_text('{"title": "Cut short", "text": \n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def archive(folder: Path) -> str:
    """An index over it, made with the packaged model."""
    made = folder.parent / "archive"
    sync([folder], made)
    return str(made)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts in an empty folder, with a cache of the module's own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A user's cache folder, for the sample archive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


# Answers


def test_an_answer_exits_0_and_shows_marks_and_sources(capsys: pytest.CaptureFixture[str], archive: str) -> None:
    code, out, err = run(capsys, "ask", QUESTION, "--index", archive)
    assert (code, err) == (0, "")
    answer, sources = out.split("\nSources\n")
    assert "412" in answer and "[1]" in answer
    assert "[1] Fire closes Ashby paper mill — The Dale Herald, 3 May 2022, mill.txt" in sources
    assert "“The mill employed 412 people, its owner said.”" in sources


def test_a_refusal_exits_3_and_shows_the_nearest_articles(capsys: pytest.CaptureFixture[str], archive: str) -> None:
    code, out, err = run(capsys, "ask", UNANSWERABLE, "--index", archive)
    assert (code, err) == (3, "")
    assert rag.REFUSAL in out and "Nearest articles" in out and "Sources" not in out


@pytest.mark.parametrize("question", [QUESTION, UNANSWERABLE], ids=["answered", "refused"])
def test_json_is_the_answer_as_it_is(capsys: pytest.CaptureFixture[str], archive: str, question: str) -> None:
    _, out, _ = run(capsys, "ask", question, "--index", archive, "--json")
    index = rag.open(archive)
    expected = json.loads(json.dumps(rag.answer(question, index=index).to_dict()))
    index.close()
    found = json.loads(out)
    assert found.pop("timings").keys() == expected.pop("timings").keys()
    assert found == expected


def test_filters_and_history_reach_the_answer(capsys: pytest.CaptureFixture[str], archive: str) -> None:
    talk = [["user", QUESTION], {"role": "assistant", "content": "412 people worked there."}]
    Path("talk.json").write_text(json.dumps(talk))
    options = [
        "--after",
        "2022-05-01",
        "--before",
        "2022-05-04",
        "--outlet",
        "the dale herald",
        "--history",
        "talk.json",
    ]
    code, out, _ = run(capsys, "ask", "Who said that?", "--index", archive, "--json", *options)
    index = rag.open(archive)
    expected = rag.answer(
        "Who said that?", index=index, history=[("user", QUESTION), ("assistant", "412 people worked there.")],
        after="2022-05-01", before="2022-05-04", outlets=["the dale herald"],
    ).to_dict()  # fmt: skip
    index.close()
    found = json.loads(out)
    assert code in {0, 3}
    assert found["searched_for"] == expected["searched_for"] != "Who said that?"
    given = {"after": "2022-05-01", "before": "2022-05-04", "outlets": ["The Dale Herald"]}
    assert found["filters"] == {**given, "undated": False, "read": []}


@pytest.mark.parametrize(
    ("given", "asked"),
    [(f"{QUESTION}\n".encode(), QUESTION), ("Où était-ce ?".encode(), "Où était-ce ?"), (b"Caf\xe9?", "Caf\ufffd?")],
    ids=["ascii", "utf-8", "latin-1"],
)
def test_a_question_from_standard_input(
    capsys: pytest.CaptureFixture[str], archive: str, monkeypatch: pytest.MonkeyPatch, given: bytes, asked: str
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given), encoding="utf-8", errors="strict"))
    code, out, err = run(capsys, "ask", "-", "--index", archive, "--json")
    assert (code, err) == (0 if asked == QUESTION else 3, "")
    assert json.loads(out)["question"] == asked


# Search and status


def test_search_lists_passages_best_first(capsys: pytest.CaptureFixture[str], archive: str) -> None:
    code, out, _ = run(capsys, "search", "fire at a paper mill", "--index", archive, "--limit", "2", "--json")
    hits = json.loads(out)["hits"]
    assert code == 0 and len(hits) == 2
    assert hits[0]["article"]["path"] == "mill.txt" and hits[0]["score"] >= hits[1]["score"]
    _, out, _ = run(capsys, "search", "fire at a paper mill", "--index", archive, "--outlet", "The Northern Post")
    assert "1. Council votes for a new footbridge — The Northern Post, 9 May 2022, bridge.txt" in out
    assert "2. " not in out


def test_status_says_what_the_index_holds(capsys: pytest.CaptureFixture[str], archive: str) -> None:
    code, out, err = run(capsys, "status", "--index", archive, "--json", "--verify")
    held = json.loads(out)
    assert (code, err) == (0, "")
    assert (held["articles"], held["outlets"]) == (3, {"The Dale Herald": 2, "The Northern Post": 1})
    assert (held["first"], held["last"], held["undated"]) == ("2022-05-03", "2022-05-20", 0)
    assert held["bytes"] == sum(file.stat().st_size for file in Path(archive).rglob("*") if file.is_file())
    assert held["verified"] and not held["sample"] and held["embedder"] == "all-MiniLM-L6-v2"
    assert [skipped["path"] for skipped in held["skipped"]] == ["broken.jsonl"]
    _, out, _ = run(capsys, "status", "--index", archive)
    assert "The Dale Herald (2), The Northern Post (1)" in out and "3 May 2022 to 20 May 2022" in out
    assert "1 could not be read:\n  broken.jsonl:1: " in out and "Verified" not in out


def test_status_finds_an_altered_file(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    sync([folder], tmp_path / "altered")
    database = next((tmp_path / "altered").rglob("articles.db"))
    data = bytearray(database.read_bytes())
    data[-1] ^= 1
    database.write_bytes(data)
    code, out, err = run(capsys, "status", "--index", "altered", "--verify")
    assert (code, out) == (1, "")
    assert err.startswith("footnote: The index file") and "was altered" in err and "Try: footnote index" in err


# Indexing


def test_index_says_what_it_did(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, err = run(capsys, "index", str(folder))
    assert (code, err) == (0, "")  # no progress where there is no terminal
    assert out.startswith("Indexed 3 articles (3 new, 0 changed, 0 unchanged, 0 dropped), 3 passages in ")
    assert " s. 1 could not be read:\n  broken.jsonl:1: " in out
    code, out, _ = run(capsys, "index", str(folder), "--json")
    report = json.loads(out)
    assert (report["unchanged"], report["added"], report["index"]) == (3, 0, commands.DEFAULT_INDEX)


def test_strict_indexes_the_rest_and_fails(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, _ = run(capsys, "index", str(folder), "--strict", "--index", "strict")
    assert code == 1 and "Indexed 3 articles" in out
    code, _, _ = run(capsys, "index", str(folder / "mill.txt"), "--strict", "--only", "--index", "strict")
    assert code == 0


def test_defaults_are_those_of_the_library() -> None:
    assert commands.DEFAULT_INDEX == DEFAULT_FOLDER
    assert commands.DEFAULT_LIMIT == rag.retrieve.DEFAULT_LIMIT


# The sample archive


@pytest.mark.usefixtures("cache")
def test_without_an_index_the_sample_archive_answers_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    note = "No index in ./footnote-index: answering from the sample archive. Index your own: footnote index FOLDER\n"
    code, out, err = run(capsys, "ask", commands.SAMPLE_QUESTIONS[0])
    assert (code, err) == (0, note)
    assert "[1]" in out
    code, out, err = run(capsys, "status", "--json")
    assert (code, err) == (0, note) and json.loads(out)["sample"]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("question", commands.SAMPLE_QUESTIONS)
def test_every_example_question_is_answered(capsys: pytest.CaptureFixture[str], question: str) -> None:
    assert run(capsys, "ask", question)[0] == 0


def test_an_index_that_lost_its_current_generation_is_not_passed_over(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    run(capsys, "index", str(folder))
    Path(DEFAULT_FOLDER, "CURRENT").unlink()
    code, out, err = run(capsys, "ask", QUESTION)
    assert (code, out) == (1, "") and err.startswith("footnote: No index in 'footnote-index'. Try: footnote index")


# Errors


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["ask", "", "--index", "ARCHIVE"], 2, "question"),
        (["ask", "What?", "--index", "ARCHIVE", "--after", "yesterday-ish"], 2, "yesterday-ish"),
        (["ask", "What?", "--index", "ARCHIVE", "--outlet", "The Moon"], 2, "The Moon"),
        (["ask", "What?", "--index", "ARCHIVE", "--history", "nowhere.json"], 2, "nowhere.json"),
        (["ask", "What?", "--index", "missing"], 1, "missing"),
        (["search", "What?", "--index", "missing"], 1, "missing"),
        (["status", "--index", "missing"], 1, "missing"),
        (["chat", "--index", "missing"], 1, "missing"),
        (["search", "What?", "--limit", "0"], 2, "--limit"),
        (["index", "nowhere"], 2, "nowhere"),
        (["index", ".", "--embedder", "./no-such-model"], 1, "no-such-model"),
        (["ask"], 2, "QUESTION"),
        (["ask", "What?", "--colour"], 2, "--colour"),
        (["aks", "What?"], 2, "aks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_is_one_line_with_the_next_command(
    capsys: pytest.CaptureFixture[str], archive: str, monkeypatch: pytest.MonkeyPatch,
    argv: list[str], code: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found, out, err = run(capsys, *(archive if word == "ARCHIVE" else word for word in argv))
    assert (found, out) == (code, "")
    assert err.startswith("footnote: ") and err.count("\n") == 1 and "Traceback" not in err
    assert told in err and "Try: " in err


@pytest.mark.parametrize(
    "turns",
    ['{"user": "x"}', '[["user"]]', '[["robot", "x"]]', '[["user", 1]]', "[", '"x"',
     pytest.param("[" * 100_000 + "]" * 100_000, id="deep")],
)  # fmt: skip
def test_a_history_of_another_shape_is_refused(capsys: pytest.CaptureFixture[str], archive: str, turns: str) -> None:
    Path("talk.json").write_text(turns)
    code, out, err = run(capsys, "ask", QUESTION, "--index", archive, "--history", "talk.json")
    assert (code, out) == (2, "") and "talk.json" in err and err.count("\n") == 1


def test_an_error_nobody_expected_is_one_line_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    closed = TextIOWrapper(BytesIO())
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    code, out, err = run(capsys, "ask", "-")
    assert (code, out) == (1, "")
    assert err.startswith("footnote: unexpected error: ") and err.endswith("; run again with --debug\n")
    assert err.count("\n") == 1
    code, _, err = run(capsys, "ask", "-", "--debug")
    assert code == 1 and "Traceback" in err


def test_debug_shows_where_an_expected_error_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--debug", "ask", "What?", "--index", "missing")
    assert code == 1 and "Traceback" in err and "IndexMissing" in err


def test_after_two_dashes_debug_is_a_question() -> None:
    assert cli._take_debug(["ask", "--debug", "--", "--debug"]) == (True, ["ask", "--", "--debug"])


def test_every_error_has_an_exit_code() -> None:
    assert cli._told(IndexDamaged("Torn.", next_step="footnote index x"), []) == (1, "Torn. Try: footnote index x")
    assert cli._told(FootnoteError("Odd."), ["ask"]) == (1, "Odd. Try: footnote ask --help")
    assert cli._told(RuntimeError("a\nb"), []) == (1, "unexpected error: RuntimeError: a\nb; run again with --debug")


# Help


@pytest.mark.parametrize("command", ["index", "ask", "search", "status", "chat", "serve", "mcp", "password"])
def test_every_command_has_help_with_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, err = run(capsys, command, "--help")
    assert (code, err) == (0, "") and f"Examples:\n footnote {command}" in "\n".join(map(str.rstrip, out.split("\n")))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert code == 0 and out.startswith("footnote 0.")


def test_no_command_shows_the_help_as_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert code == 2 and "Usage: footnote" in out and err == ""


HEAVY = {"torch", "gradio", "sentence_transformers", "faiss", "numpy", "tantivy", "litellm", "pandas"}


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from ui.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.split())


def test_libraries_are_told_to_be_quiet_before_they_are_imported() -> None:
    code = "import os; from ui.cli import main; main(['--version']); print(os.environ['GRADIO_ANALYTICS_ENABLED'])"
    given = {name: value for name, value in os.environ.items() if name not in cli.QUIET}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given)
    assert done.stdout.splitlines()[-1] == "False"


# Terminals and pipes


def test_a_reader_that_leaves_is_no_error(archive: str) -> None:
    command = f"{sys.executable} -m ui search bridge --index {archive} | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_an_encoding_that_lacks_a_character_gets_a_question_mark(archive: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui", "ask", QUESTION, "--index", archive], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"mill ? The Dale Herald" in done.stdout and b"?The mill employed 412 people, its owner said.?" in done.stdout


def test_a_stream_without_an_encoding_is_written_to_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", StringIO())
    monkeypatch.setattr(sys, "stderr", None)  # as in a program without a console
    assert main(["--version"]) == 0


def test_ctrl_c_is_quiet(archive: str) -> None:
    """Interrupted while it waits for a question on standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "ask", "-", "--index", archive],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")


def test_progress_is_drawn_for_a_terminal_only(folder: Path) -> None:
    """On a pseudo-terminal; `script` would do the same by hand."""
    main_end, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "ui", "index", str(folder), "--index", "seen"], stderr=terminal, stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    os.close(terminal)
    drawn = b""
    with suppress(OSError):  # how the end of a pseudo-terminal shows
        while part := os.read(main_end, 4096):
            drawn += part
    os.close(main_end)
    assert b"passages" in drawn and "Indexed 3 articles" in done.stdout and "\x1b" not in done.stdout


class Written(Console):
    """A console that keeps what it shows, without colours unless told: a terminal of a given width, or a pipe."""

    def __init__(self, width: int, *, terminal: bool, colours: Literal["standard"] | None = None) -> None:
        super().__init__(
            width=width, force_terminal=terminal, file=StringIO(), color_system=colours, no_color=False,
            highlight=False, markup=False, emoji=False,
        )  # fmt: skip

    def __str__(self) -> str:
        assert isinstance(self.file, StringIO)
        return self.file.getvalue()


HOSTILE = "[red]\x1b[31mred\x1b[0m :smile: \x9b2J\u202eevil\x07 [/red][link=http://e.org]x[/link]"


def an_answer(**fields: Any) -> Answer:
    citation = Citation(1, HOSTILE, 0, len(HOSTILE), "a", HOSTILE, HOSTILE, "2022-05-03", None, HOSTILE)
    blank = Answer(
        "q", "q", Filters(), (Sentence(HOSTILE, "quoted", (1,)), Sentence("Unsure.", "unsupported", ())), (citation,),
        False, None, None, (Disagreement("the count", (Side("412", "the owner", 1), Side("398", None, 2))),), (),
        "extract", "s", "h",
    )  # fmt: skip
    return replace(blank, **fields)


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_article_text_commands_no_terminal_and_is_no_markup(terminal: bool) -> None:
    written = Written(2000, terminal=terminal)
    console.show_answer(written, an_answer(short=HOSTILE))
    article = Article("a", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    console.show_hits(written, [Hit(Passage("a:0", "a", 0, len(HOSTILE), HOSTILE), article, 0.5)])
    near = Nearest("a", HOSTILE, HOSTILE, HOSTILE, None, HOSTILE)
    console.show_answer(written, an_answer(refused=True, reason=HOSTILE, nearest=(near,)))
    report = SyncReport(0, 0, 0, 0, 0, (Skipped(HOSTILE, 3, HOSTILE),), 0, 0, 0, 0.1, "i", "000001", HOSTILE)
    console.show_report(written, report)
    text = str(written)
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(text)
    assert text.count("[red][31mred[0m :smile: 2Jevil [/red][link=http://e.org]x[/link]") == 19


def test_a_terminal_wraps_and_a_pipe_does_not() -> None:
    long = an_answer(sentences=(Sentence("word " * 40 + "end.", "quoted", (1,)),), citations=(), disagreements=())
    written = Written(60, terminal=True), Written(60, terminal=False)
    for one in written:
        console.show_answer(one, long)
    wrapped, whole = map(str, written)
    assert max(map(len, wrapped.splitlines())) <= 60 and len(wrapped.splitlines()) > 3
    assert whole == "word " * 40 + "end. [1]\n"


@pytest.mark.parametrize(
    ("text", "short", "drawn"),
    [
        ("In 2012 all 12 came.", "12", "In 2012 all \x1b[1m12\x1b[0m came. "),
        ("Some 7,000 men came.", "7,000\n men", "Some \x1b[1m7,000 men\x1b[0m came. "),
        ("It is [red]red[/red].", "[red]\x1b[5mred", "It is [red]red[/red]. "),
        ("It is [red]red[/red].", "[red]\x1bred", "It is \x1b[1m[red]red\x1b[0m[/red]. "),
        ("Nobody came.", "12", "Nobody came. "),
        ("Nobody came.", " ", "Nobody came. "),
    ],
    ids=["whole words", "spaces", "commands", "markup", "elsewhere", "empty"],
)
def test_the_words_that_answer_are_bold_in_the_first_sentence(text: str, short: str, drawn: str) -> None:
    written = Written(300, terminal=True, colours="standard")
    twice = (Sentence(text, "quoted", (1,)), Sentence(text, "quoted", ()))
    console.show_answer(written, an_answer(sentences=twice, short=short))
    plain = " ".join(text.split())
    assert str(written).splitlines()[0] == f"{drawn}\x1b[1m[1]\x1b[0m {plain}"


def test_what_is_unsure_and_what_differs_is_shown() -> None:
    written = Written(300, terminal=False)
    console.show_answer(written, an_answer(degraded="A simpler method answered."))
    text = str(written)
    assert "Unsure. (no source confirms this)" in text and "A simpler method answered." in text
    assert "Sources differ: the count\n  the owner: 412 — " in text and "\n  398 [2]\n" in text


def test_articles_elsewhere_and_an_index_made_anew_are_told() -> None:
    written = Written(300, terminal=False)
    report = SyncReport(1, 0, 0, 0, 7, (), 8, 20, 20, 1.25, "i", "000002", "The embedding model is now 'b'; it was 'a'.")
    console.show_report(written, report)
    assert str(written) == (
        "The index was made anew. The embedding model is now 'b'; it was 'a'.\n"
        "Indexed 1 article (1 new, 0 changed, 0 unchanged, 0 dropped), 20 passages in 1.2 s.\n"
        "7 articles from folders not named this time stay in the index: 8 in all.\n"
    )
    assert json.loads(json.dumps(asdict(report)))["elsewhere"] == 7


# From a clone


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make` needs of a clone, and a .venv as Debian's Python leaves it behind where python3-venv is missing."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(Path(__file__).resolve().parents[1] / name, tmp_path)
    venv.create(tmp_path / ".venv", with_pip=False, symlinks=True)
    return tmp_path


def made(clone: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run `make .venv/installed` with nothing to install from."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    offline = {**os.environ, "PIP_NO_INDEX": "1", "MAKEFLAGS": ""}
    command = ["make", ".venv/installed", f"PYTHON={python}"]
    return subprocess.run(command, cwd=clone, env=offline, capture_output=True, text=True, check=False)


def test_make_mends_a_venv_without_pip(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0
    assert "No module named pip" not in made(clone, sys.executable).stderr
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def test_make_says_what_is_missing_when_it_cannot_make_a_venv(clone: Path) -> None:
    broken = clone / "python-without-venv"
    broken.write_text('#!/bin/sh\ntest "$1" = -c\n')
    broken.chmod(0o755)
    done = made(clone, str(broken))
    assert done.returncode == 2 and "try: apt-get install python3-venv" in done.stderr and "No module" not in done.stderr
