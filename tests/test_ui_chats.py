"""A chat comes back from a browser as it went there, and nothing that does not fit a record gets in."""

import json
from dataclasses import replace

import pytest
from test_ui_render import QUOTE, answer, cited

from rag.records import AlsoIn, Disagreement, Filters, Nearest, Sentence, Side, Superseded
from ui.chats import MOST_CHARACTERS, MOST_TURNS, Turn, history, to_json, turns_of
from ui.filters import Given

FULL = answer(
    short="7,000", as_of="2021-07-06", timings={"whole": 0.5}, usage={"calls": 1.0},
    filters=Filters("2021-07-01", None, ("BBC",)),
    citations=(replace(cited(), also_in=(AlsoIn("b", None, "O", None, None, "p"),),
                       supersedes=(Superseded("x", 0, 1, "c", None, None, None, None, "q"),)),),
    disagreements=(Disagreement("What", (Side("1", "he", 1, (2,)), Side("2", None, 2)), "changed"),),
    nearest=(Nearest("n", None, None, None, None, "p"),), sentences=(Sentence("S.", "unsupported", (1,), "why"),),
)  # fmt: skip
TURN = Turn("What?", FULL, None, Given("2021-07-01", None, ("BBC",), read=False), "What else?")


def test_a_chat_survives_the_way_to_the_browser_and_back() -> None:
    note = Turn("Who?", note="Nothing.")
    assert turns_of([to_json(TURN), to_json(note)]) == [TURN, note]
    assert turns_of([json.loads(to_json(TURN))]) == [TURN]
    back = turns_of([to_json(TURN)])[0].answer
    assert back is not None
    assert json.dumps(back.to_dict()) == json.dumps(FULL.to_dict())


@pytest.mark.parametrize(
    "sent",
    [None, 7, "[]", {}, ["x"], ["{"], [None], [[]], ["[" * 100_000], [{"question": 7}], [{"question": "q", "answer": "a"}],
     [{}], [{"question": "\ud800"}], [{"question": "q" * 10, "given": []}], [" " * (MOST_CHARACTERS + 1)]],
    ids=lambda sent: repr(sent)[:20],
)  # fmt: skip
def test_what_is_no_chat_is_none(sent: object) -> None:
    assert turns_of(sent) == []


@pytest.mark.parametrize("field", ["sentences", "citations", "filters", "refused", "disagreements", "timings"])
@pytest.mark.parametrize("value", [None, 7, "x", [7], {"a": "b"}, [{"number": "<b>"}]], ids=repr)
def test_an_answer_with_a_wrong_field_is_left_out(field: str, value: object) -> None:
    data = json.loads(to_json(TURN))
    data["answer"][field] = value
    if (field, value) == ("filters", {"a": "b"}):  # keys nobody knows are passed over: an older page may have kept them
        assert len(turns_of([data])) == 1
    else:
        assert turns_of([data]) == []


def test_a_status_is_one_of_three_and_a_number_is_a_number() -> None:
    data = json.loads(to_json(TURN))
    data["answer"]["sentences"][0]["status"] = 'quoted" onmouseover="alert(1)'
    assert turns_of([data]) == []
    data = json.loads(to_json(TURN))
    data["answer"]["citations"][0]["start"] = "<script>"
    assert turns_of([data]) == []


def test_the_oldest_turns_of_a_long_chat_are_let_go() -> None:
    many = [to_json(Turn(f"q{number}")) for number in range(MOST_TURNS + 5)]
    assert [turn.question for turn in turns_of(many)] == [f"q{number}" for number in range(5, MOST_TURNS + 5)]


def test_what_was_said_goes_on_as_history() -> None:
    turns = [Turn("Who?", note="Nothing."), Turn("What?", answer()), TURN]
    assert history(turns) == [
        ("user", "What?"), ("assistant", f"{QUOTE} [1]"), ("user", "What else?"), ("assistant", FULL.text),
    ]  # fmt: skip
