"""Results as a terminal shows them. Words from articles are cleaned, never read as colour codes or as rich's markup."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from index.records import Article, Hit
from ui.words import (
    DIFFERENCES,
    UNKNOWN_OUTLET,
    UNSUPPORTED,
    around,
    clean,
    counted,
    counted_once,
    day,
    days,
    left_out,
    line,
    narrowed,
    sources,
)

if TYPE_CHECKING:
    from index.build import SyncReport
    from rag.records import AlsoIn, Answer, Citation, Disagreement, Nearest

Progress = Callable[[str, int, int], None]
_STAGES = {"reading": ("Reading", "files"), "embedding": ("Indexing", "passages")}


def stdout() -> Console:
    """Give the console that results go to."""
    return Console(highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Give the console that progress and notes go to."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def note(message: str) -> None:
    """Tell the person at the terminal something that is no result."""
    print(line(message), file=sys.stderr)


def display_likely() -> bool:
    """Say whether a person sits at this terminal with a desktop that a browser can open on."""
    desktop = sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(desktop)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Draw progress on stderr with rate and time left, and take it away at the end; None when nobody would see it."""
    console = stderr()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            name, unit = _STAGES.get(stage, (stage.capitalize(), "steps"))
            if stage not in tasks:
                tasks[stage] = bar.add_task(name, total=total, rate=unit)
            task = tasks[stage]
            speed = bar.tasks[task].finished_speed or bar.tasks[task].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f} {unit}/s" if speed else unit)

        yield report


def show_report(console: Console, report: "SyncReport") -> None:
    """Show what indexing did, then each thing that could not be read."""
    here = report.articles - report.elsewhere
    if report.rebuilt:
        _print(console, f"The index was made anew. {line(report.rebuilt)}")
    _print(
        console,
        f"Indexed {counted(here, 'article')} ({report.added:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged, {report.dropped:,} dropped), {counted(report.passages, 'passage')} "
        f"in {report.seconds:.1f} s.{f' {len(report.skipped):,} could not be read:' if report.skipped else ''}",
    )
    for skipped in report.skipped:
        _print(console, _skipped(skipped.path, skipped.line, skipped.reason), indent=2)
    if report.elsewhere:
        more = counted(report.elsewhere, "article")
        _print(console, f"{more} from folders not named this time stay in the index: {report.articles:,} in all.")


