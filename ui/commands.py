"""The commands: each parses, makes one library call, and shows what came of it.

Results go to stdout, progress and notes to stderr. Nothing heavy is imported before a command runs, so that
`footnote --help` is quick.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError
from ui import console
from ui.as_json import as_json

if TYPE_CHECKING:
    from index.opened import Index

ANSWERED, FAILED, REFUSED = 0, 1, 3
# As in index.store and rag.retrieve, which are not imported for them: that would load numpy for `--help`.
DEFAULT_INDEX = "footnote-index"
DEFAULT_LIMIT = 10

SAMPLE_QUESTIONS = (
    "What did the Taliban demand for a ceasefire?",
    "How many Afghan soldiers fled to Tajikistan?",
    "When was the Marram Bridge closed?",
    "How many people took part in the march for the Marram Bridge?",
)


def examples(*commands: str) -> str:
    """The end of a command's help."""
    return "Examples:\n" + "\n".join(f"  {command}" for command in commands)


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "footnote ask 'What did the Taliban demand for a ceasefire?'",
        "footnote index my-articles",
        "footnote chat",
    ),
)

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads it from standard input.")]
IndexFolder = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help=f"The index folder; ./{DEFAULT_INDEX} when not given.")
]
After = Annotated[str | None, typer.Option(metavar="DATE", help="Only articles of this day (2021-07-01) or later.")]
Before = Annotated[str | None, typer.Option(metavar="DATE", help="Only articles of this day or earlier.")]
Outlets = Annotated[
    list[str] | None, typer.Option("--outlet", metavar="OUTLET", help="Only this outlet; may be given several times.")
]
RerankerName = Annotated[
    str | None,
    typer.Option("--reranker", metavar="NAME", help="Put what is found in the order of a cross-encoder: a folder or a name."),
]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="M", help="Let a language model write: ollama/llama3.2, gpt-4o-mini, ...")
]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", metavar="URL", help="Where that model is served, in the form of OpenAI's servers.")
]
Fallback = Annotated[
    list[str] | None,
    typer.Option("--fallback", metavar="M", help="A model to ask when that one fails; may be given several times."),
]
Strict = Annotated[
    bool, typer.Option("--strict-citations", help="Drop what a model writes and no source bears out, instead of striking it.")
]
ReadOnly = Annotated[
    bool, typer.Option("--read-only", help="Let nobody add or remove articles on the page, and keep no feedback.")
]
Language = Annotated[str, typer.Option("--language", metavar="L", help="The page's own words: en or de.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def _footnote(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", is_eager=True,
                                          callback=lambda asked: _print_version(asked))] = False,
) -> None:  # fmt: skip
    """Ask news archives. Every sentence of an answer is tied to the exact words of a source."""


@app.command(
    epilog=examples(
        "footnote index my-articles",
        "footnote index my-articles more.jsonl --index archive",
        "footnote index my-articles --only --strict",
    )
)
def index(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders of articles.")],
    folder: IndexFolder = None,
    embedder: Annotated[
        str | None, typer.Option(metavar="NAME", help="A sentence-transformers model: a folder or a name.")
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Drop the articles of all other folders.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when anything could not be read.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Json = False,
) -> int:
    """Make an index of news articles, or bring it up to date: only what changed is read again."""
    from dataclasses import asdict

    from index.build import sync
    from index.embed import load

    with console.progress_bar(quiet=quiet) as progress:
        report = sync(
            paths,
            folder or DEFAULT_INDEX,
            embedder=load(embedder) if embedder else None,
            only=only,
            progress=progress,
        )
    if as_json:
        _print_json(asdict(report))
    else:
        console.show_report(console.stdout(), report)
    return FAILED if strict and report.skipped else ANSWERED


@app.command(
    epilog=examples(
        "footnote ask 'What did the Taliban demand for a ceasefire?'",
        "footnote ask 'Who resigned?' --after 2021-07-01 --outlet BBC --outlet AFP",
        "footnote ask 'What did the Taliban offer last week?' --today 2021-07-21",
        "echo 'When did it happen?' | footnote ask - --history talk.json --json",
        "footnote ask 'Who resigned?' --model ollama/llama3.2",
        "footnote ask 'Who resigned?' --model NAME --api-base http://127.0.0.1:8000/v1 --strict-citations",
    )
)
def ask(
    question: Question,
    folder: IndexFolder = None,
    history: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='What was said before: a JSON list of ["user" or "assistant", TEXT].'),
    ] = None,
    after: After = None,
    before: Before = None,
    outlets: Outlets = None,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help='The day that "last week" counts from; the clock\'s when not given.')
    ] = None,
    no_read_filters: Annotated[
        bool, typer.Option("--no-read-filters", help="Read no dates and outlets from the question itself.")
    ] = False,
    no_reader: Annotated[
        bool, typer.Option("--no-reader", help="Choose sentences by likeness alone: a baseline, and worse.")
    ] = False,
    reranker: RerankerName = None,
    model: ModelName = None,
    api_base: ApiBase = None,
    fallback: Fallback = None,
    strict: Strict = False,
    as_json: Json = False,
) -> int:
    """Answer a question in sentences that are each tied to the exact words of a source."""
    import rag

    question = _question(question)
    said = _history(history) if history else []
    with opened(folder) as (archive, _), console.stderr().status("Looking in the archive"):
        answer = rag.answer(
            question, index=archive, history=said, after=after, before=before, outlets=outlets or (), today=today,
            read_filters=not no_read_filters, reader=not no_reader, reranker=reranker,
            model=model, api_base=api_base, fallback=fallback or (), strict_citations=strict,
        )  # fmt: skip
    if as_json:
        _print_json(answer.to_dict())
    else:
        console.show_answer(console.stdout(), answer)
    return REFUSED if answer.refused else ANSWERED


