"""What a question says of dates and outlets, on a small archive and then on the sample."""

from collections.abc import Callable
from datetime import date

import pytest

import rag
from index.errors import UsageError
from index.opened import Index
from rag.narrow import Reading, asks_for_now, read
from rag.records import Filters

TODAY, NONE = date(2021, 7, 21), Filters()


@pytest.fixture
def small(archive: Callable[..., Index]) -> Index:
    return archive(
        a="Council meets\nHarbour Post\nPublished 2021-07-01\n\nThe council met to talk about the old bridge.",
        b="Council votes on bridge deal\nHarbour Post\nPublished 2021-07-10\n\nThe deal for the bridge was voted through.",
        c="Bridge deal stands, mayor says\nThe BBC News\nPublished 2021-07-11\n\nThe mayor said that the deal would stand.",
        d="Fair opens\nThe BBC News\nPublished 2021-07-20\n\nThe fair opened on Tuesday in the rain.",
        e="The ferry ran late for a week and nobody knew why.",
    )


def reading(index: Index, question: str, given: Filters = NONE, today: date = TODAY) -> Reading:
    return read(question, given, index, today)


def test_outlets_are_read_where_the_archive_has_them(small: Index) -> None:
    found = reading(small, "What will the bridge cost, according to the BBC?")
    assert found.question == "What will the bridge cost?"
    assert (found.filters.outlets, found.filters.read) == (("The BBC News",), ("according to the BBC",))
    assert reading(small, "According to the BBC, what will the bridge cost?").question == "What will the bridge cost?"
    said = reading(small, "What did the Harbour Post report about the bridge?")
    assert (said.question, said.filters.outlets) == ("What did the Harbour Post report about the bridge?", ("Harbour Post",))
    assert reading(small, "Who voted, according to the Times?").filters == Filters()


@pytest.mark.parametrize(
    "question", ["Who owns the Harbour Post?", "Who walked to the harbour post?", "Did the BBC lose its licence?"]
)
def test_an_outlet_that_is_only_named_is_no_filter(small: Index, question: str) -> None:
    assert reading(small, question).filters == Filters()


def test_days_are_read_and_keep_what_has_no_date(small: Index) -> None:
    found = reading(small, "What did the council say in early July?")
    assert found.question == "What did the council say?"
    assert found.filters == Filters("2021-07-01", "2021-07-11", undated=True, read=("in early July",))


def test_what_was_given_is_not_read(small: Index) -> None:
    given = Filters(after="2021-07-05", outlets=("Harbour Post",))
    assert reading(small, "What was said last week, according to the BBC?", given).filters == given


def test_days_that_leave_nothing_out_are_no_filter(small: Index) -> None:
    found = reading(small, "Who will leave by 11 September?")
    assert (found.filters, found.question) == (Filters(), "Who will leave by 11 September?")


def test_an_event_is_dated_by_the_headlines_of_a_few_days(small: Index) -> None:
    before = reading(small, "What did the council talk about before the bridge deal?")
    assert (before.filters.before, before.filters.read, before.strict) == ("2021-07-09", ("before the bridge deal",), False)
    assert reading(small, "What was said after the bridge deal?").filters.after == "2021-07-10"
    assert reading(small, "What was said before the council?").filters == Filters()  # headlines of nine days apart
    assert reading(small, "What was said before the flood?").filters == Filters()
    assert reading(small, "Was the ferry late before the bridge deal was struck?").filters == Filters()


def test_a_question_of_nothing_but_a_date_stays_whole(small: Index) -> None:
    assert reading(small, "And last week?").question == "And last week?"


@pytest.mark.parametrize("question", ["how many do they hold now?", "What is currently closed?", "the latest count?"])
def test_questions_about_the_present(question: str) -> None:
    assert asks_for_now(question)


