"""A server of one archive: in this process without sockets, or as `footnote serve` on a port of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.testclient import TestClient

from index.opened import Index
from ui.access import Access
from ui.guard import Guard
from ui.server import Serving, guarded, serviced
from ui.service import Service

BASE = "http://127.0.0.1:8080"
NO_PAGE = Serving(page=False, rate=0)


@contextmanager
def within(
    index: Index, serving: Serving = NO_PAGE, access: Access | None = None, **options: Any
) -> Iterator[tuple[TestClient, Service]]:
    """A client of a server in this process, and what it serves."""
    service = serviced(index, name="The Wend papers", serving=serving, options=options)  # type: ignore[arg-type]
    app: Guard = guarded(service, serving, access or Access())
    with TestClient(app, base_url=BASE, raise_server_exceptions=False, client=("127.0.0.1", 1)) as client:
        yield client, service


@dataclass(frozen=True)
class Process:
    """A server as a process of its own."""

    process: subprocess.Popen[str]
    url: str

    def stop(self, seconds: float = 20) -> tuple[int, str, str, float]:
        """Send SIGTERM; give the exit code, what it said, and how long it took."""
        began = time.monotonic()
        self.process.terminate()
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, err, time.monotonic() - began


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Process]:
    """`footnote serve` with these arguments, once it listens."""
    command = [sys.executable, "-m", "ui", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if " is at http" not in said:
            raise AssertionError(said, process.communicate(timeout=10))
        yield Process(process, said.split(" is at ")[1].split()[0].rstrip("/"))
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def events(response: httpx.Response) -> list[tuple[str, str]]:
    """The events of a stream: name and data of each; comments are passed over."""
    found = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields.get("event", "message"), fields["data"]))
    return found
