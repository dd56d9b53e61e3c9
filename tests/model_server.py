"""A language-model server that does as it is told, in the form of OpenAI's, on real sockets of this machine.

    with ModelServer(says("The bridge closed. [1.1]")) as server:
        rag.answer(question, index=index, model="made", api_base=server.url)
    server.asked[0]["messages"]

What it does with a request is a behaviour: a function of the request (the JSON that was sent, parsed) and the connection.
`says` streams a reply; `FAULTS` are twenty ways of failing, by name; `in_turn` takes one behaviour for each request and stays
with the last; `by_request` chooses by what is asked. Nothing here knows Footnote. `open` counts connections that still stand.
"""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Request = Mapping[str, Any]
Behaviour = Callable[[Request, "Connection"], None]


class Connection:
    """One request's connection, to be written to byte by byte."""

    def __init__(self, sock: socket.socket, stopped: threading.Event, path: str, headers: Mapping[str, str]) -> None:
        self.socket, self.stopped, self.path, self.headers = sock, stopped, path, headers

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send status and headers; the body ends when the connection does."""
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def body(self, status: int, text: str | bytes, kind: str = "application/json", **headers: str) -> None:
        """Send a whole response."""
        data = text.encode() if isinstance(text, str) else text
        self.head(status, kind, Content_Length=str(len(data)), **headers)
        self.send(data)

    def event(self, data: object) -> None:
        """Send one server-sent event."""
        self.send(f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode())

    def wait(self, seconds: float) -> bool:
        """Wait, and say whether the other side is still there; ends early when the server stops."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and not self.stopped.is_set():
            if select.select([self.socket], [], [], min(left, 0.05))[0] and not self.socket.recv(1024):
                return False
        return not self.stopped.is_set()

    def reset(self) -> None:
        """Break the connection off as a crash does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class ModelServer:
    """Serves one behaviour, in a thread for each connection, until it is left."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[Request] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.open = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._threads: list[threading.Thread] = []

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"{self.host}/v1"

    def __enter__(self) -> "ModelServer":
        self._accepting = threading.Thread(target=self._accept, name="model-server")
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in [self._accepting, *self._threads]:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="model-server")
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with self._lock:
            self.open += 1
        try:
            sock.settimeout(30)
            path, headers, body = _read(sock)
            request = json.loads(body or b"{}")
            with self._lock:
                self.asked.append(request)
                self.paths.append(path)
                self.keys.append(headers.get("authorization"))
            self.behaviour(request, Connection(sock, self._stopped, path, headers))
        except (OSError, ValueError):
            pass  # the other side went away
        finally:
            sock.close()
            with self._lock:
                self.open -= 1


