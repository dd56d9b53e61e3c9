"""The server as a process: what is no request, the page behind the guard, and an end that leaves nobody without a word."""

import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from served import NO_PAGE, running, within
from test_ui_guard import HEADERS, QUESTION

from index.opened import Index


@pytest.fixture(scope="module")
def page(papers: Index) -> Iterator[str]:
    with running("--index", str(papers.folder), "--rate", "0", FOOTNOTE_TOKEN="") as server:
        yield server.url


def raw(url: str, data: bytes, *, wait: float = 10) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as sock:
        sock.sendall(data)
        found = b""
        while piece := sock.recv(65536):
            found += piece
        return found


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /v1/answer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["no-http", "headers", "two-hosts", "length"],
)
def test_what_is_no_request_gets_our_error(page: str, data: bytes) -> None:
    head, _, body = raw(page, data).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400") and b"x-content-type-options: nosniff" in head.lower()
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


def test_the_page_is_served_behind_the_guard(page: str) -> None:
    with httpx.Client(base_url=page) as asker:
        home = asker.get("/")
        assert home.status_code == 200 and "window.gradio_config" in home.text and HEADERS.items() <= home.headers.items()
        assert asker.get("/gradio_api/info").status_code == asker.get("/gradio_api/file=/etc/passwd").status_code == 404
        assert asker.get("/", headers={"Origin": "http://evil.example"}).status_code == 403
        assert not [name for name in home.headers if name.startswith("access-control")]
        asset = home.text.split('src="./assets/')[1].split('"')[0]
        assert asker.get(f"/assets/{asset}").status_code == 200


def test_sigterm_ends_it_and_every_question_is_answered_or_told(papers: Index) -> None:
    """A listener stays on an open connection, as a page does; questions are in flight and in line."""
    with running("--index", str(papers.folder), "--no-page", "--rate", "0", "--queue", "50", FOOTNOTE_TOKEN="") as server:
        given: list[httpx.Response] = []
        askers = [
            threading.Thread(target=lambda: given.append(httpx.post(f"{server.url}/v1/answer", json=QUESTION, timeout=60)))
            for _ in range(20)
        ]
        for asker in askers:
            asker.start()
        with httpx.Client(base_url=server.url) as kept:
            while not kept.get("/ready").json()["waiting"]:
                assert len(given) < len(askers), "all were answered before one had to wait"
            code, out, err, seconds = server.stop(60)
        for asker in askers:
            asker.join(60)
    assert (code, out, err) == (0, "", "")
    assert len(given) == len(askers) and {response.status_code for response in given} <= {200, 503}
    assert all("412" in r.json()["text"] if r.status_code == 200 else r.json()["error"]["code"] == "stopping" for r in given)
    assert seconds < 30  # ten are promised, on a machine that does nothing else


def test_a_server_in_this_process_stops_waiting_questions(papers: Index) -> None:
    with within(papers, NO_PAGE) as (asker, service):
        assert asker.portal is not None
        asker.portal.call(service.line.stop)
        late = asker.post("/v1/answer", json=QUESTION)
        assert late.status_code == 503 and late.headers["retry-after"] == "1" and late.json()["error"]["code"] == "stopping"
        assert asker.get("/ready").status_code == 503 and asker.get("/health").status_code == 200
