"""Runs, figures and comparisons as a terminal shows them. What questions and answers say is shown as plain text only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from evals.compare import Comparison
from evals.judge import Advice
from evals.metrics import METRICS
from evals.score import Scores
from evals.stats import Figure

Stages = Callable[[str, int, int], None]
WIDTH = 132  # columns in a log, where no terminal says how wide it is
_MARKS = {"better": "+ better", "worse": "- worse", "same": ""}


def line(text: str) -> str:
    r"""Text on one line without the characters that command a terminal.

    >>> line("a\n\x1b[31mb")
    'a ?[31mb'
    """
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


def note(text: str) -> None:
    """Tell the person at the terminal something that is no result."""
    print(line(text), file=sys.stderr)


@contextmanager
def stages(*, quiet: bool) -> Iterator[Stages | None]:
    """Draw a bar with time left for each stage of a piece of work on stderr; None when nobody would see it."""
    console = Console(stderr=True, highlight=False)
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage.capitalize())
            bar.update(tasks[stage], completed=done, total=total)

        yield report


def show_scores(scores: Scores, *, by_tag: bool) -> None:
    """Show every figure with its interval, then what was not right."""
    console = _console()
    head = scores.head
    _print(console, f"{head.set}: {scores.outcomes} outcomes of {head.questions} questions, {scores.failed} failed.")
    if scores.missing:
        _print(console, f"{scores.missing} outcomes are missing: the run did not end.")
    console.print(_figures(scores.figures))
    for tag, figures in scores.by_tag.items() if by_tag else ():
        _print(console, f"Tag {tag}")
        console.print(_figures(figures))
    for (name, repeat), why in scores.wrong.items():
        again = f" (repeat {repeat + 1})" if head.repeat > 1 else ""
        _print(console, f"wrong: {name}{again}: {'; '.join(why)}")


def show_comparison(found: Comparison) -> None:
    """Show what changed and whether by more than chance, every flip, and what the gate says."""
    console = _console()
    for each in found.notes:
        _print(console, f"Note: {each}")
    table = _table("metric", "base", "new", "difference", "95 % interval", "p (Holm)", "")
    for change in found.changes:
        unit, difference = METRICS[change.metric].unit, change.difference
        table.add_row(
            change.metric, _number(change.base, unit), _number(change.new, unit), _number(difference.value, unit, sign=True),
            f"{_number(difference.low, unit, sign=True)} to {_number(difference.high, unit, sign=True)}", f"{change.p:.3g}",
            _MARKS[change.verdict] + ("" if change.gates or change.verdict == "same" else " (does not gate)"),
        )  # fmt: skip
    console.print(table)
    counts = f"{found.wins} better, {found.ties} as before, {found.losses} worse"
    _print(console, f"Questions: {counts} (McNemar's exact test: p {found.mcnemar_p:.3g})")
    for flip in found.flips:
        why = f": {'; '.join(flip.reasons)}" if flip.reasons else ""
        _print(console, f"now {flip.now}: {flip.id} ({flip.question}){why}")
    for stop in found.stops:
        _print(console, f"STOP: {stop}")
    _print(console, "The gate says: " + ("do not release." if found.stops else "release."))


def show_advice(advice: Advice) -> None:
    """Show what a judge found, beside how far people agree with it."""
    console = _console()
    if advice.failed:
        _print(console, f"Judge {advice.model} gave no advice: {advice.failed}")
        return
    _print(
        console,
        f"Judge {advice.model} (advice only): new better {advice.new}, base better {advice.base}, same {advice.same}, "
        f"unsure {advice.unsure}; it agrees with people on {advice.agreed} of {advice.labelled} labelled pairs.",
    )


def _figures(figures: dict[str, Figure]) -> Table:
    table = _table("metric", "figure", "95 % interval", "questions", "")
    for name, figure in figures.items():
        metric = METRICS[name]
        interval = f"{_number(figure.low, metric.unit)} to {_number(figure.high, metric.unit)}"
        less = "" if metric.better == "higher" else "less is better"
        table.add_row(name, _number(figure.value, metric.unit), interval, str(figure.questions), less)
    return table


def _number(value: float, unit: str = "", *, sign: bool = False) -> str:
    return f"{value:+.3f}{unit}" if sign else f"{value:.3f}{unit}"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 or number == len(columns) - 1 else "right", no_wrap=number == 0)
    return table


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, emoji=False, width=WIDTH)


def _print(console: Console, text: str) -> None:
    console.print(line(text), soft_wrap=True)
