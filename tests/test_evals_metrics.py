"""Each metric on a worked example: what it says of outcomes that one can grade by hand."""

import math
from dataclasses import replace

import pytest
from evals_made import outcome

from evals import match
from evals.metrics import METRICS
from evals.metrics.right import reasons
from evals.metrics.squad import exact, f1, normalised
from evals.outcomes import Outcome

RIGHT = outcome("a", "It rained.", facts=(("rained",),), cites=("a.txt",))
REFUSED = outcome("b", None, refuse_said=True, refuse=True)
ANSWERED = outcome("c", "It rained.", refuse=True)
WITHHELD = outcome("d", None, refuse_said=True, facts=(("rained",),), cites=("a.txt",))
FAILED = outcome("e", None, error="ValueError: x", facts=(("rained",),), cites=("a.txt",), answers=("rain",))
FIVE = [RIGHT, REFUSED, ANSWERED, WITHHELD, FAILED]


def value(name: str, outcomes: list[Outcome]) -> float | None:
    """The ratio of sums that a figure is."""
    parts = [part for part in METRICS[name].measure(outcomes) if part is not None]
    return sum(part[0] for part in parts) / sum(part[1] for part in parts) if parts else None


def test_right() -> None:
    assert value("right", FIVE) == 2 / 5  # the good answer and the refusal that was due


def test_facts() -> None:
    two = outcome("t", "Seven thousand prisoners.", facts=(("7,000", "seven thousand"), ("blacklist",)))
    assert value("facts", [two]) == 1 / 2
    assert value("facts", FIVE) == 1 / 3  # refused and failed have none; questions to refuse expect none


def test_facts_first_sentence() -> None:
    assert value("facts_first_sentence", [RIGHT, WITHHELD]) == 1 / 2


def test_exact_match() -> None:
    assert value("exact_match", [outcome("x", "The U.N. it was.", short="The U.N.", answers=("UN", "others"))]) == 1
    assert value("exact_match", [RIGHT]) is None
    assert value("exact_match", [FAILED]) == 0


def test_token_f1() -> None:
    # Three words said, two of the two expected among them: precision 2/3, recall 1.
    assert value("token_f1", [outcome("x", "y", short="about 7,000 prisoners", answers=("7,000 prisoners",))]) == 4 / 5