@app.command(
    epilog=examples(
        "footnote search 'ceasefire talks in Doha'",
        "footnote search bridge --limit 3 --before 2023-03-31 --json",
    )
)
def search(
    question: Question,
    folder: IndexFolder = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many passages at most.")] = DEFAULT_LIMIT,
    after: After = None,
    before: Before = None,
    outlets: Outlets = None,
    reranker: RerankerName = None,
    as_json: Json = False,
) -> None:
    """List the passages that are closest to a question, best first."""
    from dataclasses import asdict

    import rag

    question = _question(question)
    with opened(folder) as (archive, _), console.stderr().status("Looking in the archive"):
        hits = rag.search(
            question, index=archive, limit=limit, after=after, before=before, outlets=outlets or (), reranker=reranker
        )
    if as_json:
        _print_json({"question": question, "hits": [asdict(hit) for hit in hits]})
    else:
        console.show_hits(console.stdout(), hits)


@app.command(epilog=examples("footnote status", "footnote status --index archive --verify", "footnote status --json"))
def status(
    folder: IndexFolder = None,
    verify: Annotated[bool, typer.Option("--verify", help="Also check that the model still gives the same vectors.")] = False,
    as_json: Json = False,
) -> None:
    """Show what an index holds, how it was made, and what could not be read."""
    from ui.status import held

    with opened(folder) as (archive, sample):
        if verify:
            _ = archive.embedder  # the files' checksums were compared when it was opened; this compares the canaries
        found = held(archive, sample=sample, verified=verify)
    if as_json:
        _print_json(found)
    else:
        console.show_status(console.stdout(), found)


def known_language(language: str) -> None:
    """Raise UsageError for a language that the page has no words in."""
    from ui.texts import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"The page has no words in {language!r}.", next_step=f"--language {' or '.join(LANGUAGES)}")


@app.command(
    epilog=examples(
        "footnote chat",
        "footnote chat --index archive --port 8000 --no-browser",
        "footnote chat --model ollama/llama3.2",
        "footnote chat --read-only --language de",
    )
)
def chat(
    folder: IndexFolder = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=65535, help="Where to listen; the first free from 7860 when not given."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    reranker: RerankerName = None,
    model: ModelName = None,
    api_base: ApiBase = None,
    fallback: Fallback = None,
    strict: Strict = False,
    read_only: ReadOnly = False,
    language: Language = "en",
) -> None:
    """Open a page in the browser to ask questions on. It is served to this machine only; Ctrl-C ends it."""
    from ui.chat import free_port
    from ui.server import Serving, serve
    from ui.status import name_of

    known_language(language)
    if sys.stderr.isatty():
        console.note("Opening the archive; this takes a few seconds.")
    with opened(folder) as (archive, sample):
        serve(
            archive,
            name=name_of(archive, sample=sample),
            examples=SAMPLE_QUESTIONS if sample else None,
            serving=Serving(
                port=free_port(port), folder=Path(DEFAULT_INDEX) if sample else None, read_only=read_only, language=language
            ),
            open_browser=not no_browser and console.display_likely(),
            options={
                "reranker": reranker,
                "model": model,
                "api_base": api_base,
                "fallback": fallback or (),
                "strict_citations": strict,
            },
        )


@contextmanager
def opened(folder: Path | None) -> "Iterator[tuple[Index, bool]]":
    """Open the index asked for, or ./footnote-index, or the sample archive; and say whether it is the sample."""
    import rag

    sample = folder is None and not _present(Path(DEFAULT_INDEX))
    if sample:
        console.note(f"No index in ./{DEFAULT_INDEX}: answering from the sample archive. Index your own: footnote index FOLDER")
        with console.progress_bar() as progress:
            archive = rag.open(progress=progress)
    else:
        archive = rag.open(folder or DEFAULT_INDEX)
    try:
        yield archive, sample
    finally:
        archive.close()


def _present(folder: Path) -> bool:
    """Say whether a folder is or was an index; one that lost its CURRENT is damaged, and must not be passed over."""
    return (folder / "CURRENT").exists() or any(folder.glob("generations/*/manifest.json"))


def _question(argument: str) -> str:
    """Take the question as given, or from standard input as UTF-8; bytes that are none become U+FFFD."""
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip() if argument == "-" else argument


def _history(file: Path) -> list[tuple[str, str]]:
    """Read what was said before: a JSON list of [role, text] pairs or of {"role": ..., "content": ...} objects."""
    advice = """a file that holds [["user", "What happened?"], ["assistant", "This."]]"""
    try:
        turns = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"The history {str(file)!r} cannot be read: {reason}.", next_step=advice) from error
    except (ValueError, RecursionError) as error:  # RecursionError: lists in lists, a thousand deep
        raise UsageError(f"The history {str(file)!r} is not JSON: {error}.", next_step=advice) from error
    said = []
    for turn in turns if isinstance(turns, list) else [turns]:
        match turn:
            case [("user" | "assistant") as role, str(text)] | {
                "role": ("user" | "assistant") as role,
                "content": str(text),
            }:
                said.append((role, text))
            case _:
                raise UsageError(f"The history {str(file)!r} holds {json.dumps(turn)[:80]}.", next_step=advice)
    return said


def _print_json(found: dict[str, Any]) -> None:
    print(as_json(found), end="")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"footnote {version('footnote-qa')}")
        raise typer.Exit
