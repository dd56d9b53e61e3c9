"""The commands that serve an archive to others: over HTTP, over MCP, and a password for who may ask."""

import shlex
import sys
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import UsageError
from ui.commands import (
    DEFAULT_INDEX,
    SAMPLE_QUESTIONS,
    ApiBase,
    Fallback,
    IndexFolder,
    Language,
    ModelName,
    ReadOnly,
    RerankerName,
    Strict,
    app,
    examples,
    known_language,
    opened,
)

if TYPE_CHECKING:
    from rag.answer import Options

# As in ui.server, ui.line and ui.guard, which are not imported for them: that would load a web server for `--help`.
DEFAULT_HOST, DEFAULT_PORT, DEFAULT_WAITING, DEFAULT_RATE = "127.0.0.1", 8080, 16, 60


@app.command(
    epilog=examples(
        "footnote serve",
        "footnote serve --index archive --port 9000 --no-page",
        "footnote serve --host 0.0.0.0 --auth passwords --read-only",
        'FOOTNOTE_TOKEN="$(openssl rand -hex 32)" footnote serve --host 192.0.2.7 --model ollama/llama3.2',
        "footnote serve --token SECRET --allow-host news.example.org --proxy 127.0.0.1",
    )
)
def serve(
    folder: IndexFolder = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address of this machine to listen at.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Where to listen; 0 takes any.")] = DEFAULT_PORT,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET", envvar="FOOTNOTE_TOKEN", show_envvar=False,
            help="What every request has to carry; better in FOOTNOTE_TOKEN, which other users of this machine cannot see.",
        ),
    ] = None,
    auth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Names and hashed passwords, as `footnote password` makes them.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name this server is called by; may be given several times.")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A proxy in front, whose X-Forwarded-For is believed.")
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="N", min=0, help="Questions a minute that one client may ask; 0 is no limit.")
    ] = DEFAULT_RATE,
    queue: Annotated[int, typer.Option(metavar="N", min=0, help="How many questions may wait.")] = DEFAULT_WAITING,
    read_only: ReadOnly = False,
    language: Language = "en",
    no_page: Annotated[bool, typer.Option("--no-page", help="Serve programs only, without the page.")] = False,
    reranker: RerankerName = None,
    model: ModelName = None,
    api_base: ApiBase = None,
    fallback: Fallback = None,
    strict: Strict = False,
) -> None:  # fmt: skip
    """Serve an archive over HTTP: to people on a page, to programs in our own form and in OpenAI's. SIGTERM ends it."""
    from ui.server import Serving, admitted
    from ui.server import serve as run
    from ui.status import name_of

    serving = Serving(
        host=host, port=port, token=token, auth=auth, names=tuple(allow_host or ()), proxy=proxy, rate=rate, queue=queue,
        read_only=read_only, page=not no_page, language=language,
    )  # fmt: skip
    known_language(language)
    admitted(serving)  # before anything is opened
    if proxy is not None:
        known_address(proxy)
    with opened(folder) as (archive, sample):
        serving = replace(serving, folder=Path(DEFAULT_INDEX) if sample else None)
        run(
            archive,
            name=name_of(archive, sample=sample),
            examples=SAMPLE_QUESTIONS if sample else None,
            serving=serving,
            options=_options(reranker, model, api_base, fallback, strict),
        )


@app.command(epilog=examples("footnote mcp", "footnote mcp --index archive --model ollama/llama3.2"))
def mcp(
    folder: IndexFolder = None,
    reranker: RerankerName = None,
    model: ModelName = None,
    api_base: ApiBase = None,
    fallback: Fallback = None,
    strict: Strict = False,
) -> None:
    """Offer an archive to a program's language model as tools, over standard input and output (Model Context Protocol)."""
    from rag import rerank
    from ui.mcp_server import tools
    from ui.server import Serving, log_plainly, serviced
    from ui.status import name_of

    log_plainly()
    with opened(folder) as (archive, sample):
        _ = archive.embedder  # loaded now: a model that does not fit is this command's error
        rerank.ready(reranker)
        options = _options(reranker, model, api_base, fallback, strict)
        tools(serviced(archive, name=name_of(archive, sample=sample), serving=Serving(), options=options)).run("stdio")


def known_address(proxy: str) -> None:
    """Raise UsageError unless a proxy is given by its address: names are not looked up for every request."""
    try:
        ip_address(proxy)
    except ValueError as error:
        raise UsageError(f"--proxy {proxy!r} is no IP address.", next_step="footnote serve --proxy 127.0.0.1") from error


def _options(
    reranker: str | None, model: str | None, api_base: str | None, fallback: list[str] | None, strict: bool
) -> "Options":
    return {
        "reranker": reranker,
        "model": model,
        "api_base": api_base,
        "fallback": fallback or (),
        "strict_citations": strict,
    }


@app.command(
    epilog=examples(
        "footnote password ann >> passwords",
        "echo 'correct horse battery staple' | footnote password ann >> passwords",
    )
)
def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is for.")],
) -> None:
    """Hash a password, asked for or read from standard input, into a line for `footnote serve --auth FILE`."""
    from ui.access import hashed

    if sys.stdin.isatty():
        secret = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        try:
            secret = sys.stdin.buffer.read().decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UsageError("The password is not UTF-8.", next_step=f"footnote password {shlex.quote(name)}") from error
    print(hashed(name, secret))
