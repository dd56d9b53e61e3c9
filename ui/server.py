"""The server: the archive over HTTP with the page on it, until it is told to stop.

What is served is put together here; what a route says is in `ui/http_api.py`, `ui/openai_api.py` and `ui/mcp_server.py`,
and who may ask it in `ui/guard.py`.
"""

import asyncio
import os
import signal
import socket
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from index.errors import FootnoteError
from rag import reader
from ui.http_api import application
from ui.line import DEFAULT_WAITING, GRACE, Line
from ui.metrics import Metrics
from ui.service import Service
from ui.words import line

if TYPE_CHECKING:
    import fastapi

    from index.opened import Index
    from rag.answer import Options

HOST = "127.0.0.1"
DEFAULT_PORT = 8080
WITH_A_MODEL = 16  # answers at once: they mostly wait for it
LATEST = GRACE + 1.5  # seconds after which connections are cut


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how an archive is served."""

    host: str = HOST
    port: int = DEFAULT_PORT
    queue: int = DEFAULT_WAITING
    page: bool = True


def serve(
    index: "Index",
    *,
    name: str,
    serving: Serving,
    examples: Sequence[str] | None = None,
    options: "Options | None" = None,
    open_browser: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; the address goes to stdout."""
    # Loaded now: a model that does not fit, or a damaged file, is this command's error and not the first question's.
    _ = index.embedder
    reader.load()
    service = serviced(index, name=name, serving=serving, options=options)
    app = whole(service, serving, examples=examples)
    listener = listening(serving)
    config = uvicorn.Config(
        app, log_config=None, log_level="critical", access_log=False, server_header=False, ws="none", http="h11",
        timeout_graceful_shutdown=int(LATEST), proxy_headers=False, lifespan="on",
    )  # fmt: skip
    url = f"http://{_written(serving.host)}:{listener.getsockname()[1]}/"
    print(f"{line(name)} is at {url} (Ctrl-C ends it)", flush=True)
    if open_browser:
        webbrowser.open(url)
    Server(config, service.line).run(sockets=[listener])


def serviced(index: "Index", *, name: str, serving: Serving, options: "Options | None" = None) -> Service:
    """An open archive with its line and its figures."""
    asked: Options = options or {}
    at_once = WITH_A_MODEL if asked.get("model") else os.cpu_count() or 1
    metrics = Metrics()
    service = Service(index, name, asked, Line(at_once=at_once, waiting=serving.queue), metrics)
    metrics.watch("footnote_answering", "Questions being answered.", lambda: service.line.busy)
    metrics.watch("footnote_waiting", "Questions waiting in line.", lambda: service.line.waiting)
    return service


def whole(service: Service, serving: Serving, *, examples: Sequence[str] | None = None) -> "fastapi.FastAPI":
    """All routes of a server."""
    app = application(service)
    if serving.page:
        from ui import chat

        blocks = chat.page(service.index, name=service.name, examples=examples, options=service.options)
        chat.mount(app, blocks)
    return app


def listening(serving: Serving) -> socket.socket:
    """Take the address to listen on. Raises FootnoteError when it is taken or none of this machine's."""
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((serving.host, serving.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise FootnoteError(
            f"Port {serving.port} at {serving.host} is taken or not allowed.", next_step="footnote serve --port 8000"
        ) from error
    return listener


class Server(uvicorn.Server):
    """uvicorn's server, which tells the line to stop when it is told itself. SIGTERM is a normal end."""

    def __init__(self, config: uvicorn.Config, in_line: Line) -> None:
        super().__init__(config)
        self._line = in_line
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        super().handle_exit(sig, frame)
        if sig == signal.SIGTERM:
            self._captured_signals.remove(sig)  # or it is raised once more at the end, and the exit code is no 0
        if self._loop is not None and not self._line.stopped:
            self._loop.call_soon_threadsafe(self._line.stop)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
