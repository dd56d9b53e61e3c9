"""What every request passes before anything else sees it, page and programs alike.

Access first; then who is meant (Host), who sends (Origin), how often, how much, and whether there is such a route at all. Every
response leaves with the same headers, refusals among them. What this does not do: TLS, and telling people apart.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.access import Access
from ui.metrics import Metrics
from ui.problems import encoded
from ui.rate import Rate, client_of

DEFAULT_RATE = 60  # questions a minute of one client
OTHERS = 20  # requests of other kinds for each question: a page is many files
TRIES = 10  # wrong passwords a minute of one client
MAX_HEADERS = 16 * 1024  # bytes of all headers and the address
MAX_BODY = 256 * 1024  # bytes of a question with its history
MAX_PAGE_BODY = 4 * 1024 * 1024  # bytes of what the page sends of itself
MAX_UPLOAD = 204 * 1024 * 1024  # bytes of one upload, where uploads are open at all: the page takes 200 MB, and says so
BODY_TIME = 10.0  # seconds in which a body has to come

PROGRAMS = re.compile(r"/(?:v1/.+|health|ready|metrics|openapi\.json|mcp)")
QUESTIONS = re.compile(r"/(?:v1/answer|v1/chat/completions|mcp|gradio_api/queue/join)")
# What Gradio's page asks for; its other fifty routes (file=, proxy=, run, info, monitoring, ...) are shut.
PAGE = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/(?:assets|static|svelte)/[\w./@~-]+"
    r"|/gradio_api/(?:queue/(?:join|data)|cancel|component_server/?|reset/?|startup-events/?|theme\.css|heartbeat/\w+)"
)
UPLOADS = re.compile(r"/gradio_api/upload(?:_progress)?")
LONG = re.compile(r"/gradio_api/(?:queue/data|heartbeat/\w+|upload_progress)")  # open as long as the page is

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Gradio's page has scripts in its HTML, makes functions of strings, and sets styles; nothing comes from elsewhere.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_OURS = {name for name, _ in ALWAYS} | {b"content-security-policy", b"server"}
_FORWARDED = re.compile(rb"x-forwarded-.*|forwarded|x-real-ip")

_log = logging.getLogger("footnote")


@dataclass(frozen=True)
class Rules:
    """What a guard goes by."""

    access: Access = field(default_factory=Access)
    host: str = "127.0.0.1"  # where the server listens
    names: Sequence[str] = ()  # further names that it is called by
    rate: float = DEFAULT_RATE
    page: bool = True
    uploads: bool = False
    proxy: str | None = None  # the address whose X-Forwarded-For is believed


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, message: str, *, why: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.why, self.headers = status, message, why, tuple(headers)


class Guard:
    """An application behind its rules."""

    def __init__(self, app: ASGIApp, rules: Rules, metrics: Metrics, stopped: Callable[[], bool] = lambda: False) -> None:
        self._app, self._rules, self._metrics, self._stopped = app, rules, metrics, stopped
        self._questions, self._others, self._tries = Rate(rules.rate), Rate(rules.rate * OTHERS), Rate(TRIES)
        self._loopback = is_loopback(rules.host)
        self._names = {"localhost", rules.host.lower(), *(name.lower() for name in rules.names)}
        if not self._loopback:
            self._names |= {socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        begun = False
        status = 500

        async def answered(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                message["headers"] = self._headers(scope["path"], message.get("headers", ()))
            await send(message)

        try:
            receive = await self._passed(scope, receive)
            await self._app(scope, receive, answered)
        except Refused as refused:
            self._metrics.refused(refused.why)
            await _respond(answered, refused)
        except Exception:
            _log.exception("A request failed.")
            if not begun:
                await _respond(answered, Refused(500, "Something went wrong here.", why="error"))
        finally:
            self._metrics.requested(_route(scope["path"]), status)

    async def _passed(self, scope: Scope, receive: Receive) -> Receive:
        """Let a request through, with its body read and counted. Raises Refused."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        client = self._client(scope, headers)
        await self._allowed(headers.get(b"authorization"), client)
        size = (
            len(scope["raw_path"])
            + len(scope["query_string"])
            + sum(len(name) + len(value) for name, value in scope["headers"])
        )
        if size > MAX_HEADERS:
            raise Refused(400, f"The headers have {size} bytes; at most {MAX_HEADERS} are read.", why="size")
        path, method = scope["path"], scope["method"]
        self._meant(headers, followed=method in ("GET", "HEAD") and headers.get(b"sec-fetch-mode") == b"navigate")
        asks = method == "POST" and QUESTIONS.fullmatch(path)
        if after := (self._questions if asks else self._others).take(client):
            raise _later(after, "You ask more often than this server allows.", "rate")
        if not (PROGRAMS.fullmatch(path) or (self._rules.page and PAGE.fullmatch(path)) or self._uploads(path)):
            raise Refused(404, "There is nothing at this address.", why="route")
        if self._rules.proxy is None:
            scope["headers"] = [(name, value) for name, value in scope["headers"] if not _FORWARDED.fullmatch(name)]
        if LONG.fullmatch(path) or (method == "GET" and path == "/mcp"):
            return self._until_stopped(receive)
        return receive if method in ("GET", "HEAD") else await self._body(path, method, headers, receive)

    async def _allowed(self, header: bytes | None, client: str) -> None:
        access = self._rules.access
        right = access.quick(header)
        if right is None and header is not None:
            if after := self._tries.take(client):
                raise _later(after, "Too many wrong passwords.", "access")
            if right := await access.slow(header):
                self._tries.give_back(client)
        if not right:
            asked = (b"www-authenticate", b'Basic realm="Footnote", charset="UTF-8"')
            raise Refused(401, "This archive asks for a token or a password.", why="access", headers=[asked])

    def _meant(self, headers: dict[bytes, bytes], *, followed: bool) -> None:
        """Raise Refused unless we are called by a name of ours, and not by another site's page, but for a link `followed`.

        A name that points here without our knowing is how a foreign page reaches a server at home (DNS rebinding). Addresses
        in figures cannot be pointed elsewhere.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        name = _name(host)
        if not (name in self._names or _is_address(name, loopback=self._loopback)):
            raise Refused(
                421, f"This server is not called {name or 'nothing'!r}; start it with --allow-host to say so.", why="host"
            )
        origin = headers.get(b"origin", b"").decode("latin-1")
        foreign = origin and _site(origin) != host.lower()
        if foreign or (headers.get(b"sec-fetch-site") == b"cross-site" and not followed):
            raise Refused(403, "Pages of other sites may not ask here.", why="origin")

    async def _body(self, path: str, method: str, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        upload = self._uploads(path)
        most = MAX_UPLOAD if upload else MAX_BODY if PROGRAMS.fullmatch(path) else MAX_PAGE_BODY
        declared = headers.get(b"content-length", b"0")
        too_large = Refused(413, f"The body is larger than the {most} bytes that are read.", why="size")
        if not declared.isdigit():
            raise Refused(400, "Content-Length is no number.", why="size")
        if int(declared[:20]) > most:
            raise too_large
        if upload:
            if b"content-length" not in headers or b"transfer-encoding" in headers:
                raise Refused(411, "An upload has to say how large it is.", why="size")
            return receive  # a stream, held to its length by HTTP itself
        if method == "POST" and headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Refused(415, "The body has to be declared as Content-Type: application/json.", why="type")
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(BODY_TIME):
                while (message := await receive())["type"] == "http.request":
                    parts.append(message.get("body", b""))
                    if sum(map(len, parts)) > most:
                        raise too_large
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            raise Refused(408, f"The body did not come within {BODY_TIME:g} s.", why="size") from None
        whole: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        return again

    def _until_stopped(self, receive: Receive) -> Receive:
        """Make a page that is only listening look gone when the server stops; else it would be waited for."""

        async def heard() -> Message:
            listening = asyncio.ensure_future(receive())
            while not self._stopped():
                done, _ = await asyncio.wait([listening], timeout=0.25)
                if done:
                    return listening.result()
            listening.cancel()
            return {"type": "http.disconnect"}

        return heard

    def _uploads(self, path: str) -> bool:
        return self._rules.page and self._rules.uploads and UPLOADS.fullmatch(path) is not None

    def _client(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        address = scope["client"][0] if scope.get("client") else ""
        if self._rules.proxy is not None and address == self._rules.proxy:
            address = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip() or address
        return client_of(address)

    def _headers(self, path: str, headers: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        page = self._rules.page and not PROGRAMS.fullmatch(path)
        kept = [
            (name, value)
            for name, value in headers
            if name.lower() not in _OURS and not name.lower().startswith(b"access-control-")
        ]
        if not page and not any(name.lower() == b"cache-control" for name, _ in kept):
            kept.append((b"cache-control", b"no-store"))
        return [*kept, *ALWAYS, (b"content-security-policy", (_PAGE_POLICY if page else _NOTHING).encode())]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; a name counts by all that it stands for.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, False, False)
    """
    if not host:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        return all(ip_address(str(found[4][0])).is_loopback for found in socket.getaddrinfo(host, None))
    except OSError:
        return False


def _site(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _name(host: str) -> str:
    """The name of a Host header, without its port."""
    name, colon, port = host.strip().lower().rpartition(":")
    name = name if colon and port.isdigit() else host.strip().lower()
    return name.removeprefix("[").removesuffix("]").removesuffix(".")


def _is_address(name: str, *, loopback: bool) -> bool:
    try:
        found = ip_address(name)
    except ValueError:
        return False
    return found.is_loopback or not loopback


def _route(path: str) -> str:
    """A path as it is counted: articles and files by their kind, so that there are few."""
    if not PROGRAMS.fullmatch(path):
        return "page"
    return (
        "/v1/articles"
        if path.startswith("/v1/articles/")
        else path
        if QUESTIONS.fullmatch(path) or path.count("/") == 1
        else "/v1"
    )


def _later(after: int, message: str, why: str) -> Refused:
    return Refused(429, message, why=why, headers=[(b"retry-after", str(after).encode())])


async def _respond(send: Send, refused: Refused) -> None:
    body = encoded(refused.status, refused.message)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *refused.headers]
    if refused.status in (400, 408, 411, 413):
        headers.append((b"connection", b"close"))  # a body that was not read to its end stands in the way of what follows
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
