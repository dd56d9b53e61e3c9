"""What readers say of answers becomes questions that an evaluation runs: there and back through the real files and commands."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from test_ui_render import QUOTE, answer

from evals import feedback as rows
from evals.questions import load
from index.errors import UsageError
from rag.records import REFUSAL
from ui import feedback
from ui.chats import Turn
from ui.filters import Given

GOOD = Turn("What did they ask for?", answer(short="7,000"))
REFUSED = Turn("Who won?", answer(refused=True, reason=REFUSAL, sentences=(), citations=()))


def kept(tmp_path: Path, turn: Turn, *, good: bool = False, reason: str = "", right: str = "") -> dict[str, object]:
    assert feedback.keep(tmp_path, [GOOD, turn], 1, good=good, reason=reason, right=right)
    (question,), left_out = rows.read(tmp_path)
    assert left_out == []
    return question.to_dict()


@pytest.mark.parametrize(
    ("turn", "said", "expected"),
    [
        (GOOD, {"good": True}, {"facts": [["7,000"]], "cites": ["news/offer.txt"]}),
        (REFUSED, {"good": True}, {"refuse": True}),
        (GOOD, {"reason": "wrong"}, {"forbid": ["7,000"]}),
        (replace(GOOD, answer=answer()), {"reason": "other"}, {"forbid": [QUOTE]}),
        (GOOD, {"reason": "wrong", "right": "  5,000\n men "}, {"facts": [["5,000 men"]]}),
        (GOOD, {"reason": "refuse", "right": "never mind"}, {"refuse": True}),
        (REFUSED, {"reason": "missing"}, {"facts": [["re:."]]}),
        (GOOD, {"reason": "<script>"}, {"forbid": ["7,000"]}),
        (GOOD, {"reason": "wrong", "right": "re:(a+)+$"}, {"facts": [["re:re:\\(a\\+\\)\\+\\$"]]}),
    ],
    ids=[
        "good",
        "good-refusal",
        "wrong",
        "wrong-no-short",
        "right-words",
        "should-refuse",
        "should-answer",
        "forged",
        "pattern",
    ],
)
def test_a_judgement_is_a_question_that_expects(
    tmp_path: Path, turn: Turn, said: dict[str, object], expected: dict[str, object]
) -> None:
    found = kept(tmp_path, turn, **said)  # type: ignore[arg-type]
    assert {name: value for name, value in found.items() if name not in {"id", "question", "history", "tags"}} == expected
    assert found["question"] == turn.question and "feedback" in found["tags"]  # type: ignore[operator]
    assert found["history"] == [["user", GOOD.question], ["assistant", f"{QUOTE} [1]"]]


def test_filters_that_were_given_go_along_and_those_that_were_read_are_read_again(tmp_path: Path) -> None:
    given = Turn("What?", answer(short="7"), given=Given("2021-07-01", None, ("BBC",)))
    assert kept(tmp_path, given, reason="wrong")["filters"] == {"after": "2021-07-01", "outlets": ["BBC"]}


def test_the_last_judgement_counts_and_what_is_no_feedback_is_told(tmp_path: Path) -> None:
    for good in (False, True):
        feedback.keep(tmp_path, [GOOD], 0, good=good, reason="wrong", right="")
    with (tmp_path / "feedback" / "feedback.jsonl").open("a") as file:
        file.write('nonsense\n{"id": 1}\n[]\n')
    (question,), left_out = rows.read(tmp_path)
    assert question.tags == ("feedback", "good") and len(left_out) == 3


def test_a_set_takes_new_questions_once(tmp_path: Path) -> None:
    feedback.keep(tmp_path, [GOOD], 0, good=True, reason="", right="")
    found, _ = rows.read(tmp_path / "feedback")
    out = tmp_path / "set.jsonl"
    assert (rows.add(found, out), rows.add(found, out)) == (1, 0)
    assert load(out).questions == tuple(found)
    with pytest.raises(UsageError):
        rows.add(found, tmp_path / "set.yaml")
    with pytest.raises(UsageError, match="No feedback at"):
        rows.read(tmp_path / "nowhere")


def test_nothing_is_kept_of_no_answer_nor_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for turns, at in (([], 0), ([GOOD], 1), ([GOOD], -1), ([Turn("Q", note="n")], 0)):
        assert not feedback.keep(tmp_path, turns, at, good=True, reason="", right="")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(feedback, "MOST_BYTES", 10)
    assert feedback.keep(tmp_path, [GOOD], 0, good=True, reason="", right="x" * 10_000)
    assert not feedback.keep(tmp_path, [GOOD], 0, good=True, reason="", right="")
    (line,) = (tmp_path / "feedback" / "feedback.jsonl").read_text().splitlines()
    assert len(json.loads(line)["right"]) == feedback.MOST_WORDS
