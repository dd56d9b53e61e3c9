"""Two runs of one set, question by question: what got better or worse, whether by more than chance, and whether to release."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from evals import stats
from evals.metrics import METRICS, Metric
from evals.metrics.right import reasons
from evals.outcomes import Head, Outcome, missing
from evals.score import by_question, question_ids
from index.errors import UsageError

ALPHA = 0.05
SHOWN = 12  # questions named for a metric that stops a release; the report and --json have all


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs. `p` is corrected for the number of metrics; `verdict` is of what is more than chance.

    `fell` are the questions of which the metric alone says worse, the largest loss first.
    """

    metric: str
    base: float
    new: float
    difference: stats.Difference
    p: float
    verdict: Literal["better", "worse", "same"]
    gates: bool
    fell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was right in one run and not in the other, and why not."""

    id: str
    question: str
    now: Literal["right", "wrong"]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two runs. `stops` are the reasons to stop a release, in words; none: let it go."""

    base: Head
    new: Head
    notes: tuple[str, ...]
    changes: tuple[Change, ...]
    wins: int
    ties: int
    losses: int
    mcnemar_p: float
    flips: tuple[Flip, ...]
    stops: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def compare(base: tuple[Head, Sequence[Outcome]], new: tuple[Head, Sequence[Outcome]],
            tolerances: Mapping[str, float] | None = None, metrics: Mapping[str, Metric] = METRICS) -> Comparison:  # fmt: skip
    """Compare a run with its baseline.

    A release is stopped by a gating metric that is significantly worse (p below .05 after Holm's correction over the gating
    metrics) by more than its tolerance, by a `must` question that is not right, and by a question that failed or is not
    there. Raises UsageError for runs over different sets and tolerances of unknown metrics.
    """
    (base_head, base_outcomes), (new_head, new_outcomes) = base, new
    tolerances = dict(tolerances or {})
    for name in tolerances:
        if name not in metrics:
            raise UsageError(f"There is no metric {name!r} to tolerate.", next_step=f"one of: {', '.join(metrics)}")
    if base_head.sha256 != new_head.sha256:
        raise UsageError(
            f"The runs are over different sets: {base_head.set!r} ({base_head.sha256[:12]}) and {new_head.set!r} "
            f"({new_head.sha256[:12]}).",
            next_step="footnote eval run with the same set, for both",
        )
    answered = set(question_ids(new_outcomes))
    both = [name for name in question_ids(base_outcomes) if name in answered]
    if not both:
        raise UsageError("The runs have no answered question in common.", next_step="footnote eval run SET --out run.jsonl")
    old, now = _only(base_outcomes, both), _only(new_outcomes, both)
    changes = _changes(old, now, both, metrics, tolerances)
    was, is_ = _rights(old, both), _rights(now, both)
    wins, losses = [name for name in both if is_[name] > was[name]], [name for name in both if is_[name] < was[name]]
    flips = _flips([*losses, *wins], was, now)
    return Comparison(
        base=base_head,
        new=new_head,
        notes=_notes(base_head, new_head),
        changes=changes,
        wins=len(wins),
        ties=len(both) - len(wins) - len(losses),
        losses=len(losses),
        mcnemar_p=stats.mcnemar(len(wins), len(losses)),
        flips=flips,
        stops=(*_stops(changes, tolerances), *_broken(new_head, new_outcomes), *_missing(base_outcomes, both)),
    )


def _changes(old: Sequence[Outcome], now: Sequence[Outcome], both: Sequence[str], metrics: Mapping[str, Metric],
             tolerances: Mapping[str, float]) -> tuple[Change, ...]:  # fmt: skip
    drawn = stats.weights(len(both))
    found = []
    for metric in metrics.values():
        base, new = _aligned(metric, old, both), _aligned(metric, now, both)
        difference = stats.difference(base, new, drawn, metric.percentile)
        if difference is not None:
            found.append((metric, base, new, difference))
    # What cannot stop a release is corrected apart, so that looking at it costs the gate nothing.
    corrected = [0.0] * len(found)
    for gates in (True, False):
        family = [at for at, (metric, *_) in enumerate(found) if metric.gates == gates]
        for at, p in zip(family, stats.holm([found[at][3].p for at in family]), strict=True):
            corrected[at] = p
    changes = []
    for (metric, base, new, difference), p in zip(found, corrected, strict=True):
        gain = difference.value if metric.better == "higher" else -difference.value
        significant = p < ALPHA and abs(gain) > tolerances.get(metric.name, 0.0)
        verdict: Literal["better", "worse", "same"] = "same" if not significant else "better" if gain > 0 else "worse"
        place = metric.percentile
        was, now_is = ((stats.ratio(parts) if place is None else stats.middle(parts, place)) for parts in (base, new))
        changes.append(Change(metric.name, was, now_is, difference, p, verdict, metric.gates, _fell(metric, base, new, both)))
    return tuple(changes)


