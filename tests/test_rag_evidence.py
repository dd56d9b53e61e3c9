import pytest

from index.records import Article
from index.sentences import spans
from rag.evidence import is_prose, leans, quotable_unit


def unit(text: str, number: int) -> str | None:
    article = Article("a" * 16, "a.txt", text)
    found = quotable_unit(article, spans(text), number)
    return None if found is None else text[slice(*found)]


STANDS = "Mr Nadery spoke in Kabul on Thursday."


def test_a_sentence_that_stands_alone_is_quoted_alone() -> None:
    assert unit(f"The gate was shut early. {STANDS}", 1) == STANDS


def test_he_brings_the_sentence_that_names_him() -> None:
    text = f"{STANDS} He added that talks would go on."
    assert unit(text, 1) == text


def test_he_after_a_heading_is_passed_over() -> None:
    assert unit("Talks in Doha\n\nHe added that talks would go on.", 1) is None


def test_who_is_not_named_within_four_sentences_is_passed_over() -> None:
    assert unit(f"{STANDS} He stood there. He waved at them. He left them then. He came back later.", 4) is None


def test_the_first_sentence_of_an_article_leans_on_nothing() -> None:
    assert unit("They came at night, and the town burned.", 0) == "They came at night, and the town burned."


def test_a_short_sentence_does_not_cut_a_quotation_open() -> None:
    text = "“We had a plan of our own. It failed. We go on,” Mr Shams said."
    assert (unit(text, 0), unit(text, 2)) == (text, text)


def test_a_quotation_over_paragraphs_ends_with_its_last() -> None:
    text = "“We will fix it in time.\n\n“It will take a year or so,” Mr Shams said.\n\nThe council agreed to it."
    assert unit(text, 0) == text[: text.index("\n\nThe")]
    assert unit(text, 2) == "The council agreed to it."


def test_a_quotation_that_is_never_closed_ends_with_its_paragraph() -> None:
    text = '"We urge the sides to talk, the official said.\n\nThe fighting went on in Herat.'
    assert unit(text, 0) == text.split("\n")[0]
    assert unit(text, 1) == text.split("\n")[2]


def test_british_quotation_marks_and_apostrophes() -> None:
    text = "‘We’ll fix the boys’ hall. It will take a year,’ said the mayor of Velm. Nobody else’s plan stood."
    assert unit(text, 0) == text[: text.index(" Nobody")]
    assert unit(text, 2) == text[text.index("Nobody") :]


def test_an_open_quotation_runs_to_its_end() -> None:
    text = 'The gate was shut early. "The truce began at ten today. Elders had brokered it," Mr Shams said. Nobody else spoke.'
    both = '"The truce began at ten today. Elders had brokered it," Mr Shams said.'
    assert (unit(text, 1), unit(text, 2)) == (both, both)


def test_curly_quotation_marks_are_closed_too() -> None:
    text = "“The truce began at ten today. Elders had brokered it,” Mr Shams said."
    assert unit(text, 0) == text


@pytest.mark.parametrize(
    "text", ["Strategic border crossing closed", "Talks resume.", "Related", "image of a border gate near Chaman"]
)
def test_headings_and_scraps_are_not_quoted(text: str) -> None:
    assert not is_prose(text) and unit(text, 0) is None


@pytest.mark.parametrize(
    "text",
    [
        "He said so.",
        "However, they left.",
        '"They threw stones," he said.',
        "But it failed.",
        "Both fled.",
        "On Monday he had denied it.",
        "In Doha, they refused to sign.",
        "Under it, no one may work on Sundays.",
        "Among those were two nurses.",
        "Of these, 12 were hurt.",
        "At that time the bridge was shut.",
    ],
)
def test_leaning_sentences(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "The Taliban left.",
        "Hesitation grew.",
        "Theirs is a small town.",
        "Itaipu is a dam.",
        "It is estimated that most fled.",
        "This week the gate was shut.",
        "Both sides agreed.",
        "Another 30 people were hurt.",
        "Her Majesty died.",
        "Those who fled came back.",
        "For those who fled there is a camp.",
        "After this week the gate stays shut.",
        "Under Italian law no one may work on Sundays.",
    ],
)
def test_standing_sentences(text: str) -> None:
    assert not leans(text)
