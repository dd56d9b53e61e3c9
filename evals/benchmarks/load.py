"""A server under load: `python -m evals.benchmarks.load`.

Starts `footnote serve` over the sample archive (or `--index DIR`) as a process of its own, without a language model, and asks
it over HTTP from this one. Four parts: capacity, found by asking with more and more callers at once; half of it, steadily, with
arrivals at even distances whatever the answers take (an open loop: a slow answer does not slow the questions down); twice of
it, where what is too much has to be turned away with 429 at once and the rest answered as before, and then half again, to see
how soon it is back; and many chats of three questions each, for the memory of the server before and after each eighth of them.

Nothing of Footnote's own is imported but the questions: the server is asked as anyone would. Both processes share the cores, so
the caller's work is in the figures.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from evals.benchmarks.speed import SAMPLE_QUESTIONS

AT_ONCE = (1, 2, 4, 8)  # callers, one after the other, in the search for capacity
CHAT = 3  # questions of one chat
BACK = 30.0  # seconds in which it has to be back to normal


@dataclass
class Seen:
    """What came back: statuses, seconds of the answers, seconds of the refusals with 429."""

    statuses: Counter[int] = field(default_factory=Counter)
    answers: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    without_after: int = 0  # refusals that do not say when to come back
    seconds: float = 0.0

    def note(self, status: int, seconds: float, after: str | None) -> None:
        """Count one response; status 0 is none at all."""
        self.statuses[status] += 1
        if status == 200:
            self.answers.append(seconds)
        elif status == 429:
            self.refusals.append(seconds)
            self.without_after += after is None

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds if self.seconds else 0.0

    @property
    def failures(self) -> int:
        """Responses that are neither an answer nor a refusal with 429."""
        return sum(count for status, count in self.statuses.items() if status not in (200, 429))


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of them lies; 0 of none.

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile([], 0.95)
    (2.0, 0.0)
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def slope(values: list[float]) -> float:
    """By how much values grow from one to the next: the least squares line.

    >>> slope([1.0, 3.0, 5.0])
    2.0
    """
    middle, mean = (len(values) - 1) / 2, statistics.fmean(values)
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / spread if spread else 0.0


@contextmanager
def served(index: Path | None) -> Iterator[tuple[str, int]]:
    """A server as a process of its own: its address and its process id. Raises RuntimeError when it does not start."""
    command = [sys.executable, "-m", "ui", "serve", "--port", "0", "--no-page", "--rate", "0"]
    command += ["--index", str(index)] if index else []
    given = {name: value for name, value in os.environ.items() if name != "FOOTNOTE_TOKEN"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=given)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if " is at http" not in said:
            raise RuntimeError(f"The server did not start: {said}")
        yield said.split(" is at ")[1].split()[0].rstrip("/"), process.pid
    finally:
        process.terminate()
        process.wait(30)


async def ask(client: httpx.AsyncClient, question: str, seen: Seen, history: list[list[str]] | None = None) -> str:
    """Ask once and note what came back; gives the answer's text."""
    began = time.perf_counter()
    try:
        response = await client.post("/v1/answer", json={"question": question, "history": history or []})
    except httpx.HTTPError:
        seen.note(0, 0.0, None)
        return ""
    seen.note(response.status_code, time.perf_counter() - began, response.headers.get("retry-after"))
    return str(response.json()["text"]) if response.status_code == 200 else ""


async def closed(client: httpx.AsyncClient, callers: int, seconds: float) -> Seen:
    """So many callers, each asking again as soon as it is answered."""
    seen, began = Seen(), time.perf_counter()

    async def call(first: int) -> None:
        number = first
        while time.perf_counter() - began < seconds:
            await ask(client, SAMPLE_QUESTIONS[number % len(SAMPLE_QUESTIONS)], seen)
            number += 1

    await asyncio.gather(*(call(number) for number in range(callers)))
    seen.seconds = time.perf_counter() - began
    return seen


async def opened(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """So many questions a second at even distances, whether those before were answered or not."""
    seen, began = Seen(), time.perf_counter()
    tasks = []
    for number in range(max(1, int(rate * seconds))):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(client, SAMPLE_QUESTIONS[number % len(SAMPLE_QUESTIONS)], seen)))
    asked = time.perf_counter() - began
    await asyncio.gather(*tasks)
    seen.seconds = max(asked, seconds)
    return seen


async def back(client: httpx.AsyncClient, usual: float) -> float | None:
    """Seconds after a burst until an answer takes no more than twice what is usual at half load; None when it never does."""
    began = time.perf_counter()
    while time.perf_counter() - began < BACK:
        seen = Seen()
        await ask(client, SAMPLE_QUESTIONS[0], seen)
        if seen.answers and seen.answers[0] <= 2 * usual:
            return time.perf_counter() - began
    return None


