import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import MAX_SENTENCE, spans

CASES = {
    "titles": ["Mr. Nadery met Gen. Austin Miller and Dr. A. Smith.", "They left."],
    "initials": ["George W. Bush and J. K. Rowling spoke.", "He warned them."],
    "country": ["The U.S. Army left.", "It flew to the U.S.", "The base was empty."],
    "hours": ["It began at 10 a.m. on Thursday.", "It ended at 6 p.m.", "They slept."],
    "saint": ["He lives in St. Louis near Mt. Rainier."],
    "number": ["He moved to No. 10 on Monday.", "She said no.", "The vote was lost."],
    "month": ["On Sept. 11 they remembered.", "It was early Oct.", "The leaves fell."],
    "decimal": ["It cost 4.2 million, up 0.5 per cent.", "Nobody paid."],
    "company": ["He joined Acme Inc. in May.", "She left Foo Corp.", "The firm closed."],
    "quote closed after the stop": ['"We are serious about talks."', "The official left."],
    "two quotes": ['"The world will not accept it."', '"Legitimacy comes from respect."'],
    "curly": ["“It is over.”", "“No, it is not,” she said."],
    "question in a quote": ['"Where is he?" Ms Rao asked.', '"Gone!" she cried.', "Nobody moved."],
    "ellipsis": ["The coming days ... and weeks are hard.", "We waited...", "Nothing came."],
    "bracket": ["The truce began (at 10:00.)", "Ten elders had brokered it."],
    "comma after the stop": ["Smith, Jr., won the seat."],
    "enumerator": ["1. The first point stands.", "It holds."],
    "Chinese": ["会议结束了。", "他们离开了。"],
    "Arabic": ["هل انتهى؟", "نعم."],
    "street": ["He lives on Main St.", "The house is old."],
    "words that are also short for days": ["They sat.", "Ministers left.", "It shone on the sun.", "Ministers slept."],
    "days in capitals": ["It began on Sat. March 3.", "He read Art. 5 to Foo Co. Ministers left."],
    "word art": ["It was a work of art.", "Ministers left."],
    "note mark": ["The blast killed four.[1]", "The group fled.[2][13]", "It hit the U.S.[4] Army base."],
    "dots at the end": ["It was late..", "They slept."],
}


@pytest.mark.parametrize("expected", CASES.values(), ids=CASES.keys())
def test_splits_where_a_reader_would(expected: list[str]) -> None:
    joined = "" if expected[0].endswith("。") else " "
    text = joined.join(expected)
    assert [text[start:end] for start, end in spans(text)] == expected


def test_a_heading_without_a_full_stop_stands_alone() -> None:
    text = "Border closed\n\nThe gate was shut.  It stayed so.\nNext heading\n"
    assert [text[start:end] for start, end in spans(text)] == [
        "Border closed",
        "The gate was shut.",
        "It stayed so.",
        "Next heading",
    ]


def test_a_sentence_without_end_is_cut_at_a_space() -> None:
    text = "word " * 1000
    pieces = [text[start:end] for start, end in spans(text)]
    assert max(map(len, pieces)) <= MAX_SENTENCE
    assert " ".join(pieces) == text.strip()


@pytest.mark.parametrize(
    ("piece", "sentences"),
    [("Mr. ", 1), ("a", 1), ("a b. ", 1), ("A b. ", 40_000), (".", 1), ("x)", 1), ("A.[1]", 1), ("1. ", 1)],
)
def test_a_line_of_200_000_characters_is_split_like_a_short_one(piece: str, sentences: int) -> None:
    text = f"{piece * (200_000 // len(piece))} He left. They slept."
    found = spans(text)
    assert len(found) >= sentences
    assert [text[start:end] for start, end in found[-1:]] == ["They slept."]
    assert "".join("".join(text[start:end].split()) for start, end in found) == "".join(text.split())


@given(st.text() | st.text(alphabet="aB.?!\"' \n\t“”)U.S1。"))
def test_spans_are_in_order_and_hold_every_character_that_is_no_space(text: str) -> None:
    at, outside = 0, ""
    for start, end in spans(text):
        assert at <= start < end <= len(text)
        assert not text[start].isspace() and not text[end - 1].isspace()
        outside += text[at:start]
        at = end
    assert not (outside + text[at:]).strip()