@pytest.mark.parametrize("question", ["how many did they hold?", "was it closed until now?", "who knows the answer?"])
def test_questions_about_anything_else(question: str) -> None:
    assert not asks_for_now(question)


# Over the sample archive, with the reader


def test_last_week_counts_from_today_and_can_be_taken_away(sample: Index) -> None:
    question = "What did the Taliban offer last week?"
    answer = rag.answer(question, index=sample, today="2021-07-21")
    assert answer.filters == Filters("2021-07-12", "2021-07-19", undated=True, read=("last week",))
    assert answer.searched_for == "What did the Taliban offer?"
    assert answer.citations and all("2021-07-12" <= (each.published or "")[:10] <= "2021-07-19" for each in answer.citations)
    asked = rag.answer(question, index=sample, today="2021-07-21", read_filters=False)
    assert (asked.filters, asked.searched_for) == (Filters(), question)
    with pytest.raises(UsageError, match="today is 'soon'"):
        rag.answer(question, index=sample, today="soon")


def test_a_question_about_the_present_takes_the_newest_report(sample: Index) -> None:
    answer = rag.answer("How many districts do the Taliban hold now?", index=sample)
    # An earlier article is likelier to answer ("about 400 districts in all"); the newest that answers at all is taken.
    assert answer.as_of == "2021-07-10" and answer.text.startswith("As of 10 July 2021: ")
    assert {citation.published for citation in answer.citations} == {"2021-07-10"}
    before = rag.answer("How many districts do the Taliban hold now?", index=sample, before="2021-07-09")
    assert before.as_of == "2021-07-07"
    assert rag.answer("How many districts do the Taliban hold?", index=sample).as_of is None


def test_a_later_text_that_names_the_days_answers_too(sample: Index) -> None:
    # Nothing was published in 1998; one sentence tells of that year.
    answer = rag.answer("Who overhauled the bridge in 1998?", index=sample)
    assert answer.refused or "1998" in answer.text
    answer = rag.answer("How many prisoners were let go last year?", index=sample, today="2023-06-01")
    assert "5,000" in answer.text and answer.filters == Filters()


def test_an_undated_article_is_never_dropped_in_silence(sample: Index) -> None:
    question = "How many lorries did the trader Achakzai have waiting"
    kept = rag.answer(f"{question} in July?", index=sample)
    assert [citation.published for citation in kept.citations] == [None] and kept.undated_left_out == 0
    narrowed = rag.answer(f"{question}?", index=sample, after="2021-07-01")
    assert narrowed.refused and narrowed.undated_left_out == 1
    assert narrowed.reason and "has no date" in narrowed.reason
    assert narrowed.nearest[0].path == "afghanistan-2021/border-traders-undated.txt"


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"before": "2021-07-10"}, "outside the dates"),
        ({"outlets": ["Harbour Wire"]}, "outlets that were left out"),
        ({"outlets": ["Harbour Wire"], "before": "2021-07-10"}, "outlets that were left out"),
    ],
    ids=["dates", "outlets", "both"],
)
def test_a_refusal_names_what_stood_in_the_way(sample: Index, filters: dict, said: str) -> None:
    answer = rag.answer("Who captured Spin Boldak?", index=sample, **filters)
    assert answer.refused and answer.reason and said in answer.reason
    assert answer.nearest[0].path in ("afghanistan-2021/khyber-lines.jsonl#3", "afghanistan-2021/chaman-gate.html")
    assert not answer.citations


def test_a_refusal_without_filters_says_how_near_it_came(sample: Index) -> None:
    far = rag.answer("who won the 2022 World Cup?", index=sample)
    assert far.reason and "Nothing in it is about" in far.reason
    near = rag.answer("How old is Joan Petrakis of Open the Marram?", index=sample)
    assert near.reason and "close to the topic" in near.reason
    both = rag.answer("who won the 2022 World Cup?", index=sample, after="2021-07-10")
    assert both.reason and "Nothing in it is about" in both.reason
