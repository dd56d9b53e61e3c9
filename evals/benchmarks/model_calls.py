"""Our own work around a model's call: `python -m evals.benchmarks.model_calls`.

A server of this file on loopback plays the model, so that what is measured is ours: finding, prompt and check of an answer
without the model's time, in seconds that pass and in seconds of processor (the server's own among them); how long a first word
takes from the server to `rag.stream`; fifty answers at once from a server that takes two seconds for each, with the memory of
this process before and after. Over the sample archive.
"""

import argparse
import json
import re
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import rag
from rag.limits import Limits

QUESTIONS = (
    "What did the Taliban demand for a ceasefire?",
    "How many Afghan soldiers fled to Tajikistan?",
    "When was the Marram Bridge closed?",
    "What will the repair of the bridge cost?",
)
LIMITS = Limits(failures=10**9, first_token=60, silence=60, whole=120)


class Quoting(BaseHTTPRequestHandler):
    """A model that takes its time and then quotes the first three sentences it was given, a word at a time."""

    takes = 0.0
    first_words: list[float] = []  # noqa: RUF012  # when each reply's first word left, of the one server of a run

    def do_POST(self) -> None:
        """Answer one request."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = re.findall(r"^\[(\d+\.\d+)\] (.*)$", asked["messages"][-1]["content"], re.MULTILINE)[:3]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        time.sleep(self.takes)
        self.first_words.append(time.monotonic())
        for word in " ".join(f"{text} [{number}]" for number, text in given).split(" "):
            self._send({"content": f"{word} "}, None)
        self._send({}, "stop")

    def _send(self, delta: dict[str, Any], finish: str | None) -> None:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
        with suppress(ConnectionError):  # one who has seen enough
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


@contextmanager
def served(takes: float) -> Iterator[str]:
    """Serve the quoting model, and give its address."""
    Quoting.takes = takes
    Quoting.first_words.clear()
    server = _Server(("127.0.0.1", 0), Quoting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()


def memory() -> float:
    """Resident memory of this process in MB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Measure our own work around a model's call.")
    parser.add_argument("--answers", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=50)
    options = parser.parse_args()
    index = rag.open()
    own, busy, first = [], [], []
    with served(0.2) as url:
        rag.answer(QUESTIONS[0], index=index, model="m", api_base=url, limits=LIMITS)
        for number in range(options.answers):
            question = QUESTIONS[number % len(QUESTIONS)]
            began, working = time.perf_counter(), time.process_time()
            answer = rag.answer(question, index=index, model="m", api_base=url, limits=LIMITS)
            taken = time.perf_counter() - began
            busy.append(time.process_time() - working)
            own.append(taken - (answer.usage or {"seconds": 0})["seconds"])
            Quoting.first_words.clear()
            for event in rag.stream(question, index=index, model="m", api_base=url, limits=LIMITS):
                if isinstance(event, rag.Text):
                    first.append(time.monotonic() - Quoting.first_words[0])
                    break
    with served(2.0) as url, ThreadPoolExecutor(options.at_once) as workers:
        before = memory()
        began = time.perf_counter()

        def once(number: int) -> bool:
            question = QUESTIONS[number % len(QUESTIONS)]
            return rag.answer(question, index=index, model="m", api_base=url, limits=LIMITS).degraded is None

        whole = sum(workers.map(once, range(options.at_once)))
        seconds, after = time.perf_counter() - began, memory()
    print("| measured | |\n| --- | --- |")
    print(f"| our own work around a call, median of {len(own)} | {statistics.median(own) * 1000:.0f} ms |")
    print(f"| processor time of such an answer, median | {statistics.median(busy) * 1000:.0f} ms |")
    print(f"| first word, from the server to the event, median of {len(first)} | {statistics.median(first) * 1000:.1f} ms |")
    print(f"| {options.at_once} answers at once, 2 s of the server each | {seconds:.1f} s, {whole} by the model |")
    print(f"| memory before, after | {before:.0f} MB, {after:.0f} MB |")


if __name__ == "__main__":
    main()