def _read(sock: socket.socket) -> tuple[str, dict[str, str], bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _received(sock)
    return first.split()[1], headers, body


def _received(sock: socket.socket) -> bytes:
    if part := sock.recv(65536):
        return part
    raise OSError("the other side went away before it had asked")


def chunk(content: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A piece of a reply as OpenAI's servers stream it."""
    delta = {} if content is None else {"content": content}
    return {
        "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "made",
        "choices": [{"index": 0, "delta": delta | more, "finish_reason": finish}],
    }  # fmt: skip


def pieces(text: str) -> Iterator[str]:
    """A reply in pieces as tokens come: a word with the space before it, and now and then half a word."""
    for number, word in enumerate(text.split(" ")):
        whole = (" " if number else "") + word
        if number % 5 == 3 and len(whole) > 3:
            yield whole[:3]
            whole = whole[3:]
        yield whole


def says(text: str | Callable[[Request], str], *, pause: float = 0.0, before: float = 0.0, finish: str = "stop") -> Behaviour:
    """Stream a reply, or what a function makes of the request."""

    def behave(request: Request, connection: Connection) -> None:
        reply = text if isinstance(text, str) else text(request)
        if before and not connection.wait(before):
            return
        if not request.get("stream"):
            message = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": reply}}
            usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
            body = {"id": "1", "object": "chat.completion", "created": 1, "model": "made", "choices": [message], "usage": usage}
            connection.body(200, json.dumps(body))
            return
        connection.head()
        for piece in pieces(reply):
            connection.event(chunk(piece))
            if pause and not connection.wait(pause):
                return
        connection.event(chunk(finish=finish))
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        connection.event(chunk() | {"choices": [], "usage": usage})
        connection.event("[DONE]")

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour for each request, the last for all that follow."""
    left = list(behaviours)
    lock = threading.Lock()

    def behave(request: Request, connection: Connection) -> None:
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(request, connection)

    return behave


def cut(text: str, at: float) -> Behaviour:
    """Stream the share `at` of a reply's bytes and close the connection, at 1 just before the word that ends it."""

    def behave(_: Request, connection: Connection) -> None:
        connection.head()
        stream = b"".join(f"data: {json.dumps(chunk(piece))}\n\n".encode() for piece in pieces(text))
        connection.send(stream[: int(len(stream) * at)])

    return behave


def fails(status: int, **headers: str) -> Behaviour:
    """Refuse with a status."""
    return lambda _, connection: connection.body(
        status, json.dumps({"error": {"message": "scripted", "code": status}}), **headers
    )


def _events(*events: object) -> Behaviour:
    def behave(_: Request, connection: Connection) -> None:
        connection.head()
        for event in events:
            connection.event(event)
        connection.event("[DONE]")

    return behave


def _silent(_: Request, connection: Connection) -> None:
    connection.wait(600)


def _silent_after_words(_: Request, connection: Connection) -> None:
    connection.head()
    connection.event(chunk("The bridge"))
    connection.wait(600)


def _dribble(_: Request, connection: Connection) -> None:
    """One byte at a time, each well within any timeout of a single read."""
    connection.head()
    for byte in f"data: {json.dumps(chunk('The bridge closed on Monday.'))}\n\n".encode() * 1000:
        connection.send(bytes([byte]))
        if not connection.wait(DRIBBLE):
            return


def _keep_alive(_: Request, connection: Connection) -> None:
    """Comments that keep a connection alive and say nothing."""
    connection.head()
    while connection.wait(DRIBBLE):
        connection.send(b": still thinking\n\n")


def _resets(_: Request, connection: Connection) -> None:
    connection.head()
    connection.event(chunk("The bridge"))
    connection.reset()


def _ten_megabytes(_: Request, connection: Connection) -> None:
    connection.head()
    for _ in range(1250):
        connection.event(chunk("word " * 1600))


def _bad_utf8(_: Request, connection: Connection) -> None:
    connection.head()
    connection.send(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe\xc3("}}]}\n\n')


def _truncated(_: Request, connection: Connection) -> None:
    connection.head()
    connection.send(b'data: {"id": "1", "choices": [{"index": 0, "delta": {"content": "The br\n\ndata: [DONE]\n\n')


def _unknown_events(_: Request, connection: Connection) -> None:
    connection.head()
    connection.send(
        b"event: surprise\ndata: 42\n\nevent: other\nid: 7\nretry: 10\ndata: [1, 2]\n\ndata: null\n\ndata: [DONE]\n\n"
    )


DRIBBLE = 0.05  # seconds between bytes
_CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "delete_all", "arguments": "{}"}}
FAULTS: dict[str, Behaviour] = {
    "accepts and is silent": _silent,
    "silent after two words": _silent_after_words,
    "a byte now and then": _dribble,
    "comments only": _keep_alive,
    "cut before a word": cut("The bridge closed. [1.1]", 0),
    "cut in the middle": cut("The bridge closed on Monday. [1.1] It is old. [1.2]", 0.5),
    "cut at the end": cut("The bridge closed on Monday. [1.1] It is old. [1.2]", 1),
    "reset": _resets,
    "429": fails(429),
    "429 with Retry-After": fails(429, Retry_After="0.01"),
    "500": fails(500),
    "401": fails(401),
    "HTML with status 200": lambda _, c: c.body(200, "<html><body>Welcome to the proxy</body></html>", "text/html"),
    "truncated JSON": _truncated,
    "empty choices": _events(chunk() | {"choices": []}),
    "null content": _events(chunk() | {"choices": [{"index": 0, "delta": {"content": None}, "finish_reason": "stop"}]}),
    "wrong types": _events(
        {"id": 1, "choices": "none"}, {"choices": [{"delta": [1, 2], "finish_reason": {}}]}, chunk({"a": 1}), chunk(7)
    ),
    "bad UTF-8": _bad_utf8,
    "ten megabytes": _ten_megabytes,
    "a tool call": _events(chunk(tool_calls=[_CALL]), chunk(finish="tool_calls")),
    "unknown events": _unknown_events,
}
