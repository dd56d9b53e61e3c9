"""The server: the archive over HTTP with the page on it, until it is told to stop.

What is served is put together here; what a route says is in `ui/http_api.py`, `ui/openai_api.py` and `ui/mcp_server.py`,
and who may ask it in `ui/guard.py`.
"""

import asyncio
import errno
import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from index.errors import FootnoteError, UsageError
from rag import reader, rerank
from ui import mcp_server, openai_api
from ui.access import Access, read_passwords
from ui.guard import DEFAULT_RATE, Guard, Rules, is_loopback
from ui.http_api import application, close_other_methods
from ui.line import DEFAULT_WAITING, GRACE, Line
from ui.metrics import Metrics
from ui.protocol import LARGEST_HEAD, Protocol
from ui.service import Service
from ui.words import line

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.opened import Index
    from rag.answer import Options

HOST = "127.0.0.1"
DEFAULT_PORT = 8080
WITH_A_MODEL = 16  # answers at once: they mostly wait for it
UPLOADING = {"file", "uploadbutton", "multimodaltextbox"}  # components of Gradio's that need its upload route
LOOK_EVERY = 5.0  # seconds between looks for a newer index
LATEST = GRACE + 1.5  # seconds after which connections are cut


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how an archive is served."""

    host: str = HOST
    port: int = DEFAULT_PORT
    token: str | None = None
    auth: Path | None = None  # a password file
    names: tuple[str, ...] = ()  # that the server is called by, beside its address
    proxy: str | None = None  # the address whose X-Forwarded-For is believed
    rate: float = DEFAULT_RATE  # questions a minute of one client; 0 is no limit
    queue: int = DEFAULT_WAITING  # questions that wait
    at_once: int | None = None  # questions that are answered; as many as suit the machine when not given
    read_only: bool = False  # whether nobody may add or remove articles, or judge answers
    page: bool = True
    folder: Path | None = None  # where the page writes what readers add; the index's own when not given
    language: str = "en"  # of the page


def serve(
    index: "Index",
    *,
    name: str,
    serving: Serving,
    examples: Sequence[str] | None = None,
    options: "Options | None" = None,
    open_browser: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; the address goes to stdout.

    Raises UsageError for an address that others reach without a token or passwords.
    """
    access = admitted(serving)
    log_plainly()
    # Loaded now: a model that does not fit, or a damaged file, is this command's error and not the first question's.
    _ = index.embedder
    reader.load()
    rerank.ready((options or {}).get("reranker"))
    service = serviced(index, name=name, serving=serving, options=options)
    app = guarded(service, serving, access, examples=examples)
    listener = listening(serving)
    url = _url(serving, listener)

    def started() -> None:
        print(f"{line(name)} is at {url} (Ctrl-C ends it)", flush=True)
        if open_browser:
            webbrowser.open(url)

    with _following(service):
        Server(_config(app), service.line, started).run(sockets=[listener])


@contextmanager
def background(
    index: "Index",
    *,
    name: str,
    serving: Serving,
    examples: Sequence[str] | None = None,
    options: "Options | None" = None,
) -> Iterator[str]:
    """Serve in a thread of this process, for as long as the block runs; gives the address. Raises as `serve` does."""
    access = admitted(serving)
    service = serviced(index, name=name, serving=serving, options=options)
    listener, up = listening(serving), threading.Event()
    server = Server(_config(guarded(service, serving, access, examples=examples)), service.line, up.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="footnote-server")
    thread.start()
    try:
        while thread.is_alive() and not up.wait(0.1):
            pass
        with _following(service):
            yield _url(serving, listener)
    finally:
        server.handle_exit(signal.SIGINT, None)
        thread.join()


@contextmanager
def _following(service: Service) -> Iterator[None]:
    end = threading.Event()

    def look() -> None:
        while not end.wait(LOOK_EVERY):
            service.follow()

    thread = threading.Thread(target=look, name="newer-index", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _config(app: Guard) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, log_level="critical", access_log=False, server_header=False, ws="none", http=Protocol,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_graceful_shutdown=int(LATEST), proxy_headers=False, lifespan="on",
    )  # fmt: skip


