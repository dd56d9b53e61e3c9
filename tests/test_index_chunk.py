import itertools

from hypothesis import given
from hypothesis import strategies as st

from index.chunk import embedded_text, passages
from index.opened import Index
from index.records import Article
from index.sentences import spans


def words(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def article(text: str, title: str | None = None) -> Article:
    return Article("a" * 16, "a.txt", text, title=title)


def test_passages_are_whole_sentences_up_to_the_window() -> None:
    text = "One two three. Four five six. Seven eight nine ten."
    # A window of 8 leaves 6 words after the model's own two tokens.
    assert [passage.text for passage in passages(article(text), words, 8)] == [
        "One two three. Four five six.",
        "Seven eight nine ten.",
    ]


def test_a_title_in_front_takes_room_but_is_not_quoted() -> None:
    text = "One two three. Four five six."
    found = passages(article(text, title="A headline of five words"), words, 11)
    assert [passage.text for passage in found] == ["One two three.", "Four five six."]
    assert embedded_text(article(text, title="Headline."), found[0].text) == "Headline. One two three."


def test_a_sentence_longer_than_the_window_stands_alone() -> None:
    text = "Short one. " + "Word " * 30 + "end. Short two."
    assert [len(passage.text.split()) for passage in passages(article(text), words, 10)] == [2, 31, 2]


def test_ids_say_the_article_and_the_place() -> None:
    found = passages(article("One two three. Four five six."), words, 5)
    assert [passage.id for passage in found] == ["a" * 16 + ":0", "a" * 16 + ":1"]


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_every_passage_is_exactly_where_it_says(text: str, window: int) -> None:
    found = passages(article(text), words, window)
    for passage in found:
        assert text[passage.start : passage.end] == passage.text
    inside = [span for span in spans(text) if any(p.start <= span[0] and span[1] <= p.end for p in found)]
    assert inside == spans(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_every_passage_of_the_sample_archive_is_exactly_where_it_says(sample: Index) -> None:
    count = 0
    for each in sample.articles.articles():
        for passage in sample.articles.passages_of(each).values():
            assert each.text[passage.start : passage.end] == passage.text
            count += 1
    assert count == sample.manifest.counts["passages"] > 0