def _fell(metric: Metric, base: stats.Parts, new: stats.Parts, names: Sequence[str]) -> tuple[str, ...]:
    present = (base[:, 1] > 0) & (new[:, 1] > 0)
    old, now = (np.divide(parts[:, 0], parts[:, 1], out=np.zeros(len(parts)), where=present) for parts in (base, new))
    loss = old - now if metric.better == "higher" else now - old
    return tuple(names[row] for row in np.argsort(-loss, kind="stable") if loss[row] > 0)


def _aligned(metric: Metric, outcomes: Sequence[Outcome], names: Sequence[str]) -> stats.Parts:
    row = {name: at for at, name in enumerate(question_ids(outcomes))}
    return by_question(metric, outcomes)[[row[name] for name in names]]


def _only(outcomes: Sequence[Outcome], names: Sequence[str]) -> list[Outcome]:
    kept = set(names)
    return [outcome for outcome in outcomes if outcome.question.id in kept]


def _rights(outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, float]:
    """The share of a question's repeats that were right."""
    found: dict[str, list[bool]] = {name: [] for name in names}
    for outcome in outcomes:
        found[outcome.question.id].append(not reasons(outcome))
    return {name: float(np.mean(rights)) for name, rights in found.items()}


def _flips(names: Sequence[str], was: Mapping[str, float], now: Sequence[Outcome]) -> tuple[Flip, ...]:
    flips = []
    for name in names:
        outcomes = [outcome for outcome in now if outcome.question.id == name]
        why = tuple(dict.fromkeys(reason for outcome in outcomes for reason in reasons(outcome)))
        worse = float(np.mean([not reasons(outcome) for outcome in outcomes])) < was[name]
        flips.append(Flip(name, outcomes[0].question.question, "wrong" if worse else "right", why if worse else ()))
    return tuple(flips)


def _notes(base: Head, new: Head) -> tuple[str, ...]:
    """What differs besides the answers, so that nobody takes one cause for another."""
    names = {
        "snapshot": "the indexed articles", "embedder": "the embedding models", "settings_hash": "the settings",
        "answerer": "the answerers", "repeat": "the numbers of repeats", "version": "the versions of Footnote",
    }  # fmt: skip
    return tuple(
        f"{words} differ: {getattr(base, name)} and {getattr(new, name)}"
        for name, words in names.items()
        if getattr(base, name) != getattr(new, name)
    )


def _stops(changes: Sequence[Change], tolerances: Mapping[str, float]) -> list[str]:
    return [
        f"{change.metric} is worse: {change.base:.3f} -> {change.new:.3f} (p {change.p:.3g}"
        + (f", tolerance {tolerances[change.metric]:g})" if change.metric in tolerances else ")")
        + f"; fell for {', '.join(change.fell[:SHOWN])}"
        + (f" and {len(change.fell) - SHOWN} more" if len(change.fell) > SHOWN else "")
        for change in changes
        if change.gates and change.verdict == "worse"
    ]


def _broken(head: Head, outcomes: Sequence[Outcome]) -> list[str]:
    stops = [
        f"must: {outcome.question.id}: {'; '.join(why)}"
        for outcome in outcomes
        if outcome.question.must and (why := reasons(outcome))
    ]
    failed = [outcome.question.id for outcome in outcomes if outcome.error is not None]
    lacking = missing(head, outcomes)
    if lacking:
        stops.append(f"the run is incomplete: {lacking} of {head.questions * head.repeat} outcomes are missing")
    if failed:
        stops.append(f"the run is incomplete: {len(failed)} failed: {', '.join(dict.fromkeys(failed))}")
    return stops


def _missing(base: Sequence[Outcome], both: Sequence[str]) -> list[str]:
    kept = set(both)
    gone = [name for name in question_ids(base) if name not in kept]
    return [f"not in the new run: {', '.join(gone)}"] if gone else []
