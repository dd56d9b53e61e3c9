"""The commands that serve an archive to others: over HTTP, over MCP, and a password for who may ask."""

from typing import Annotated

import typer

from ui.commands import (
    SAMPLE_QUESTIONS,
    ApiBase,
    Fallback,
    IndexFolder,
    ModelName,
    Strict,
    app,
    examples,
    opened,
)

# As in ui.server and ui.line, which are not imported for them: that would load a web server for `--help`.
DEFAULT_HOST, DEFAULT_PORT, DEFAULT_WAITING = "127.0.0.1", 8080, 16


@app.command(
    epilog=examples(
        "footnote serve",
        "footnote serve --index archive --port 9000 --no-page",
    )
)
def serve(
    folder: IndexFolder = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address of this machine to listen at.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Where to listen; 0 takes any.")] = DEFAULT_PORT,
    queue: Annotated[int, typer.Option(metavar="N", min=0, help="How many questions may wait.")] = DEFAULT_WAITING,
    no_page: Annotated[bool, typer.Option("--no-page", help="Serve programs only, without the page.")] = False,
    model: ModelName = None,
    api_base: ApiBase = None,
    fallback: Fallback = None,
    strict: Strict = False,
) -> None:
    """Serve an archive over HTTP: to people on a page, to programs in our own form and in OpenAI's. SIGTERM ends it."""
    from ui.server import Serving
    from ui.server import serve as run
    from ui.status import name_of

    with opened(folder) as (archive, sample):
        run(
            archive,
            name=name_of(archive, sample=sample),
            examples=SAMPLE_QUESTIONS if sample else None,
            serving=Serving(host=host, port=port, queue=queue, page=not no_page),
            options={"model": model, "api_base": api_base, "fallback": fallback or (), "strict_citations": strict},
        )
