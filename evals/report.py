"""A run as one HTML file that opens anywhere, offline: verdict, figures, flips, plots, and every question with its answer.

It decides nothing: figures are made in evals/score.py, verdicts in evals/compare.py. The markup is in report.html.j2; what a
row of the table opens to is kept as data and built by report.js, so that a thousand questions stay a few megabytes.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals import plots, report_rows
from evals.compare import ALPHA, Change, Comparison
from evals.metrics import METRICS
from evals.metrics.ranking import first_right
from evals.metrics.right import reasons
from evals.outcomes import Head, Outcome
from evals.plots import KINDS, kind, shown
from evals.score import Scores
from index.errors import UsageError

HEADLINE = ("right", "facts", "citation_recall", "quote_fidelity", "refusal_recall", "false_refusals", "latency_p50")
MISSING = "–"  # never 0, which would be a figure
FLIPS_OPEN = 25  # of further ones only the rows of the table show the answers
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Line:
    """A metric as the table of figures shows it, in words; MISSING for what there is not."""

    name: str
    value: str
    interval: str
    questions: str
    base: str = MISSING
    change: str = MISSING
    p: str = MISSING
    verdict: str = ""
    words: str = MISSING


@dataclass(frozen=True, slots=True)
class Turned:
    """A flip with what the baseline answered, where that is known, and what is answered now; `row` is its row's number."""

    id: str
    question: str
    now: str
    reasons: tuple[str, ...]
    was: tuple[str, str] | None
    answer: tuple[str, str]
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """A question as the table lists it."""

    id: str
    question: str
    tags: tuple[str, ...]
    must: bool
    kind: int
    flip: str
    rank: int | None
    seconds: float | None


def html(head: Head, outcomes: Sequence[Outcome], scores: Scores, comparison: Comparison | None = None,
         base: Sequence[Outcome] = ()) -> str:  # fmt: skip
    """The whole report as one file that asks nothing of any other; `base` are the baseline's outcomes, shown beside flips."""
    flips = {flip.id: flip.now for flip in comparison.flips} if comparison else {}
    turned = _turned(comparison, outcomes, base) if comparison else []
    script = (_FOLDER / "report.js").read_text(encoding="utf-8")
    text = _environment().get_template("report.html.j2").render(
        head=head,
        scores=scores,
        comparison=comparison,
        lines=_lines(scores, comparison),
        headline=HEADLINE,
        turned=turned,
        flips_open=FLIPS_OPEN,
        by_tag={name: plots.by_tag(scores, name) for name in METRICS if name in scores.figures},
        plots=plots,
        outcomes=outcomes,
        rows=[_row(outcome, flips) for outcome in outcomes],
        data=report_rows.data(outcomes, {one.row: one.was for one in turned if one.was}),
        metrics=METRICS,
        missing=MISSING,
        style=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        # The page's own script runs and no other, should a word of an article ever be taken for markup.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode("utf-8")  # halves of a character, which JSON can hold and UTF-8 cannot


def write(path: str | Path, text: str) -> None:
    """Put a text where it can be seen whole or not at all. Raises UsageError when it cannot be written there."""
    place = Path(path)
    try:
        place = place.resolve()
        if place.exists() and not place.is_file():
            raise FileExistsError(0, "something is there that is no file")
        fresh = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            fresh.write_text(text, encoding="utf-8", newline="\n")
            os.replace(fresh, place)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{str(path)!r} cannot be written: {reason}.", next_step="a path in a folder that is there") from error


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters["thousands"] = "{:,}".format
    return environment


def _lines(scores: Scores, comparison: Comparison | None) -> dict[str, Line]:
    changes = {change.metric: change for change in comparison.changes} if comparison else {}
    return {name: _line(name, scores, changes.get(name)) for name in METRICS}


def _line(name: str, scores: Scores, change: Change | None) -> Line:
    figure, unit = scores.figures.get(name), METRICS[name].unit
    if figure is None:
        return Line(name, MISSING, MISSING, MISSING)
    own = Line(name, shown(figure.value, unit), _span(figure.low, figure.high, unit), f"{figure.questions:,}")
    if change is None:
        return own
    difference = change.difference
    within = "unchanged" if not difference.value else "within its tolerance" if change.p < ALPHA else "within chance"
    words = within if change.verdict == "same" else f"{change.verdict} by more than chance"
    return Line(
        *(own.name, own.value, own.interval, own.questions, shown(change.base, unit)),
        change=f"{_signed(difference.value, unit)} ({_signed(difference.low, unit)} to {_signed(difference.high, unit)})",
        p=f"{change.p:.3f}" if change.p >= 0.001 else "<0.001",
        verdict=change.verdict,
        words=words,
    )


def _span(low: float, high: float, unit: str) -> str:
    return f"{shown(low, unit)} to {shown(high, unit)}"


def _signed(value: float, unit: str) -> str:
    words = shown(value, unit)
    return words.replace("-", "−") if value < 0 else f"+{words}" if value > 0 else words


def _turned(comparison: Comparison, outcomes: Sequence[Outcome], base: Sequence[Outcome]) -> list[Turned]:
    """Flips as they are to be read, what got worse first. Of several repeats, the first that shows the flip is taken."""
    rows = {outcome.key: row for row, outcome in enumerate(outcomes)}
    turned = []
    for flip in comparison.flips:
        right = flip.now == "right"
        new, old = _repeat(flip.id, outcomes, right), _repeat(flip.id, base, not right)
        if new is not None:
            was = _told(old) if old is not None else None
            turned.append(Turned(flip.id, flip.question, flip.now, flip.reasons, was, _told(new), rows[new.key]))
    return turned


def _repeat(name: str, outcomes: Sequence[Outcome], right: bool) -> Outcome | None:
    own = [outcome for outcome in outcomes if outcome.question.id == name]
    return next((outcome for outcome in own if (not reasons(outcome)) == right), own[0] if own else None)


def _told(outcome: Outcome) -> tuple[str, str]:
    words = outcome.error if outcome.answer is None else outcome.answer["text"]
    return kind(outcome), words or MISSING


def _row(outcome: Outcome, flips: Mapping[str, str]) -> Row:
    question = outcome.question
    return Row(
        id=question.id + (f" (repeat {outcome.repeat + 1})" if outcome.repeat else ""),
        question=question.question,
        tags=question.tags,
        must=question.must,
        kind=KINDS.index(kind(outcome)),
        flip=flips.get(question.id, ""),
        rank=first_right(outcome) if question.cites else None,
        seconds=outcome.seconds.get("total"),
    )