@pytest.mark.parametrize(
    "text, expected",
    [("The  Cat's, a hat!", "cats hat"), ("an A-bomb", "abomb"), ("theatre", "theatre"), ("¿Qué?", "¿qué"), ("the", "")],
)
def test_normalisation_is_that_of_the_published_script(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_squad_scores_of_empty_answers_are_those_of_the_published_script() -> None:
    assert (f1("", ""), f1("rain", ""), f1("", "rain"), exact("", "the")) == (1, 0, 0, 1)
    assert f1("rain rain", "rain") == pytest.approx(2 / 3)  # a word counts as often as it stands in both
    unanswerable = outcome("u", None, refuse_said=True, refuse=True, answers=("",))
    assert value("exact_match", [unanswerable]) == 1


def test_right_choice() -> None:
    choices = ("7,000", "5,000", "700")
    assert value("right_choice", [outcome("x", "7,000 of them", choices=choices, answers=("7,000",))]) == 1
    assert value("right_choice", [outcome("x", "5,000 of them", choices=choices, answers=("7,000",))]) == 0
    assert value("right_choice", [outcome("x", "nobody", choices=choices, answers=("7,000",))]) == 0


def test_both_sides() -> None:
    sides = (("100",), ("200",))
    assert value("both_sides", [outcome("x", "Some say 100, some 200.", disagrees=sides)]) == 1
    assert value("both_sides", [outcome("x", "Some say 100.", disagrees=sides)]) == 0


def test_disputes_are_said_where_they_are_and_nowhere_else() -> None:
    shown = outcome("x", "Some say 100, some 200.", disagrees=(("100",), ("200",)))
    assert shown.answer is not None
    against = {"about": "x", "kind": "differ", "sides": [{"value": "100", "claimed_by": None, "citation": 1, "further": []}]}
    said = replace(shown, answer={**shown.answer, "disagreements": [against]})
    elsewhere = replace(said, question=replace(said.question, disagrees=(), facts=(("100",),)))
    assert value("disputes_said", [shown, said]) == 1 / 2
    assert value("other_disputes", [RIGHT, elsewhere, REFUSED]) == 1 / 2
    assert value("other_disputes", [said]) is None


def test_refusal() -> None:
    # Two refusals, one of them due; two questions to refuse, one of them refused.
    assert value("refusal_precision", FIVE) == 1 / 2
    assert value("refusal_recall", FIVE) == 1 / 2
    assert value("refusal_f1", FIVE) == 2 * 1 / (2 + 2)
    assert value("false_refusals", FIVE) == 1 / 3  # of a, d and e
    assert value("refusal_recall", [RIGHT]) is None


def test_citation_precision_and_recall() -> None:
    half = outcome("x", paths=("a.txt", "b.txt"), facts=(("rained",),), cites=("a.txt", "c.txt"), cites_all=True)
    assert value("citation_precision", [half]) == 1 / 2
    assert value("citation_recall", [half]) == 1 / 2
    either = outcome("x", paths=("a.txt",), facts=(("rained",),), cites=("a.txt", "c.txt"))
    assert value("citation_recall", [either]) == 1
    assert value("citation_precision", [WITHHELD]) is None
    assert value("citation_recall", [WITHHELD]) == 0


def test_a_copy_counts_as_the_article_it_copies() -> None:
    copied = outcome("x", facts=(("rained",),), cites=("c.txt",))
    assert copied.answer
    copied.answer["citations"][0]["also_in"].append({"article_id": "id-c", "path": "c.txt"})
    assert value("citation_recall", [copied]) == value("citation_precision", [copied]) == 1


def test_quote_fidelity() -> None:
    altered = outcome("x", paths=("a.txt", "b.txt"))
    assert altered.answer
    altered.answer["citations"][1]["quote"] = "It snowed."
    assert value("quote_fidelity", [altered]) == 1 / 2
    assert value("quote_fidelity", [REFUSED]) is None


def test_unsupported() -> None:
    assert value("unsupported", [RIGHT, outcome("x", status="unsupported")]) == 1 / 2


@pytest.mark.parametrize(
    "name, expected",
    [("article_recall@1", 0.0), ("article_recall@5", 1 / 2), ("article_recall@10", 1 / 2), ("article_mrr", 1 / 3),
     ("article_ndcg@10", (1 / math.log2(4)) / (1 / math.log2(2) + 1 / math.log2(3)))],
)  # fmt: skip
def test_ranking_by_article(name: str, expected: float) -> None:
    # Five passages of three articles: the first gold article is the third, the second is not found.
    found = ("x.txt", "x.txt", "y.txt", "x.txt", "a.txt")
    assert value(name, [outcome("x", found=found, cites=("a.txt", "b.txt"))]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name, expected",
    [("passage_recall@5", 1.0), ("passage_recall@10", 1.0), ("passage_mrr", 1 / 2), ("passage_ndcg@10", 1 / math.log2(3))],
)
def test_ranking_by_passage(name: str, expected: float) -> None:
    assert value(name, [outcome("x", found=("b.txt", "a.txt"), gold=("a.txt",), cites=("a.txt",))]) == pytest.approx(expected)


def test_ranking_counts_a_question_that_found_nothing_and_leaves_out_one_that_expects_nothing() -> None:
    nothing = outcome("x", found=(), cites=("a.txt",))
    assert value("article_ndcg@10", [nothing, outcome("y", found=("a.txt",), cites=("a.txt",))]) == 1 / 2
    assert value("article_mrr", [REFUSED]) is None


def test_latency_leaves_out_what_failed() -> None:
    assert METRICS["latency_p50"].measure([outcome("x", seconds=3.0), FAILED]) == [(3.0, 1.0), None]


def test_usage_is_nothing_where_no_model_was_used() -> None:
    used = outcome("x", usage={"prompt_tokens": 90, "completion_tokens": 10, "cost": 0.5})
    assert value("tokens", [used, RIGHT]) == 100
    assert value("cost", [used, RIGHT]) == 0.5
    assert value("tokens", [RIGHT]) is None and value("degraded", [RIGHT]) is None


def test_an_answer_that_the_model_did_not_give_is_counted() -> None:
    used = {"prompt_tokens": 90, "completion_tokens": 10, "cost": 0.5}
    given = outcome("x", usage=used, answerer="gpt")
    stood_in = outcome("x", usage=used, answerer="other", degraded="gpt failed, so other answered.")
    failed = outcome("x", answerer="sentences", degraded="gpt failed.")
    assert value("degraded", [given, stood_in, failed, RIGHT]) == 1 / 3


def test_every_metric_says_what_it_is_in_one_sentence() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.definition.endswith(".") and metric.definition.count(". ") == 0
        assert metric.source


@pytest.mark.parametrize(
    "made, reason",
    [
        (outcome("x", "Dry.", facts=(("rained", "wet"),)), "lacks 'rained | wet'"),
        (outcome("x", "It rained.", forbid=("rained",)), "says 'rained'"),
        (outcome("x", "100.", disagrees=(("100",), ("200",))), "lacks the side '200'"),
        (outcome("x", cites=("c.txt", "d.txt")), "does not cite c.txt or d.txt"),
        (outcome("x", cites=("a.txt", "d.txt"), cites_all=True), "does not cite a.txt and d.txt"),
        (outcome("x", "Dry.", answers=("rain",)), "lacks 'rain'"),
        (outcome("x", "b", choices=("a", "b"), answers=("a",)), "does not speak for 'a'"),
        (ANSWERED, "answered; a refusal was expected"),
        (WITHHELD, "refused; an answer was expected"),
        (FAILED, "failed: ValueError: x"),
    ],
)
def test_why_an_outcome_is_not_right_is_said(made: Outcome, reason: str) -> None:
    assert reason in reasons(made)


def test_wordings() -> None:
    assert match.occurs("“Marram  Bridge”", 'the "marram bridge" closed')
    assert not match.occurs("art", "start") and match.occurs("art", "the arts")
    assert not match.occurs("100", "1,100") and not match.occurs("7", "7.5") and match.occurs("100", "100.")
