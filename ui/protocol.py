"""HTTP/1.1 as uvicorn reads it, with two things that it leaves open.

A request that cannot be read gets our error, and one that does not come keeps no connection.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ui.guard import ALWAYS, MAX_HEADERS
from ui.problems import encoded

FIRST_BYTES = 15.0  # seconds from a connection to its first whole head of a request
LARGEST_HEAD = 2 * MAX_HEADERS  # bytes that are held; more than the guard lets through, so that it can say so


class Protocol(H11Protocol):
    """One connection."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the first request has to be there in time."""
        super().connection_made(transport)
        self._late = self.loop.call_later(FIRST_BYTES, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say that a request cannot be read: it is no HTTP, or its headers are too large."""
        body = encoded(400, "The request cannot be read: it is no HTTP/1.1, or its headers are too large.")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = h11.Response(status_code=400, headers=[*headers, *ALWAYS], reason=b"Bad Request")
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _hang_up(self) -> None:
        request: object = self.cycle  # None before the first, whatever its type says
        if request is None and not self.transport.is_closing():
            self.transport.close()
