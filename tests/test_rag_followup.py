"""Follow-ups made whole. The conversations were written for these tests."""

from collections.abc import Callable

import pytest

import rag
from index.opened import Index
from rag.focus import focus_of
from rag.followup import Whole, made_whole
from rag.look import in_context
from rag.phrases import phrases

TRUCE = "Who brokered the truce in Badghis?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who brokered the truce in Badghis?", ["truce", "Badghis"]),
        ("When was the Marram Bridge closed?", ["Marram Bridge"]),
        ("what does the mayor want?", ["mayor"]),
        ("Did the chairman of the works committee step down?", ["chairman", "works committee"]),
        ("Why?", []),
        ("", []),
    ],
)
def test_noun_phrases(question: str, expected: list[str]) -> None:
    found = phrases(question)
    assert [phrase.text for phrase in found] == expected
    assert all(question[phrase.start : phrase.end] == phrase.text for phrase in found)


@pytest.mark.parametrize(
    ("question", "text", "kind"),
    [
        (TRUCE, "the truce in Badghis", "thing"),
        ("Who is the governor of Badghis?", "the governor of Badghis", "person"),
        ("Who is Najia Anwari?", "Najia Anwari", "person"),
        ("What happened in Spin Boldak?", "Spin Boldak", "place"),
        ("What is the purpose of the ferry?", "ferry", "thing"),
        ("Tell me about the strike", "the strike", "thing"),
        ("What does the contractor say the repair will cost?", "the repair", "thing"),
    ],
)
def test_what_a_question_is_about(question: str, text: str, kind: str) -> None:
    found = focus_of(question)
    assert found is not None and (found.bare, found.kind) == (text.removeprefix("the "), kind)


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ([TRUCE], "when did it begin?", "when did the truce in Badghis begin?"),
        ([TRUCE], "what were its terms?", "what were the truce in Badghis' terms?"),
        ([TRUCE], "why?", f"{TRUCE} why?"),
        ([TRUCE, "why?"], "since when?", f"{TRUCE} since when?"),
        ([TRUCE], "and in Herat?", "Who brokered the truce in Herat?"),
        (["Who is the mayor of Velm?"], "what about Port Ellery?", "Who is the mayor of Port Ellery?"),
        (["Who is the mayor of Velm?"], "how old is she?", "how old is the mayor of Velm?"),
        (["How much is a return ticket?"], "is there a cheaper one?", "is there a cheaper return ticket?"),
        (["How many prisoners are held?"], "And how many were freed?", "And how many prisoners were freed?"),
        (["Who repairs the bridge?"], "what about the other one?", "Who repairs the bridge? what about the other one?"),
        (["Is the bridge safe?"], "who said that?", "who said that (the bridge)?"),
        ([TRUCE], "when did the U.S. leave it?", "when did the U.S. leave the truce in Badghis?"),
        (["How many sailors drowned off Velm?"], "why did they sail?", "why did the sailors sail?"),
        (["How much of Velm do the rebels hold?", "who disputes that?"], "what do they want?", "what do the rebels want?"),
        (["When did the council approve the budget?"], "What is their plan?", "What is the council's plan?"),
        (["How many people were hurt in the fire?"], "were they insured?", "were they insured (hurt in the fire)?"),
        (["Why was the Marram Bridge shut?"], "when will it open?", "when will the Marram Bridge open?"),
        (["Which border post was captured?"], "where is it?", "where is the border post?"),
        ([TRUCE], "where did it go afterwards?", "where did the truce in Badghis go afterwards?"),
        # In doubt the question is searched together with its context.
        (["Who won the by-election?"], "how many votes did she get?", "how many votes did she get (the by-election)?"),
        (["What happened in Spin Boldak?"], "What did they take?", "What did they take (Spin Boldak)?"),
        (["Why not?"], "what did he say?", "Why not? what did he say?"),
    ],
)
def test_follow_ups(earlier: list[str], question: str, expected: str) -> None:
    assert made_whole(question, earlier).text == expected


@pytest.mark.parametrize(
    "question",
    [
        "when did the truce in Herat begin?",
        "Who is the mayor of Port Ellery?",
        "why did the talks fail after they began?",  # "they" is explained by the question itself
        "did the mayor keep his word on the memo for the council?",
        "is it better to wait for the council of the town?",
        "what time is it in Port Ellery?",
        "who said that the gate at Chaman was shut?",
        "tell me about the price of the ferry",
    ],
)
def test_a_question_that_points_at_nothing_stands_alone(question: str) -> None:
    assert made_whole(question, [TRUCE]) == Whole(question)


def test_without_earlier_questions_a_question_stays_as_it_is() -> None:
    assert made_whole("when did it begin?", []).text == "when did it begin?"


def test_the_focus_stays_through_follow_ups_and_goes_with_a_new_topic() -> None:
    earlier = ["When was the Marram Bridge closed?", "why?", "who pays for it?", "and who decided that?"]
    assert made_whole("when does it reopen?", earlier).text == "when does the Marram Bridge reopen?"
    earlier += ["Who is the governor of Badghis?"]
    assert made_whole("what did he say?", earlier).text == "what did the governor of Badghis say?"


def test_ten_turns_deep_nothing_leaks() -> None:
    topics = [
        "Marram Bridge",
        "Sandpiper",
        "Badghis truce",
        "Doha talks",
        "Chaman gate",
        "Velm dam",
        "Saltings march",
        "Herat road",
    ]
    earlier: list[str] = []
    for number, topic in enumerate(topics):
        others = {word for other in topics if other != topic for word in other.split()}
        for asked in (
            f"When was the {topic} first in the news?",
            "who decided it?",
            "why?",
            f"what was said on 1{number} May?",
        ):
            whole = made_whole(asked, earlier).text
            assert not others & set(whole.replace("?", "").split()), whole
            assert len(whole) < 200
            earlier.append(asked)


def test_a_long_conversation_costs_little_and_stays_short() -> None:
    earlier = [TRUCE, *["why?"] * 200]
    assert len(made_whole("why?", earlier).text) < 600
    assert len(made_whole("why?", ["Who said so? " * 400]).text) < 600


def test_a_guess_stands_only_where_the_archive_knows_both(archive: Callable[..., Index]) -> None:
    index = archive(
        bridge="The Marram Bridge was closed in March. The repair will cost 5 million crowns, the council said.",
        cup="The world cup was won by the women of Velm on Sunday.",
    )
    repair = made_whole("what will the repair cost?", ["When was the Marram Bridge closed?"])
    assert not repair.sure and in_context("what will the repair cost?", repair, index) == repair.text
    cup = made_whole("who won the world cup?", ["When was the Marram Bridge closed?"])
    assert not cup.sure and in_context("who won the world cup?", cup, index) == "who won the world cup?"


def test_an_answer_shows_what_was_searched_for(sample: Index) -> None:
    history = [("user", "Who is the governor of Badghis?"), ("assistant", "Governor Hesamuddin Shams.")]
    answer = rag.answer("Who does he say the elders spoke to first?", index=sample, history=history)
    assert answer.searched_for == "Who does the governor of Badghis say the elders spoke to first?"
    assert "Taliban first" in answer.text
