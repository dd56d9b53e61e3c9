"""Scores and comparison: figures one can check by hand, and planted regressions that the gate must name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evals_made import HEAD, outcome

from evals import stats
from evals.compare import compare
from evals.outcomes import Head, Outcome
from evals.score import score
from index.errors import UsageError

EXPECTED: dict[str, Any] = {"facts": (("rained",),), "cites": ("a.txt",), "gold": ("a.txt",)}


def run_of(outcomes: Sequence[Outcome], **head: Any) -> tuple[Head, list[Outcome]]:
    ids = {each.question.id for each in outcomes}
    return replace(HEAD, questions=len(ids), **head), list(outcomes)


def good(count: int = 40) -> list[Outcome]:
    answered = [outcome(f"q{n}", tags=("fact",), **EXPECTED) for n in range(count)]
    refused = [outcome(f"r{n}", None, refuse_said=True, refuse=True, tags=("far",)) for n in range(count // 2)]
    return answered + refused


def test_figures_by_hand() -> None:
    outcomes = [outcome("a", tags=("x",)), outcome("b", "Dry.", tags=("x", "y"))]
    scores = score(*run_of(outcomes))
    assert scores.figures["facts"].value == 1 / 2 and scores.figures["facts"].questions == 2
    assert scores.by_tag["y"]["facts"].value == 0 and scores.by_tag["y"]["facts"].questions == 1
    assert scores.wrong == {("b", 0): ["lacks 'rained'"]}
    assert "both_sides" not in scores.figures and "tokens" not in scores.figures  # nothing to say is nothing, not 0


def test_repeats_count_as_one_question() -> None:
    outcomes = [outcome("a", repeat=0), outcome("a", "Dry.", repeat=1), outcome("b", repeat=0), outcome("b", repeat=1)]
    scores = score(replace(HEAD, questions=2, repeat=2), outcomes)
    assert scores.figures["right"].value == 3 / 4 and scores.figures["right"].questions == 2
    assert scores.missing == 0


def test_a_run_that_did_not_end_says_what_is_missing() -> None:
    assert score(replace(HEAD, questions=3), [outcome("a")]).missing == 2


def test_intervals_hold_the_value_they_are_of() -> None:
    # Bernoulli(.3): the interval of 400 questions covers .3 in about 95 of 100 draws.
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(100):
        parts = np.stack([(random.random(400) < 0.3).astype(float), np.ones(400)], axis=1)
        figure = stats.figure(parts, stats.weights(400, 500))
        assert figure
        covered += figure.low <= 0.3 <= figure.high
    assert 88 <= covered <= 100


def test_a_difference_by_chance_is_seldom_called_one() -> None:
    random = np.random.default_rng(6)
    called = 0
    for _ in range(100):
        base, new = (np.stack([(random.random(200) < 0.5).astype(float), np.ones(200)], axis=1) for _ in range(2))
        found = stats.difference(base, new, stats.weights(200, 500))
        assert found
        called += found.p < 0.05
    assert called <= 12


def test_percentiles() -> None:
    parts = np.array([[float(n), 1.0] for n in range(101)] + [[0.0, 0.0]])
    figure = stats.percentile(parts, 95, stats.weights(102))
    assert figure and figure.value == 95 and figure.low < 95 < figure.high and figure.questions == 101


@pytest.mark.parametrize("better, worse, p", [(0, 5, 2 / 32), (5, 0, 2 / 32), (3, 3, 1.0), (1, 9, 22 / 1024)])
def test_mcnemar_is_the_exact_binomial(better: int, worse: int, p: float) -> None:
    assert stats.mcnemar(better, worse) == pytest.approx(p)


def test_equal_runs_pass() -> None:
    found = compare(run_of(good()), run_of(good()))
    assert (found.stops, found.flips, found.wins, found.losses, found.notes) == ((), (), 0, 0, ())
    assert {change.verdict for change in found.changes} == {"same"}
    assert found.ties == 60


def planted(change: Callable[[Outcome], Outcome], every: int = 2) -> list[Outcome]:
    return [change(each) if n % every == 0 else each for n, each in enumerate(good())]


def lost_hits(each: Outcome) -> Outcome:
    return replace(each, hits=())


def wrong_citation(each: Outcome) -> Outcome:
    if each.refused:
        return each
    return outcome(each.question.id, paths=("b.txt",), tags=each.question.tags, **EXPECTED)


def answered_all_the_same(each: Outcome) -> Outcome:
    return outcome(each.question.id, "It rained.", refuse=True, tags=("far",)) if each.refused else each


def altered_quotes(each: Outcome) -> Outcome:
    return replace(each, cited=tuple(replace(cited, found="It snowed.") for cited in each.cited))


@pytest.mark.parametrize(
    "change, metrics, flipped",
    [
        (lost_hits, {"article_recall@5", "article_ndcg@10", "passage_mrr"}, set()),
        (wrong_citation, {"citation_precision", "citation_recall", "right"}, {f"q{n}" for n in range(0, 40, 2)}),
        (answered_all_the_same, {"refusal_recall"}, {f"r{n}" for n in range(0, 20, 2)}),
        (altered_quotes, {"quote_fidelity"}, set()),
    ],
    ids=["retrieval", "citations", "refusal", "quotes"],
)
def test_a_planted_regression_stops_the_release(
    change: Callable[[Outcome], Outcome], metrics: set[str], flipped: set[str]
) -> None:
    found = compare(run_of(good()), run_of(planted(change)))
    stopped = {stop.split()[0] for stop in found.stops}
    assert metrics <= stopped
    for each in found.changes:
        if each.metric in metrics:
            changed = [new.question.id for old, new in zip(good(), planted(change), strict=True) if old != new]
            assert each.fell and set(each.fell) <= set(changed)
            assert any(stop.startswith(each.metric) and each.fell[0] in stop for stop in found.stops)
    assert {flip.id for flip in found.flips if flip.now == "wrong"} == flipped
    assert all(flip.reasons for flip in found.flips)
    back = compare(run_of(planted(change)), run_of(good()))
    assert back.stops == ()
    assert {each.metric for each in back.changes if each.verdict == "better"} >= metrics


def test_a_tolerance_lets_a_metric_get_worse_by_so_much() -> None:
    new = run_of(planted(lost_hits))
    names = {change.metric for change in compare(run_of(good()), new).changes if change.verdict == "worse"}
    assert compare(run_of(good()), new, dict.fromkeys(names, 0.6)).stops == ()
    assert compare(run_of(good()), new, dict.fromkeys(names, 0.4)).stops
    with pytest.raises(UsageError, match="no metric 'recal'"):
        compare(run_of(good()), new, {"recal": 1})


def test_slower_answers_never_stop_a_release() -> None:
    slow = [replace(each, seconds={"total": 50.0}) for each in good()]
    found = compare(run_of(good()), run_of(slow))
    assert found.stops == ()
    (median,) = [change for change in found.changes if change.metric == "latency_p50"]
    assert (median.base, median.new, median.verdict, median.gates) == (1.0, 50.0, "worse", False)


def test_a_must_question_stops_a_release_alone() -> None:
    base, new = good(), good()
    base[0] = outcome("q0", must=True, **EXPECTED)
    new[0] = outcome("q0", "Dry.", must=True, **EXPECTED)
    found = compare(run_of(base), run_of(new))
    assert found.stops == ("must: q0: lacks 'rained'",)


def test_a_run_that_is_incomplete_stops_a_release() -> None:
    head, outcomes = run_of(good())
    assert any("1 of 60 outcomes are missing" in stop for stop in compare((head, outcomes), (head, outcomes[:-1])).stops)
    failed = [*outcomes[:-1], outcome("r19", None, error="ValueError: x", refuse=True)]
    assert any("1 failed: r19" in stop for stop in compare((head, outcomes), (head, failed)).stops)


def test_runs_over_different_sets_are_refused_and_other_differences_told() -> None:
    with pytest.raises(UsageError, match="different sets"):
        compare(run_of(good()), run_of(good(), sha256="1" * 64))
    found = compare(run_of(good()), run_of(good(), snapshot="other", settings_hash="else"))
    assert len(found.notes) == 2 and "the indexed articles differ: snapshot and other" in found.notes


def test_measures_are_put_to_their_questions_whatever_the_order() -> None:
    found = compare(run_of(good()), run_of(list(reversed(good()))))
    assert found.stops == () and found.ties == 60
