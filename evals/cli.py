"""`footnote eval`: run question sets, score, compare, report. Each command parses, makes one call, and shows what came of it.

`ui` finds this by its entry point (pyproject.toml, "footnote.commands"), since neither package imports the other.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from evals.questions import QuestionSet
    from index.opened import Index

DONE, FAILED, STOPPED = 0, 1, 4


def _examples(*commands: str) -> str:
    return "Examples:\n" + "\n".join(f"  {command}" for command in commands)


app = typer.Typer(
    help="Run question sets, compare runs, and stop a release that got worse.",
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_examples(
        "footnote eval run sample --out run.jsonl",
        "footnote eval score run.jsonl",
        "footnote eval compare base.jsonl run.jsonl",
        "footnote eval report run.jsonl --baseline base.jsonl --html report.html",
    ),
)

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A file that `footnote eval run` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Tolerance = Annotated[
    list[str] | None, typer.Option(metavar="METRIC=X", help="Let a metric get worse by so much; may be given several times.")
]


@app.command(
    epilog=_examples(
        "footnote eval run sample --out run.jsonl",
        "footnote eval run my-questions.yaml --index my-index --out run.jsonl --workers 2",
        "footnote eval run sample --out again.jsonl --failed-of run.jsonl",
        "footnote eval run sample --out model.jsonl --model ollama/llama3.2 --workers 4",
    )
)
def run(
    questions: Annotated[str, typer.Argument(metavar="SET", help="A .yaml or .jsonl file, or one that ships: sample.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where outcomes go; a run that was cut short goes on.")],
    folder: Annotated[
        Path | None, typer.Option("--index", metavar="DIR", help="The index folder; ./footnote-index when not given.")
    ] = None,
    repeat: Annotated[int, typer.Option(metavar="N", min=1, help="Ask every question so often.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Ask so many at once.")] = 1,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Give a question up after so long.")] = 120.0,
    only: Annotated[str | None, typer.Option(metavar="TAG", help="Only questions with this tag.")] = None,
    failed_of: Annotated[
        Path | None, typer.Option("--failed-of", metavar="RUN", help="Only questions that were not right in that run.")
    ] = None,
    no_reader: Annotated[
        bool, typer.Option("--no-reader", help="Choose sentences by likeness alone: a baseline, and worse.")
    ] = False,
    reranker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put what is found in the order of a cross-encoder: a folder or a name.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="M", help="Let a language model write the answers: ollama/llama3.2, gpt-4o-mini, ...")
    ] = None,
    api_base: Annotated[str | None, typer.Option("--api-base", metavar="URL", help="Where that model is served.")] = None,
    fallback: Annotated[
        list[str] | None, typer.Option(metavar="M", help="A model to ask when that one fails; may be given several times.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict-citations", help="Drop what no source bears out.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Json = False,
) -> int:
    """Ask every question of a set and write down what came of it, one line each."""
    from dataclasses import asdict
    from functools import partial

    from evals import console, runner
    from rag.answer import Options
    from rag.extract import NAME, WITHOUT_READER
    from rag.limits import Limits
    from rag.prompt import VERSION
    from rag.rerank import ready
    from rag.settings import settings_hash

    asked = _chosen(questions, only, failed_of)
    options: Options = {"reader": not no_reader}
    answerer = WITHOUT_READER if no_reader else NAME
    if model is not None or api_base is not None or fallback:
        # An answer from the cache would say nothing about the model as it is now.
        options |= {"model": model, "api_base": api_base, "fallback": fallback or (), "strict_citations": strict,
                    "limits": Limits.from_environment(cache=False)}  # fmt: skip
        answerer = ", ".join([str(model), *(fallback or ()), f"prompt {VERSION}", *(["strict"] if strict else [])])
    if (orders := ready(reranker)) is not None:
        options["reranker"] = orders
        answerer += f", reranked by {orders.name}"
    with _opened(folder, questions) as index, console.stages(quiet=quiet) as progress:
        ran = runner.run(
            asked,
            index,
            out,
            repeat=repeat,
            workers=workers,
            timeout=timeout,
            ask=partial(runner.ask, **options),
            answerer=answerer,
            settings=settings_hash(orders),
            progress=progress,
        )
    if as_json:
        _print_json({"out": str(out), **asdict(ran)})
    else:
        before = f" ({ran.resumed} were there already)" if ran.resumed else ""
        print(console.line(f"Asked {ran.asked}{before}, {ran.failed} failed. Next: footnote eval score {out}"))
    return FAILED if ran.failed else DONE


@app.command(epilog=_examples("footnote eval score run.jsonl", "footnote eval score run.jsonl --by-tag"))
def score(
    stored: Run,
    by_tag: Annotated[bool, typer.Option("--by-tag", help="Show the figures of every tag, too.")] = False,
    as_json: Json = False,
) -> None:
    """Grade the stored outcomes of a run; nothing is answered again."""
    from evals import console, outcomes
    from evals.score import score as graded

    scores = graded(*outcomes.read(stored))
    if as_json:
        _print_json(scores.to_dict())
    else:
        console.show_scores(scores, by_tag=by_tag)


@app.command(
    epilog=_examples(
        "footnote eval compare base.jsonl run.jsonl",
        "footnote eval compare base.jsonl run.jsonl --tolerance false_refusals=0.02",
    )
)
def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="The run to compare with.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The run that is to be released.")],
    tolerance: Tolerance = None,
    judge: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Also ask a language model which answers are better; it never gates.")
    ] = None,
    api_base: Annotated[str | None, typer.Option("--api-base", metavar="URL", help="Where that model is served.")] = None,
    as_json: Json = False,
) -> int:
    """Compare two runs of one set; exit with 4 when the new one must not be released."""
    from dataclasses import asdict

    from evals import console, outcomes
    from evals.compare import compare as compared

    was, now = outcomes.read(base), outcomes.read(new)
    found = compared(was, now, _tolerances(tolerance or []))
    advice = None
    if judge is not None:
        from evals.judge import advise

        advice = advise(was[1], now[1], judge, api_base)
    if as_json:
        _print_json(found.to_dict() | {"judge": asdict(advice) if advice else None})
    else:
        console.show_comparison(found)
        if advice:
            console.show_advice(advice)
    return STOPPED if found.stops else DONE


@app.command(
    epilog=_examples(
        "footnote eval report run.jsonl --html report.html",
        "footnote eval report run.jsonl --baseline base.jsonl --html report.html --junit report.xml --json scores.json",
    )
)
def report(
    stored: Run,
    baseline: Annotated[Path | None, typer.Option(metavar="RUN", help="The run to compare with.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="A page that opens offline.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="JUnit XML, a test case a question.")] = None,
    scores: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="The figures as JSON.")] = None,
    tolerance: Tolerance = None,
) -> None:
    """Write what a run came to, as a page, as JUnit XML or as JSON."""
    from evals import outcomes, report
    from evals.compare import compare as compared
    from evals.junit import junit as as_junit
    from evals.score import score as graded

    if html is None and junit is None and scores is None:
        raise UsageError("No file was named to write.", next_step="footnote eval report RUN --html report.html")
    head, found = outcomes.read(stored)
    base = outcomes.read(baseline) if baseline else None
    figures = graded(head, found)
    comparison = compared(base, (head, found), _tolerances(tolerance or [])) if base else None
    if html:
        report.write(html, report.html(head, found, figures, comparison, base[1] if base else ()))
    if junit:
        report.write(junit, as_junit(head, found))
    if scores:
        told = {"scores": figures.to_dict(), "comparison": comparison.to_dict() if comparison else None}
        report.write(scores, json.dumps(told, indent=2))


@app.command(
    name="add-feedback",
    epilog=_examples(
        "footnote eval add-feedback footnote-index --out my-questions.jsonl",
        "footnote eval run my-questions.jsonl --index footnote-index --out run.jsonl",
    ),
)
def add_feedback(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The index folder beside which it is kept, or its file.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The question set (.jsonl) to write, or to add to.")],
    as_json: Json = False,
) -> None:
    """Make questions of what readers said of answers on the page: a bad answer becomes a test."""
    from evals import console, feedback

    found, left_out = feedback.read(path)
    added = feedback.add(found, out)
    if as_json:
        _print_json({"added": added, "found": len(found), "left_out": left_out, "file": str(out)})
        return
    for reason in left_out:
        console.note(reason)
    print(f"{added} of {len(found)} questions added to {str(out)!r}.")


@app.command(
    epilog=_examples(
        "footnote eval bench beir nfcorpus.zip",
        "footnote eval bench squad dev-v2.0.json --limit 100",
        "footnote eval bench plain my-articles --json",
    )
)
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="beir, squad, squad2-500, clapnq, rgb, cast2020 or plain.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where its data lies; docs/benchmarks.md says in which form.")],
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first questions, over a smaller archive.")] = None,
    articles: Annotated[str | None, typer.Option(metavar="A:B", help="Only questions of these articles (squad).")] = None,
    no_answers: Annotated[bool, typer.Option("--no-answers", help="Measure retrieval alone.")] = False,
    no_reader: Annotated[bool, typer.Option("--no-reader", help="Choose sentences by likeness alone.")] = False,
    split: Annotated[str, typer.Option(metavar="NAME", help="The split of a BEIR folder.")] = "test",
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the index here, and use one that is there.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Json = False,
) -> None:
    """Run a public benchmark from nothing, and print our figures beside published ones."""
    from evals import console
    from evals.benchmarks.bench import run as benched

    with console.stages(quiet=quiet) as progress:
        table = benched(name, path, limit, articles=articles, answers=not no_answers, reader=not no_reader, split=split,
                        keep=keep, progress=progress)  # fmt: skip
    if as_json:
        _print_json(table.to_dict())
    else:
        print(table.to_markdown())


def _chosen(name: str, only: str | None, failed_of: Path | None) -> "QuestionSet":
    from evals import outcomes
    from evals.metrics.right import reasons
    from evals.questions import QuestionSet, load

    asked = load(name)
    if only is not None:
        asked = asked.only(only)
    if failed_of is not None:
        wrong = {outcome.question.id for outcome in outcomes.read(failed_of)[1] if reasons(outcome)}
        kept = tuple(question for question in asked.questions if question.id in wrong)
        if not kept:
            raise UsageError(f"Every question of {asked.name!r} that {str(failed_of)!r} holds was right.")
        asked = QuestionSet(asked.name, kept)
    return asked


@contextmanager
def _opened(folder: Path | None, questions: str) -> "Iterator[Index]":
    """Open the index asked for, or ./footnote-index; the sample archive for its own set or when there is none."""
    import rag
    from evals import console
    from index.store import DEFAULT_FOLDER

    default = Path(DEFAULT_FOLDER)
    there = any((default / name).exists() for name in ("CURRENT", "generations"))  # it may hold feedback alone
    if folder is None and (questions == "sample" or not there):
        console.note("Asking the sample archive.")
        archive = rag.open()
    else:
        archive = rag.open(folder or default)
    try:
        yield archive
    finally:
        archive.close()


def _tolerances(given: list[str]) -> dict[str, float]:
    found = {}
    for each in given:
        name, _, value = each.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError as error:
            raise UsageError(f"--tolerance {each!r} is no METRIC=NUMBER.", next_step="--tolerance facts=0.02") from error
        if not found[name.strip()] >= 0:
            raise UsageError(f"--tolerance {each!r} is below 0.", next_step="--tolerance facts=0.02")
    return found


def _print_json(found: dict[str, Any]) -> None:
    print(json.dumps(found, indent=2))