def show_answer(console: Console, answer: "Answer") -> None:
    """Show the answer with its marks, then its sources; or why there is none, and the nearest articles."""
    if answer.refused:
        _print(console, Text(line(answer.text)))
        _notes(console, answer)
        if answer.nearest:
            _heading(console, "Nearest articles")
            for near in answer.nearest:
                _print(console, _source_line(near), indent=2)
        return
    text = Text(f"{answer.dated}:" if answer.dated else "")
    for place, sentence in enumerate(answer.sentences):
        text.append(" " if text else "")
        unsupported = sentence.status == "unsupported"
        before, words, after = around(sentence.text, None if place else answer.short)
        style = "dim strike" if unsupported else ""
        text.append(before, style=style).append(words, style="bold").append(after, style=style)
        why = f": {line(sentence.why)}" if sentence.why else ""
        text.append(f" ({UNSUPPORTED}{why})" if unsupported else "", style="italic")
        text.append(" " if sentence.citations else "")
        text.append("".join(f"[{number}]" for number in sentence.citations), style="bold")
    _print(console, text)
    for disagreement in answer.disagreements:
        _disagreement(console, disagreement, answer.citations)
    _notes(console, answer)
    if answer.citations:
        _heading(console, "Sources")
    for citation in answer.citations:
        _print(console, Text(f"[{citation.number}] ", style="bold").append_text(_source_line(citation)))
        _print(console, f"“{line(citation.quote)}”", indent=4)
        if citation.also_in:
            also = f"Also in: {', '.join(_also(other) for other in citation.also_in)}"
            _print(console, ". ".join(filter(None, (counted_once(citation), also))), indent=4, style="dim")
        for older in citation.supersedes:
            said = f"Supersedes {line(older.outlet or UNKNOWN_OUTLET)}, {day(older.published)}: “{line(older.quote)}”"
            _print(console, said, indent=4, style="dim")


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Show passages in the order found, each with its article. Scores mean little to a reader: they are in the JSON."""
    if not hits:
        _print(console, "Nothing was found.")
    for number, hit in enumerate(hits, 1):
        _print(console, Text(f"{number}. ", style="bold").append_text(_source_line(hit.article)))
        _print(console, line(hit.passage.text), indent=4)


def show_status(console: Console, held: dict[str, Any]) -> None:
    """Show what an index holds and how it was made, from `ui.status.held`."""
    outlets = [f"{line(outlet)} ({count:,})" for outlet, count in held["outlets"].items()]
    undated = f" ({held['undated']:,} undated)" if held["undated"] else ""
    rows = {
        "Index": held["index"] + (" (the sample archive)" if held["sample"] else ""),
        "Articles": f"{held['articles']:,}",
        "Passages": f"{held['passages']:,}",
        "Outlets": ", ".join(outlets) or "none named",
        "Dates": days(held["first"], held["last"]) + (undated if held["first"] else ""),
        "Made": f"{day(held['created'])}, {held['created'][11:16]} UTC",
        "From": ", ".join(held["roots"]),
        "Model": f"{held['embedder']}, {held['dimension']} dimensions",
        "Generation": f"{held['generation']} (content {held['snapshot']})",
        "On disk": f"{held['bytes'] / 1e6:,.1f} MB",
    }
    if held["verified"]:
        rows["Verified"] = "every file's checksum, and the model's vectors"
    for name, value in rows.items():
        _print(console, Text(f"{name + ':':12}", style="bold").append(line(value)))
    if held["skipped"]:
        _print(console, f"{len(held['skipped']):,} could not be read:")
    for skipped in held["skipped"]:
        _print(console, _skipped(skipped["path"], skipped["line"], skipped["reason"]), indent=2)


def _disagreement(console: Console, disagreement: "Disagreement", citations: Sequence["Citation"]) -> None:
    cited = {citation.number: citation for citation in citations}
    _heading(console, f"{DIFFERENCES[disagreement.kind]}: {line(disagreement.about)}")
    for side in disagreement.sides:
        text = Text(f"{line(side.claimed_by)}: " if side.claimed_by else "", style="not bold")
        text.append(line(side.value), style="bold")
        if side.citation in cited:
            source = cited[side.citation]
            text.append(f" — {line(source.outlet or UNKNOWN_OUTLET)}, {day(source.published)}", style="not bold")
        text.append(f" ({more})" if (more := sources(side)) else "", style="not bold")
        marks = "".join(f"[{number}]" for number in (side.citation, *side.further))
        _print(console, text.append(f" {marks}"), indent=2)


def _notes(console: Console, answer: "Answer") -> None:
    if line(answer.searched_for) != line(answer.question):
        _print(console, f"Searched for: {line(answer.searched_for)}", style="dim")
    if (span := narrowed(answer.filters)) is not None:
        _print(console, f"Searched only: {span}", style="dim")
    if answer.filters.read:
        _print(console, "To search without what was read from the question: --no-read-filters", style="dim")
    if left := left_out(answer):
        _print(console, f"{left}.", style="dim")
    if answer.degraded:
        _print(console, line(answer.degraded), style="dim")


def _source_line(source: "Article | Citation | Nearest") -> Text:
    """`title — outlet, date, where it is`."""
    text = Text(line(source.title or "Untitled"), style="not bold")
    text.append(f" — {line(source.outlet or UNKNOWN_OUTLET)}, {day(source.published)}, ")
    return text.append(line(source.url or source.path), style="dim")


def _also(other: "AlsoIn") -> str:
    return f"{line(other.outlet or other.title or other.path)} ({day(other.published)})"


def _skipped(path: str, number: int | None, reason: str) -> str:
    return f"{line(path)}{f':{number}' if number is not None else ''}: {line(reason)}"


def _heading(console: Console, title: str) -> None:
    console.print()
    _print(console, title, style="bold")


def _print(console: Console, text: str | Text, *, indent: int = 0, style: str = "") -> None:
    """Print with an indent, wrapped for a terminal; lines in a file or a pipe stay whole, for tools to read."""
    text = Text(clean(text), style=style) if isinstance(text, str) else text
    lines = text.wrap(console, max(20, console.width - indent)) if console.is_terminal else [text]
    for part in lines:
        part.rstrip()
        console.print(Text(" " * indent).append_text(part), soft_wrap=True)
