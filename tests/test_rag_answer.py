"""The promises of an answer, over the sample archive with the packaged model."""

import json
from collections.abc import Callable
from dataclasses import asdict

import pytest

import rag
from index.errors import UsageError
from index.opened import Index
from rag.agree import bears_out

QUESTIONS = [
    "how many prisoners did the Taliban want released?",
    "who is Tomas Niklasson?",
    "when was the Marram Bridge closed?",
    "how did the council vote?",
    "what did the mayor say about the memo?",
    "how many Afghan soldiers crossed into Tajikistan?",
    "what is the capital of France?",
    "who won the 2022 World Cup?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_promise_holds(sample: Index, question: str) -> None:
    answer = rag.answer(question, index=sample)
    numbers = [number for sentence in answer.sentences for number in sentence.citations]
    assert sorted(numbers) == [citation.number for citation in answer.citations] == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        article = sample.article(citation.article_id)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote
        assert (citation.outlet, citation.published, citation.path) == (article.outlet, article.published, article.path)
    for sentence in answer.sentences:
        assert sentence.status == "quoted"
        own = answer.citations[sentence.citations[0] - 1]
        assert sentence.text == " ".join(own.quote.split())
        # What a further source is cited for has to be in it: every number, in the forms the source writes.
        for number in sentence.citations[1:]:
            other = answer.citations[number - 1].quote
            assert bears_out(sentence.text, other, sample.lexicon, same_answer=True)
    if answer.refused:
        assert answer.reason and answer.reason.startswith(rag.REFUSAL)
        assert not answer.sentences and not answer.citations and len(answer.nearest) <= 3
    else:
        assert answer.sentences and answer.reason is None and not answer.nearest


def test_equal_questions_get_equal_answers(sample: Index) -> None:
    for question in QUESTIONS:
        one, other = (rag.answer(question, index=sample).to_dict() for _ in range(2))
        assert one.pop("timings") and other.pop("timings")
        assert json.dumps(one) == json.dumps(other)


def test_an_answer_is_its_dataclass_and_its_text(sample: Index) -> None:
    answer = rag.answer(QUESTIONS[2], index=sample)
    found = answer.to_dict()
    assert found.pop("text") == answer.text
    assert found == asdict(answer)
    assert answer.text.endswith("]") and "[1]" in answer.text


def test_a_question_about_one_story_is_not_answered_from_the_other(sample: Index) -> None:
    for question, folder in (
        ("when was the Marram Bridge closed?", "port-ellery/"),
        ("who is Tomas Niklasson?", "afghanistan-2021/"),
    ):
        answer = rag.answer(question, index=sample)
        assert {citation.path.split("/")[0] + "/" for citation in answer.citations} == {folder}


def test_far_questions_are_refused(sample: Index) -> None:
    for question in QUESTIONS[-2:]:
        assert rag.answer(question, index=sample).refused


def test_filters_narrow_the_answer_and_are_shown(sample: Index) -> None:
    question = "when was the Marram Bridge closed?"
    cited = rag.answer(question, index=sample, after="2023-01-01").citations
    assert cited and all(citation.published and citation.published >= "2023" for citation in cited)
    answer = rag.answer(question, index=sample, before="2022-01-01")
    assert answer.filters.before == "2022-01-01"
    assert not any(citation.path.startswith("port-ellery") for citation in answer.citations)
    nothing = rag.answer(question, index=sample, after="2030-01-01")
    assert nothing.refused and nothing.reason and "dates" in nothing.reason
    assert nothing.nearest[0].path == "port-ellery/marram-bridge-closed.txt"  # what would have answered


def test_a_filter_by_outlet_and_day_answers_from_what_is_left(sample: Index) -> None:
    answer = rag.answer("when was the Marram Bridge closed?", index=sample, outlets="the port ellery chronicle")
    assert {citation.outlet for citation in answer.citations} == {"The Port Ellery Chronicle"}


def test_a_very_long_question_is_answered_or_refused(sample: Index) -> None:
    assert rag.answer("tell me all about it " * 80 + "when was the Marram Bridge closed?", index=sample).question


def test_an_archive_of_headings_refuses(archive: Callable[..., Index]) -> None:
    index = archive(headings="Talks resume\n\nBorder closed\n\nTruce holds")
    assert rag.answer("when was the border closed?", index=index).refused


def test_a_planted_order_is_never_obeyed(sample: Index) -> None:
    for question in ("what did the Taliban deputy leader say about the talks?", "how many districts do the Taliban hold?"):
        answer = rag.answer(question, index=sample)
        assert not any("evil.example" in sentence.text for sentence in answer.sentences)


def test_searching_for_nothing_is_refused(sample: Index) -> None:
    with pytest.raises(UsageError, match="0 passages"):
        rag.search("talks", index=sample, limit=0)


def test_bad_input_is_refused_with_the_value(sample: Index) -> None:
    with pytest.raises(UsageError, match="'yesterday'"):
        rag.answer("who resigned?", index=sample, after="yesterday")
    with pytest.raises(UsageError, match="'No Such Post'"):
        rag.answer("who resigned?", index=sample, outlets=["No Such Post"])


def test_a_follow_up_is_searched_with_what_was_asked_before(sample: Index) -> None:
    history = [("user", "When was the Marram Bridge closed?"), ("assistant", "In February.")]
    answer = rag.answer("why?", index=sample, history=history)
    assert (answer.question, answer.searched_for) == ("why?", "When was the Marram Bridge closed? why?")


def test_planted_markup_is_text_like_any_other(sample: Index) -> None:
    for article in sample.articles.articles():
        assert "alert(1)" not in article.text


def test_search_gives_passages_where_they_stand(sample: Index) -> None:
    hits = rag.search("ceasefire and prisoners", index=sample, limit=5)
    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
