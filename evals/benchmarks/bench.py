"""Public benchmarks: each reads its own format from a path, indexes from nothing, asks, and gives one table.

    footnote eval bench NAME PATH [--limit N] [--articles 40:48] [--no-answers] [--no-reader] [--keep DIR] [--json]

No benchmark's text is shipped; docs/benchmarks.md says where each comes from and what is compared.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Literal, cast, get_args

from evals.benchmarks import beir, cast2020, clapnq, plain, rgb, squad, squad2_500
from evals.benchmarks.archive import Options, Split, silent
from evals.benchmarks.files import Files
from evals.benchmarks.published import CAVEATS, PEERS
from evals.benchmarks.table import Measured, Table
from index import embed
from index.embed import Embedder
from index.errors import UsageError
from index.write import Progress
from rag.settings import settings_hash

Option = Literal["articles", "answers", "reader", "split"]
LIKENESS = "Without the reader: sentences are chosen by their likeness to the question alone."
PART = "Of the first questions only, and where there is an archive over a part of it: no figures to publish or to compare."


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A public benchmark: how it is measured, what its path has to hold, and which options it knows beyond the common ones."""

    measure: Callable[[Path, Options], Measured]
    expected: str
    command: str
    takes: tuple[Option, ...] = ()


BENCHMARKS: dict[str, Benchmark] = {
    "beir": Benchmark(beir.measure, beir.EXPECTED, beir.COMMAND, ("split",)),
    "squad": Benchmark(squad.measure, squad.EXPECTED, squad.COMMAND, ("articles", "answers", "reader")),
    "squad2-500": Benchmark(squad2_500.measure, squad2_500.EXPECTED, squad2_500.COMMAND, ("answers", "reader")),
    "clapnq": Benchmark(clapnq.measure, clapnq.EXPECTED, clapnq.COMMAND, ("reader",)),
    "rgb": Benchmark(rgb.measure, rgb.EXPECTED, rgb.COMMAND),
    "cast2020": Benchmark(cast2020.measure, cast2020.EXPECTED, cast2020.COMMAND),
    "plain": Benchmark(plain.measure, plain.EXPECTED, plain.COMMAND, ("answers", "reader")),
}


def run(
    name: str,
    path: str | Path,
    limit: int | None = None,
    *,
    articles: str | None = None,
    answers: bool = True,
    reader: bool = True,
    split: str = "test",
    keep: Path | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Table:
    """Run a benchmark over the data at a path; `limit` asks the first questions alone, over a smaller archive.

    `articles` ("40:48") asks the questions of those articles of a SQuAD file, over all of its passages. `split` is BEIR's.
    Without `answers` only retrieval is measured, without `reader` sentences are chosen by likeness alone. `keep` is a
    folder whose index the next run builds on; else nothing is left. `progress` is told (stage, done, total). Raises
    UsageError for an unknown name, for options that a benchmark does not take and, with path and line, for data that is not
    what it should be.
    """
    given: dict[Option, bool] = {
        "articles": articles is not None, "answers": not answers, "reader": not reader, "split": split != "test"
    }  # fmt: skip
    benchmark = _benchmark(name, given)
    if limit is not None and limit < 1:
        raise UsageError(f"A limit of {limit} questions measures nothing.", next_step=f"{benchmark.command} --limit 10")
    if split not in get_args(Split):
        raise UsageError(f"No split {split!r}; there are {', '.join(get_args(Split))}.", next_step=benchmark.command)
    options = Options(
        limit=limit,
        articles=_slice(articles, benchmark.command),
        answers=answers,
        reader=reader,
        split=cast(Split, split),
        keep=keep,
        embedder=embedder or embed.load(),
        progress=progress or silent,
    )
    started = perf_counter()
    measured = benchmark.measure(Path(path), options)
    if not reader:
        measured = replace(measured, notes=(LIKENESS, *measured.notes))
    return _table(name, Files(Path(path), benchmark.expected, benchmark.command).name, articles, limit, measured, started)


def _benchmark(name: str, given: dict[Option, bool]) -> Benchmark:
    """The benchmark of a name, which takes the options that were given."""
    benchmark = BENCHMARKS.get(name)
    if benchmark is None:
        raise UsageError(f"No benchmark {name!r}; there are {', '.join(BENCHMARKS)}.", next_step=beir.COMMAND)
    for option, is_given in given.items():
        if is_given and option not in benchmark.takes:
            raise UsageError(f"{name!r} has no option {option!r}.", next_step=benchmark.command)
    return benchmark


def _table(name: str, data: str, articles: str | None, limit: int | None, measured: Measured, started: float) -> Table:
    return Table(
        name=name,
        data=data if articles is None else f"{data}, articles {articles}",
        rows=measured.rows,
        questions=measured.questions,
        documents=measured.documents,
        passages=measured.passages,
        seconds=round(perf_counter() - started, 1),
        limit=limit,
        settings_hash=settings_hash(),
        notes=(*([PART] if limit else []), *([] if articles else CAVEATS.get((name, data), ())), *measured.notes),
        published=() if limit or articles else PEERS.get((name, data), ()),
    )


def _slice(articles: str | None, command: str) -> tuple[int, int] | None:
    """Read "40:48" as the articles from number 40, counted from 0, to before number 48."""
    if articles is None:
        return None
    first, colon, last = articles.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise UsageError(f"{articles!r} names no articles.", next_step=f"{command} --articles 40:48")
    return int(first), int(last)
