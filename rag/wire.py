"""HTTP whose every wait ends at a deadline of ours, and which remembers what the server said.

A provider's library times each read, so one byte every five seconds never times out; and it tells failures apart by names of
its own. Here each wait for the network is cut to the time that is left, and status, `Retry-After` and broken connections are
noted as they come. It knows nothing of models. Proxies come from the environment, never for this machine's own addresses.
"""

import ipaddress
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

MAX_BODY = 4_000_000  # bytes of one reply; a whole answer has a few thousand
_LEAST_WAIT = 0.001


class Deadline:
    """A moment that moves on as words come in, and never past the end of the whole answer. One call, one deadline."""

    def __init__(self, first: float, silence: float, ends: float) -> None:
        self.first, self.silence, self.ends = first, silence, ends
        self._until = ends

    def begin(self) -> None:
        """Note that the request goes out: what a library does before is not the server's time."""
        self._until = min(monotonic() + self.first, self.ends)

    def progress(self) -> None:
        """Note that a word came."""
        self._until = min(monotonic() + self.silence, self.ends)

    def left(self) -> float:
        """Seconds left; none or less when it has passed."""
        return self._until - monotonic()


class Wire(httpx.BaseTransport):
    """One call's connections. `status`, `retry_after` and `error` say what happened on them."""

    def __init__(self, deadline: Deadline, connect: float) -> None:
        self.status: int | None = None
        self.retry_after: str | None = None
        self.error: Exception | None = None
        self._deadline, self._backend = deadline, _Backend(deadline, connect)
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx's errors."""
        self._deadline.begin()
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            found = self._pool(request.url).handle_request(asked)
        except Exception as error:
            raise self._noted(error) from error
        self.status = found.status
        headers = httpx.Headers(found.headers)
        self.retry_after = headers.get("retry-after")
        return httpx.Response(found.status, headers=headers, stream=_Body(found, self), extensions=found.extensions)

    def close(self) -> None:
        """Let go of every connection."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = _proxy(url)
        if proxy not in self._pools:
            context = _tls() if url.scheme == "https" or (proxy or "").startswith("https") else None
            if proxy is None:
                self._pools[proxy] = httpcore.ConnectionPool(
                    ssl_context=context, max_keepalive_connections=0, network_backend=self._backend
                )
            else:
                parts = urlsplit(proxy)
                signed = (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None
                self._pools[proxy] = httpcore.HTTPProxy(
                    f"{parts.scheme}://{parts.hostname}:{parts.port or 8080}", proxy_auth=signed, ssl_context=context,
                    max_keepalive_connections=0, network_backend=self._backend,
                )  # fmt: skip
        return self._pools[proxy]

    def _noted(self, error: Exception) -> Exception:
        self.error = error
        kinds = (
            (httpcore.ConnectTimeout, httpx.ConnectTimeout), (httpcore.TimeoutException, httpx.ReadTimeout),
            (httpcore.ConnectError, httpx.ConnectError), (httpcore.ProtocolError, httpx.RemoteProtocolError),
            (httpcore.NetworkError, httpx.ReadError),
        )  # fmt: skip
        return next((theirs(str(error)) for ours, theirs in kinds if isinstance(error, ours)), error)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, wire: Wire) -> None:
        self._response, self._wire = response, wire

    def __iter__(self) -> Iterator[bytes]:
        total = 0
        try:
            for part in self._response.iter_stream():
                total += len(part)
                if total > MAX_BODY:
                    raise httpcore.ProtocolError(f"more than {MAX_BODY:,} bytes")
                yield part
        except Exception as error:
            raise self._wire._noted(error) from error

    def close(self) -> None:
        self._response.close()


class _Backend(httpcore.NetworkBackend):
    """The system's sockets, with every wait cut to what a deadline leaves."""

    def __init__(self, deadline: Deadline, connect: float) -> None:
        self._deadline, self._connect = deadline, connect
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        ends = monotonic() + min(self._connect, max(self._deadline.left(), _LEAST_WAIT))
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses(host, port, ends - monotonic()):
            left = ends - monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout("timed out")
            try:
                stream = self._sockets.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
                continue
            return _Stream(stream, self._deadline)
        raise problem


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline.left()
        if left <= 0:
            raise httpcore.ReadTimeout("timed out")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def addresses(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host. Raises httpcore's ConnectTimeout when the look-up takes longer, ConnectError when it fails.

    A look-up cannot be stopped: it is left to end by itself, in a thread of its own.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []
    problem: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            problem.append(error)

    thread = threading.Thread(target=look_up, daemon=True, name="footnote-look-up")
    thread.start()
    thread.join(max(seconds, 0))
    if thread.is_alive():
        raise httpcore.ConnectTimeout(f"looking up {host} timed out")
    if problem:
        raise httpcore.ConnectError(str(problem[0]))
    return list(dict.fromkeys(found))


def _proxy(url: httpx.URL) -> str | None:
    if url.host == "localhost" or urllib.request.proxy_bypass(url.host):
        return None
    try:
        if ipaddress.ip_address(url.host).is_loopback:
            return None
    except ValueError:
        pass
    found = urllib.request.getproxies()
    proxy = found.get(url.scheme) or found.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
