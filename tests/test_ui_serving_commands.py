"""The commands that serve: what they refuse before anything is opened, and the line that one makes for another."""

import io
from pathlib import Path

import pytest
from test_ui_guard import PASSWORD

from index.errors import UsageError
from ui.access import hashed, read_passwords
from ui.cli import main


def test_a_password_in_another_encoding_and_a_proxy_by_name_are_bad_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    assert main(["password", "ann"]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert main(["serve", "--proxy", "localhost"]) == 2
    assert "'localhost' is no IP address" in capsys.readouterr().err


def test_a_line_for_the_password_file_is_made_by_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{PASSWORD}\n".encode())))
    assert main(["password", "ann"]) == 0
    file = tmp_path / "passwords"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_passwords(file)["ann"].matches(PASSWORD) and not read_passwords(file)["ann"].matches("x")
    for name, secret in (("a:b", "x"), ("", "x"), ("ann", "")):
        with pytest.raises(UsageError):
            hashed(name, secret)


def test_the_command_refuses_before_it_opens_anything(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOOTNOTE_TOKEN", raising=False)
    assert main(["serve", "--host", "0.0.0.0", "--index", "missing"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("footnote: ") and '--token "$(openssl rand -hex 32)"' in err and err.count("\n") == 1
