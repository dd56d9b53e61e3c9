"""Running a set: every question leaves a line, whatever happens, and equal runs leave equal lines."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from evals_made import first_sentence

from evals.outcomes import Outcome, missing, read
from evals.questions import Question, QuestionSet
from evals.runner import ask, run
from index.errors import UsageError
from index.opened import Index
from index.records import Hit
from rag.records import Answer

QUESTIONS = QuestionSet(
    "town",
    (
        Question("bridge", "Which bridge closed?", cites=("bridge.txt",), facts=(("bridge",),), tags=("fact",)),
        Question("ferry", "Where does the ferry start?", cites=("ferry.txt",), facts=(("harbour",),)),
        Question("moon", "Who walked there?", refuse=True),
    ),
)


@pytest.fixture
def town(archive: Callable[..., Index]) -> Index:
    return archive(bridge="The bridge closed on Monday. It is old.", ferry="A ferry sails from the harbour. Fares are low.")


def without_seconds(file: Path) -> list[str]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.dumps({name: value for name, value in line.items() if name != "seconds"}) for line in lines]


def test_every_question_leaves_an_outcome(town: Index, tmp_path: Path) -> None:
    ran = run(QUESTIONS, town, tmp_path / "run.jsonl", ask=first_sentence)
    head, outcomes = read(tmp_path / "run.jsonl")
    assert (ran.resumed, ran.asked, ran.failed) == (0, 3, 0)
    assert (head.set, head.questions, head.sha256, missing(head, outcomes)) == ("town", 3, QUESTIONS.sha256, 0)
    bridge, ferry, moon = outcomes
    assert bridge.said == bridge.cited[0].found == "The bridge closed on Monday."
    assert (bridge.cited[0].before, bridge.cited[0].after) == ("", " It is old.")
    assert ferry.hits[0].path == "ferry.txt"
    assert [ranked.path for ranked in ferry.gold] == ["ferry.txt"]
    assert moon.refused and not moon.gold
    assert bridge.question == QUESTIONS.questions[0]
    assert bridge.seconds["total"] > 0 and bridge.seconds["retrieve"] == 0.1


def test_last_week_counts_from_the_day_of_asking(archive: Callable[..., Index]) -> None:
    index = archive(old="date 2023-03-02 The dam broke on Monday.", new="date 2023-06-02 The dam held on Monday.")
    asked = Question("dam", "What did the dam do last week?", facts=(("dam",),), today="2023-03-08")
    assert asked.to_dict()["today"] == "2023-03-08"
    assert ask(asked, index)[0].filters.after == "2023-02-27"
    assert ask(replace(asked, today=None), index)[0].filters.after == "2023-05-22"  # counted from the newest article
    index.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_equal_runs_are_equal_but_for_their_seconds(town: Index, tmp_path: Path, workers: int) -> None:
    run(QUESTIONS, town, tmp_path / "one.jsonl", repeat=2, ask=first_sentence)
    run(QUESTIONS, town, tmp_path / "two.jsonl", repeat=2, workers=workers, ask=first_sentence)
    assert without_seconds(tmp_path / "one.jsonl") == without_seconds(tmp_path / "two.jsonl")


def test_a_question_that_raises_or_hangs_is_an_outcome_that_failed(town: Index, tmp_path: Path) -> None:
    def sometimes(question: Question, index: Index) -> tuple[Answer, Sequence[Hit]]:
        if question.id == "bridge":
            raise RuntimeError("no bridge")
        if question.id == "ferry":
            time.sleep(5)
        return first_sentence(question, index)

    ran = run(QUESTIONS, town, tmp_path / "run.jsonl", ask=sometimes, timeout=0.5)
    assert (ran.asked, ran.failed) == (3, 2)
    errors = [outcome.error for outcome in read(tmp_path / "run.jsonl")[1]]
    assert errors == ["RuntimeError: no bridge", "no answer within 0.5 seconds", None]


def test_a_run_cut_short_goes_on_where_it_was(town: Index, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    run(QUESTIONS, town, whole, ask=first_sentence)
    lines = whole.read_bytes().splitlines(keepends=True)
    cut.write_bytes(b"".join(lines[:2]) + lines[2][:40])  # a kill in the middle of the second outcome
    assert len(read(cut)[1]) == 1
    ran = run(QUESTIONS, town, cut, ask=first_sentence)
    assert (ran.resumed, ran.asked) == (1, 2)
    assert without_seconds(cut) == without_seconds(whole)
    assert run(QUESTIONS, town, cut, ask=first_sentence).asked == 0


def test_the_file_of_another_run_is_refused_and_left_as_it_is(town: Index, tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    run(QUESTIONS, town, out, ask=first_sentence)
    before = out.read_bytes()
    with pytest.raises(UsageError, match="holds another run: its sha256 is"):
        run(replace(QUESTIONS, questions=QUESTIONS.questions[:2]), town, out, ask=first_sentence)
    assert out.read_bytes() == before
    out.write_text("my notes", encoding="utf-8")
    with pytest.raises(UsageError, match="is no run"):
        run(QUESTIONS, town, out, ask=first_sentence)
    assert out.read_text(encoding="utf-8") == "my notes"


def test_an_article_that_the_index_lacks_is_refused_before_anything_is_asked(town: Index, tmp_path: Path) -> None:
    lacking = QuestionSet("town", (Question("x", "y?", cites=("gone.txt",)),))
    with pytest.raises(UsageError, match=r"question 'x': the index holds no article 'gone\.txt'"):
        run(lacking, town, tmp_path / "run.jsonl", ask=first_sentence)
    assert not (tmp_path / "run.jsonl").exists()


@pytest.mark.parametrize("wrong", ["", "{}\n", "[1]\n", '{"run": {}}\n', '{"run": {"set": 1}}\n', "\x00\n"])
def test_what_is_no_run_is_refused(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(UsageError, match=r"run\.jsonl"):
        read(file)


def test_a_broken_line_is_named(town: Index, tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    run(QUESTIONS, town, out, ask=first_sentence)
    lines = out.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace('"repeat"', '"again"')
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"run\.jsonl:3: no outcome"):
        read(out)


def test_an_outcome_survives_its_own_form(town: Index, tmp_path: Path) -> None:
    from evals.outcomes import outcome_of

    run(QUESTIONS, town, tmp_path / "run.jsonl", ask=first_sentence)
    for outcome in read(tmp_path / "run.jsonl")[1]:
        again: Outcome = outcome_of(outcome.to_json(), "here")
        assert asdict(again) == asdict(outcome)
