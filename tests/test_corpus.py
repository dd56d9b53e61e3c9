"""Questions over five real articles. They are asked here and nothing is fitted on them; skipped where they are not."""

import re

import pytest

import rag
from index.opened import Index

# question -> what the answer has to hold (every pattern), and the files of which one has to be cited
ANSWERED = {
    "what did the Taliban demand for a ceasefire?": (["7,?000", "blacklist"], {"000", "001"}),
    "who brokered the ceasefire in Badghis?": (["elders"], {"001"}),
    "when did the ceasefire in Badghis begin?": ([r"10:00"], {"001"}),
    "how many Afghan personnel retreated into Tajikistan on Sunday?": (["1,?000"], {"002"}),
    "who is Tomas Niklasson?": (["European Union", "envoy"], {"002"}),
    "what did George W Bush say about the withdrawal?": (["unbelievably bad"], {"000"}),
    "by when are foreign forces supposed to leave?": (["11 September|September 11"], {"002", "003"}),
    "what did security forces use against the crowd at the border?": (["tear gas"], {"001"}),
    "what share of Afghanistan did the Taliban say they had retaken?": (["85%"], {"000"}),
    "which air base did US forces vacate?": (["Bagram"], {"002", "003"}),
}
REFUSED = [
    "what is the capital of France?",
    "how many British soldiers were killed?",
    "who won the 2022 World Cup?",
    "when was Ashraf Ghani born?",
]
AT_LEAST = 9  # of the ten


def right(question: str, index: Index) -> bool:
    patterns, files = ANSWERED[question]
    answer = rag.answer(question, index=index)
    cited = {citation.path[:3] for citation in answer.citations}
    said = " ".join(sentence.text for sentence in answer.sentences)
    return bool(cited & files) and all(re.search(pattern, said) for pattern in patterns)


def test_answers_hold_the_fact_and_cite_its_article(corpus: Index) -> None:
    wrong = [question for question in ANSWERED if not right(question, corpus)]
    assert len(ANSWERED) - len(wrong) >= AT_LEAST, wrong


@pytest.mark.parametrize("question", REFUSED)
def test_what_the_articles_do_not_say_is_refused(corpus: Index, question: str) -> None:
    answer = rag.answer(question, index=corpus)
    assert answer.refused, answer.text
    assert answer.reason and not answer.citations and not answer.sentences
    assert len(answer.nearest) <= 3


@pytest.mark.parametrize("question", ANSWERED)
def test_every_quote_stands_where_it_says(corpus: Index, question: str) -> None:
    for citation in rag.answer(question, index=corpus).citations:
        article = corpus.article(citation.article_id)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote


def shown(question: str, index: Index) -> tuple[str, list[str]]:
    """The answer's sentences, and what each side of its one disagreement says after who says it."""
    answer = rag.answer(question, index=index)
    (differ,) = answer.disagreements
    assert differ.kind == "differ" and answer.short is None
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    for side in differ.sides:
        assert side.citation in cited and side.value in " ".join(answer.citations[side.citation - 1].quote.split())
    return " ".join(sentence.text for sentence in answer.sentences), [
        f"{side.claimed_by}: {side.value}" for side in differ.sides
    ]


def test_how_much_is_held_is_shown_as_claimed_and_as_estimated(corpus: Index) -> None:
    said, sides = shown("How much of Afghanistan do the Taliban control?", corpus)
    assert "85%" in said and "more than a third" in said
    assert any(re.search(r"^the Taliban: 85%", side) for side in sides), sides
    assert any(re.search(r"^other estimates: more than a third", side) for side in sides), sides


def test_an_offer_is_shown_with_its_denial(corpus: Index) -> None:
    said, sides = shown("Has a formal ceasefire proposal been made?", corpus)
    assert "no formal proposal had been made" in said and re.search("proposed|offered", said)
    assert any(re.search(r"spokesman for the Taliban: no formal proposal had been made", side) for side in sides), sides
    assert any(re.search(r"(?:official|Nadery): .*ceasefire", side) for side in sides), sides
