"""`footnote eval` as its users type it: exit codes, what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from index.opened import Index
from ui.cli import main

SET = """\
- {id: closed, question: "When was the Marram Bridge closed?", facts: [[bridge]], tags: [when]}
- {id: dry, question: "When was the Marram Bridge closed?", forbid: [snowman], tags: [far]}
- {id: snow, question: "When was the Marram Bridge closed?", facts: [[snowman]], tags: [when]}
"""


@pytest.fixture
def ran(tmp_path: Path, sample: Index, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "set.yaml").write_text(SET, encoding="utf-8")
    out = tmp_path / "run.jsonl"
    assert main(["eval", "run", str(tmp_path / "set.yaml"), "--index", str(sample.folder), "--out", str(out)]) == 0
    assert "Asked 3, 0 failed. Next: footnote eval score" in capsys.readouterr().out
    return out


def test_from_a_set_to_the_gate(ran: Path, tmp_path: Path, sample: Index, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "score", str(ran), "--by-tag"]) == 0
    shown = capsys.readouterr().out
    assert "wrong: snow: lacks 'snowman'" in shown and "Tag far" in shown and "false_refusals" in shown
    assert main(["eval", "compare", str(ran), str(ran)]) == 0
    assert capsys.readouterr().out.endswith("The gate says: release.\n")
    again = tmp_path / "again.jsonl"
    words = ["eval", "run", str(tmp_path / "set.yaml"), "--index", str(sample.folder), "--out", str(again)]
    assert main([*words, "--failed-of", str(ran), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"out": str(again), "resumed": 0, "asked": 1, "failed": 0}


def test_a_regression_exits_with_4(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = ran.read_text(encoding="utf-8").splitlines()
    broken = tmp_path / "broken.jsonl"
    broken.write_text("\n".join([head, *rows[:2]]) + "\n", encoding="utf-8")
    assert main(["eval", "compare", str(ran), str(broken)]) == 4
    shown = capsys.readouterr().out
    assert "STOP: the run is incomplete: 1 of 3" in shown and "do not release" in shown
    assert main(["eval", "compare", str(ran), str(broken), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["stops"]


def test_scores_as_json_are_the_scores(ran: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "score", str(ran), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"]["right"]["value"] == pytest.approx(2 / 3)
    assert found["wrong"] == [{"id": "snow", "repeat": 0, "reasons": ["lacks 'snowman'"]}]


@pytest.mark.parametrize(
    "words, message",
    [
        (
            ["run", "none.yaml", "--out", "x"],
            "cannot be read: No such file or directory. Try: a .yaml or .jsonl file, or one of",
        ),
        (["run", "sample"], "Missing option '--out'. Try: footnote eval run --help"),
        (["score", "none.jsonl"], "The run 'none.jsonl' cannot be read"),
        (["compare", "none.jsonl", "none.jsonl", "--tolerance", "facts"], "cannot be read"),
        (["grade"], "No such command 'grade'. Try: footnote eval --help"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_2(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.count("\n") == 1 and not captured.out


def test_a_tolerance_that_is_none_is_refused(ran: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for given in ("facts", "facts=low", "facts=-1", "=1"):
        assert main(["eval", "compare", str(ran), str(ran), "--tolerance", given]) == 2
        assert "facts" in capsys.readouterr().err


def test_a_report_as_a_page_as_junit_and_as_json(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, junit, scores = tmp_path / "report.html", tmp_path / "report.xml", tmp_path / "scores.json"
    words = [
        "eval",
        "report",
        str(ran),
        "--baseline",
        str(ran),
        "--html",
        str(page),
        "--junit",
        str(junit),
        "--json",
        str(scores),
    ]
    assert main(words) == 0
    assert "When was the Marram Bridge closed?" in page.read_text(encoding="utf-8")
    assert junit.read_text(encoding="utf-8").count("<testcase") == 3
    told = json.loads(scores.read_text(encoding="utf-8"))
    assert told["comparison"]["stops"] == [] and told["scores"]["figures"]["right"]["questions"] == 3
    assert main(["eval", "report", str(ran)]) == 2
    assert "No file was named to write. Try: footnote eval report RUN --html report.html" in capsys.readouterr().err


def test_without_the_reader_is_another_answerer(tmp_path: Path, sample: Index, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set.yaml").write_text(SET, encoding="utf-8")
    out = tmp_path / "run.jsonl"
    words = ["eval", "run", str(tmp_path / "set.yaml"), "--index", str(sample.folder), "--out", str(out)]
    assert main([*words, "--no-reader"]) == 0
    assert json.loads(out.read_text(encoding="utf-8").splitlines()[0])["run"]["answerer"] == "sentences, without the reader"
    assert main(words) == 2  # the same file for a run with the reader
    assert "its answerer is" in capsys.readouterr().err


PLUGIN = """\
import pytest

@pytest.mark.rag_eval({set!r}, index={index!r})
def test_every_question(rag_eval):
    assert rag_eval.right, rag_eval.reasons
"""


def test_pytest_users_get_a_test_a_question(tmp_path: Path, sample: Index) -> None:
    import subprocess
    import sys

    (tmp_path / "set.yaml").write_text(SET, encoding="utf-8")
    (tmp_path / "test_set.py").write_text(PLUGIN.format(set=str(tmp_path / "set.yaml"), index=str(sample.folder)))
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_set.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in found.stdout and "1 failed" in found.stdout, found.stdout
    assert "FAILED test_set.py::test_every_question[snow]" in found.stdout and "lacks 'snowman'" in found.stdout