async def chats(client: httpx.AsyncClient, process: int, count: int) -> tuple[Seen, list[float]]:
    """So many chats, two at a time; and the server's memory in MB at the start and after each eighth of them."""
    seen, sizes, began = Seen(), [memory(process)], time.perf_counter()

    async def chat(number: int) -> None:
        history: list[list[str]] = []
        for turn in range(CHAT):
            question = SAMPLE_QUESTIONS[(number + turn) % len(SAMPLE_QUESTIONS)]
            said = await ask(client, question, seen, history)
            history += [["user", question], ["assistant", said]]

    for eighth in range(8):
        numbers = range(eighth * count // 8, (eighth + 1) * count // 8)
        for first in range(0, len(numbers), 2):
            await asyncio.gather(*(chat(number) for number in numbers[first : first + 2]))
        sizes.append(memory(process))
    seen.seconds = time.perf_counter() - began
    return seen, sizes


def memory(process: int) -> float:
    """Resident memory of a process in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


async def measured(url: str, process: int, options: argparse.Namespace) -> dict[str, Any]:
    """All four parts, as figures."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        for question in SAMPLE_QUESTIONS:  # warm
            await ask(client, question, Seen())
        ramp = {callers: (await closed(client, callers, options.ramp_seconds)).rate for callers in AT_ONCE}
        capacity = max(ramp.values())
        half = await opened(client, capacity / 2, options.seconds)
        double = await opened(client, capacity * 2, options.overload_seconds)
        recovered = await back(client, percentile(half.answers, 0.95))
        again = await opened(client, capacity / 2, min(30.0, options.seconds))
        talked, sizes = await chats(client, process, options.chats)
    found = {
        name: {
            "asked": sum(seen.statuses.values()),
            "failures": seen.failures,
            "turned_away": len(seen.refusals),
            "without_retry_after": seen.without_after,
            "answers_a_second": seen.rate,
            "median": percentile(seen.answers, 0.5),
            "p95": percentile(seen.answers, 0.95),
            "refusal_p95": percentile(seen.refusals, 0.95),
        }
        for name, seen in (("half", half), ("double", double), ("after", again), ("chats", talked))
    }
    return {"ramp": ramp, "capacity": capacity, **found, "back_after": recovered, "memory": sizes,
            "memory_a_chat_kb": slope(sizes[1:]) * 1024 / max(1, options.chats / 8)}  # fmt: skip


def table(found: dict[str, Any], options: argparse.Namespace) -> str:
    """The figures as Markdown."""
    half, double, after, talked = (found[name] for name in ("half", "double", "after", "chats"))
    ramp = ", ".join(f"{rate:.1f} ({callers})" for callers, rate in found["ramp"].items())
    recovered = "not" if found["back_after"] is None else f"{found['back_after']:.1f} s"
    rows = (
        ("answers a second, by callers at once", ramp),
        (f"half of the best, {options.seconds:g} s: failures, turned away",
         f"{half['failures']}, {half['turned_away']} of {half['asked']}"),
        ("its median and 95th percentile", f"{half['median'] * 1000:.0f} ms, {half['p95'] * 1000:.0f} ms"),
        (f"twice the best, {options.overload_seconds:g} s: answers a second, of the best",
         f"{double['answers_a_second']:.1f}, {double['answers_a_second'] / found['capacity']:.0%}"),
        ("its failures, turned away, without Retry-After",
         f"{double['failures']}, {double['turned_away']}, {double['without_retry_after']} of {double['asked']}"),
        ("its answers' and refusals' 95th percentile", f"{double['p95'] * 1000:.0f} ms, {double['refusal_p95'] * 1000:.0f} ms"),
        ("back to twice the usual 95th percentile after", recovered),
        ("half again: failures, 95th percentile", f"{after['failures']}, {after['p95'] * 1000:.0f} ms"),
        (f"{options.chats} chats of {CHAT} questions: failures", f"{talked['failures']} of {talked['asked']}"),
        ("memory, first to last", f"{found['memory'][0]:.0f} MB, {found['memory'][-1]:.0f} MB"),
        ("memory a chat, after the first eighth", f"{found['memory_a_chat_kb']:.1f} kB"),
    )  # fmt: skip
    return "\n".join(["| measured | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def main() -> None:
    """Measure and print a Markdown table; the figures as JSON with --json."""
    parser = argparse.ArgumentParser(description="Measure a server under load. The defaults take about ten minutes.")
    parser.add_argument("--index", type=Path, default=None)
    parser.add_argument("--seconds", type=float, default=300, help="of half load")
    parser.add_argument("--ramp-seconds", type=float, default=20, help="of each step in the search for capacity")
    parser.add_argument("--overload-seconds", type=float, default=120, help="of twice the capacity")
    parser.add_argument("--chats", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with served(options.index) as (url, process):
        found = asyncio.run(measured(url, process, options))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(found, options))


if __name__ == "__main__":
    main()
