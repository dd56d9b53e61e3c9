"""The sets that ship: every path is there, every expected wording stands in what is to be cited."""

import json
from collections import Counter
from pathlib import Path

import pytest

from evals import match
from evals.questions import Question, check_articles, load
from evals.runner import ids_of
from index.opened import Index

SAMPLE, CORPUS = load("sample"), load("corpus")


def check(question: Question, texts: dict[str, str]) -> None:
    cited = [texts[path] for path in question.cites]
    for wordings in (*question.facts, *question.disagrees):
        assert any(match.first(wordings, text) for text in cited), (question.id, wordings)
    if "injection" not in question.tags:  # those forbid words that stand in the article, beside what answers
        assert not any(all(match.occurs(wording, text) for text in cited) for wording in question.forbid if cited), question.id


@pytest.mark.parametrize("question", SAMPLE.questions, ids=lambda question: question.id)
def test_the_sample_set_expects_what_its_articles_say(question: Question, sample: Index) -> None:
    check(question, {article.path: article.text for article in sample.articles.articles()})


@pytest.mark.parametrize("question", CORPUS.questions, ids=lambda question: question.id)
def test_the_corpus_set_expects_what_its_articles_say(question: Question, corpus: Index) -> None:
    check(question, {article.path: article.text for article in corpus.articles.articles()})


def test_the_sample_set_covers_what_it_should(sample: Index) -> None:
    check_articles(SAMPLE, ids_of(sample))
    tags = Counter(tag for question in SAMPLE.questions for tag in question.tags)
    assert len(SAMPLE.questions) >= 80 and len(CORPUS.questions) >= 30
    for tag in ("fact", "who-said", "list", "when", "conflict", "follow-up", "filtered", "paraphrase", "typo",
                "unanswerable-near", "unanswerable-far"):  # fmt: skip
        assert tags[tag] >= 5, tag
    assert sum(question.must for question in SAMPLE.questions) >= 5


DISPUTES = Path(__file__).resolve().parents[1] / "evals" / "disputes"


def test_the_disputed_events_differ_as_their_questions_say() -> None:
    articles = [json.loads(line) for line in (DISPUTES / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    questions = load(str(DISPUTES / "questions.yaml")).questions
    assert len(articles) == 404 and Counter(question.tags[0] for question in questions) == {"differ": 552, "same": 696}
    for question in questions:
        held = [{number for number, each in enumerate(articles) if wording in each["body"]}
                for (wording,) in question.facts or question.disagrees]  # fmt: skip
        assert all(held), question.id
        assert not question.disagrees or (held[0] - held[1] and held[1] - held[0]), question.id
