"""Reading a model's marks: every odd form, and nothing of a mark or a link left in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.marks import Said, cleaned, parse, provisional

PLAIN = [
    ("He resigned [1.2].", "He resigned.", [(1, 2)]),
    ("He resigned. [1.2]", "He resigned.", [(1, 2)]),
    ("He resigned.[1.2][3.4]", "He resigned.", [(1, 2), (3, 4)]),
    ("He [1] resigned [1, 2].", "He resigned.", [(1, None), (2, None)]),
    ("He resigned [3.1-3.3].", "He resigned.", [(3, 1), (3, 2), (3, 3)]),
    ("He resigned [3.1–3].", "He resigned.", [(3, 1), (3, 2), (3, 3)]),
    ("He resigned [1-3].", "He resigned.", [(1, None), (2, None), (3, None)]),
    ("He resigned 【1】.", "He resigned.", [(1, None)]),
    ("He resigned 【4.1†source】.", "He resigned.", [(4, 1)]),
    ("He resigned ［2.1］.", "He resigned.", [(2, 1)]),
    ("He resigned [^2].", "He resigned.", [(2, None)]),
    ("He resigned [Source 2.1; 3.4 and 5].", "He resigned.", [(2, 1), (3, 4), (5, None)]),
    ("He resigned [1.1](http://evil.example/x).", "He resigned.", [(1, 1)]),
    ("He resigned [1.1", "He resigned", []),
    ("He resigned [", "He resigned", []),
    ("He resigned [9-1].", "He resigned.", [(9, None), (1, None)]),
    ("He [sic] resigned [1.1].", "He [sic] resigned.", [(1, 1)]),
    ("```\nHe resigned. [1.1]\n```", "He resigned.", [(1, 1)]),
    ("`He` **resigned** [1.1].", "He resigned.", [(1, 1)]),
    ("- He resigned [1.1].", "He resigned.", [(1, 1)]),
    ("[1.1] He resigned.", "He resigned.", [(1, 1)]),
    ("He resigned ![now](http://evil.example/i.png) [1.1].", "He resigned.", [(1, 1)]),
    ("He resigned <img src=x onerror=alert(1)> [1.1].", "He resigned.", [(1, 1)]),
    ("He resigned, [it says](https://evil.example/a?b=c) [1.1].", "He resigned, it says.", [(1, 1)]),
]


@pytest.mark.parametrize("reply, text, ids", PLAIN, ids=[reply for reply, _, _ in PLAIN])
def test_every_form_of_a_mark(reply: str, text: str, ids: list[tuple[int, int | None]]) -> None:
    assert parse(reply) == [Said(text, tuple(ids))]


def test_a_mark_belongs_to_the_sentence_before_it() -> None:
    reply = "It closed on Monday. [1.1] Nobody was hurt [2.1]. Repairs began.\n\nThey cost a lot. [3.1]"
    assert parse(reply) == [
        Said("It closed on Monday.", ((1, 1),)),
        Said("Nobody was hurt.", ((2, 1),)),
        Said("Repairs began.", ()),
        Said("They cost a lot.", ((3, 1),)),
    ]


@pytest.mark.parametrize(
    "address", ["http://evil.example", "https://a.example/b?c=d#e", "www.evil.example", "javascript:alert(1)"]
)
def test_no_address_stays(address: str) -> None:
    for reply in (
        f"See {address} now.",
        f"({address})",
        f"[here]({address})",
        f"![x]({address})",
        f'<a href="{address}">here</a>',
    ):
        assert "evil" not in cleaned(reply)[0] and "a.example" not in cleaned(reply)[0] and "alert" not in cleaned(reply)[0]


PIECES = st.sampled_from(list("[]()【】［］!<>*`~#-_.:;,†^\n ") + "1 2.3 [1.1] http:// www. word Word. ![ ](".split())


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_at_all_is_read(reply: str) -> None:
    text, marks = cleaned(reply)
    assert all(0 <= at <= len(text) for at, _ in marks)
    for said in parse(reply):
        assert any(character.isalnum() for character in said.text)
        assert len(set(said.ids)) == len(said.ids) and all(source >= 0 for source, _ in said.ids)
        assert "http://" not in said.text and "[1.1]" not in said.text


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(0, 200))
def test_what_is_shown_while_words_come_holds_no_mark_and_no_address(reply: str, cut: int) -> None:
    shown = provisional(reply[:cut])
    assert "[1.1]" not in shown and "http://" not in shown


def test_text_that_is_shown_only_grows() -> None:
    reply = "The bridge closed on Monday [1.1]. See [the plan](http://evil.example/x), he said. **It** is old 【2】."
    shown = ""
    for end in range(len(reply) + 1):
        now = provisional(reply[:end])
        assert now.startswith(shown), reply[:end]
        shown = now
    assert shown == "The bridge closed on Monday. See the plan, he said. It is old."


@pytest.mark.parametrize(
    "bad", ["[", "[1", "![a](", "<a ", "[a](http:", "【", "\n- ", "[1.1", "x://", "http://", "1. ", "a. [1] "]
)
def test_the_worst_texts_are_read_to_their_end(bad: str) -> None:
    reply = bad * (40_000 // len(bad))  # with a pattern that backtracks, this takes hours
    assert len(provisional(reply)) <= len(cleaned(reply)[0]) <= len(reply)
    parse(reply)