def _url(serving: Serving, listener: socket.socket) -> str:
    host = f"[{serving.host}]" if ":" in serving.host else serving.host
    return f"http://{host}:{listener.getsockname()[1]}/"


def serviced(index: "Index", *, name: str, serving: Serving, options: "Options | None" = None) -> Service:
    """An open archive with its line and its figures."""
    asked: Options = options or {}
    at_once = serving.at_once or (WITH_A_MODEL if asked.get("model") else os.cpu_count() or 1)
    metrics = Metrics()
    service = Service(index, name, asked, Line(at_once=at_once, waiting=serving.queue), metrics, serving.folder)
    metrics.watch("footnote_answering", "Questions being answered.", lambda: service.line.busy)
    metrics.watch("footnote_waiting", "Questions waiting in line.", lambda: service.line.waiting)
    return service


def log_plainly() -> None:
    """Let what goes wrong in here go to stderr, before a library sets up a log of its own."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def admitted(serving: Serving) -> Access:
    """Who may ask. Raises UsageError when others could and nobody is asked who they are."""
    access = Access(serving.token, read_passwords(serving.auth) if serving.auth else None)
    if not access.demanded and not is_loopback(serving.host):
        raise UsageError(
            f"{serving.host!r} is reached from other machines, and neither a token nor a password would be asked for.",
            next_step=f'footnote serve --host {serving.host or "ADDRESS"} --token "$(openssl rand -hex 32)"',
        )
    return access


def guarded(service: Service, serving: Serving, access: Access, *, examples: Sequence[str] | None = None) -> Guard:
    """All routes of a server, behind its rules."""
    app = application(service)
    openai_api.add_to(app, service)
    mcp_server.add_to(app, mcp_server.tools(service))
    uploads = _in_a_loop(lambda: _add_page(app, service, serving, examples)) if serving.page else False
    rules = Rules(
        access=access, host=serving.host, names=serving.names, rate=serving.rate, page=serving.page, uploads=uploads,
        proxy=serving.proxy,
    )  # fmt: skip
    return Guard(app, rules, service.metrics, lambda: service.line.stopped)


def _add_page(app: "FastAPI", service: Service, serving: Serving, examples: Sequence[str] | None) -> bool:
    """Put the page at the root, and say whether files may be sent to it."""
    from ui import chat

    blocks = chat.page(
        service.index, name=service.name, examples=examples, options=service.options, folder=serving.folder,
        read_only=serving.read_only, language=serving.language, service=service,
    )  # fmt: skip
    close_other_methods(app)
    chat.mount(app, blocks)
    return not serving.read_only and any(block.get_block_name() in UPLOADING for block in blocks.blocks.values())


def _in_a_loop(make: Callable[[], bool]) -> bool:
    """Call in a running event loop: where none runs Gradio makes some, and leaves them open."""

    async def made() -> bool:
        return make()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(made())
    return make()


def listening(serving: Serving) -> socket.socket:
    """Take the address to listen on. Raises FootnoteError when it is taken or none of this machine's."""
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((serving.host, serving.port))
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, socket.gaierror) or getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
            raise FootnoteError(
                f"{serving.host!r} is no address of this machine.", next_step="footnote serve --host 127.0.0.1"
            ) from error
        raise FootnoteError(
            f"Port {serving.port} at {serving.host} is taken or not allowed.", next_step="footnote serve --port 8000"
        ) from error
    return listener


class Server(uvicorn.Server):
    """uvicorn's server, which tells the line to stop when it is told itself. SIGTERM is a normal end."""

    def __init__(self, config: uvicorn.Config, in_line: Line, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._line, self._told = in_line, started
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._told()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        super().handle_exit(sig, frame)
        if sig == signal.SIGTERM:
            self._captured_signals.remove(sig)  # or it is raised once more at the end, and the exit code is no 0
        if self._loop is not None and not self._line.stopped:
            self._loop.call_soon_threadsafe(self._line.stop)
