"""The README says what is there: its commands exist, its tree is the tree, its code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^ {4}(?:\$ )?(?:\.venv/bin/)?footnote (eval [\w-]+|\w+)", README, re.MULTILINE)))


def test_every_command_of_the_program_is_in_the_readme() -> None:
    shown = subprocess.run([sys.executable, "-m", "ui", "--help"], capture_output=True, text=True, check=True).stdout
    offered = set(re.findall(r"^[ │]+(\w+)  ", shown.split("Commands")[1], re.MULTILINE))
    assert (
        offered
        == {command.split()[0] for command in COMMANDS}
        == set("ask chat eval index mcp password search serve status".split())
    )


def test_every_command_of_the_evaluation_is_in_the_readme() -> None:
    shown = subprocess.run([sys.executable, "-m", "ui", "eval", "--help"], capture_output=True, text=True, check=True).stdout
    offered = set(re.findall(r"^[ │]+([\w-]+)  ", shown.split("Commands")[1], re.MULTILINE))
    assert {f"eval {name}" for name in offered} == {command for command in COMMANDS if command.startswith("eval ")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_has_help_with_examples(command: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "ui", *command.split(), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert f"footnote {command}" in shown and "Examples" in shown
    for option in re.findall(rf"footnote {command}\b[^#\n]*?(--[a-z-]+)", README):
        assert option in shown


def test_every_make_target_of_the_readme_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)\b(?! it\b)", README)) - {"makes"}
    assert named == {"chat", "test", "check", "gate", "bench"}
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_tree_of_the_readme_is_the_tree() -> None:
    listed, folders = set(), list[str]()
    for indent, name in re.findall(r"^ {4}( *)(\S+)", README.split("## The tree")[1], re.MULTILINE):
        folders = folders[: len(indent) // 2]
        if name.endswith("/"):
            folders.append(name)
        else:
            listed.add("".join(folders) + name)
    modules = {
        file.relative_to(ROOT).as_posix()
        for package in ("index", "rag", "ui", "evals")
        for file in (ROOT / package).rglob("*.py")
        if file.name not in {"__init__.py", "__main__.py"}
    }
    assert listed == modules


def test_every_pin_is_a_version_and_torch_is_exact() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    assert "torch==2.13.0" in lines
