"""Questions in line: as many as there are places, as many waiting as may, no place lost to who goes away, and an end to it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from anyio import to_thread

from ui.line import Busy, Line, Stopping


class Work:
    """Work that begins, and goes on when it is let go; says whether it was broken off."""

    def __init__(self) -> None:
        self.begun, self.go, self.closed = threading.Event(), threading.Event(), threading.Event()

    def __call__(self) -> Iterator[str]:
        try:
            self.begun.set()
            yield "first"
            assert self.go.wait(60)
            yield "second"
            yield "third"
        except GeneratorExit:
            self.closed.set()
            raise


async def heard(line: Line, work: Any) -> list[str]:
    return [event async for event in line.events(work)]


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def taken(line: Line, work: Work) -> list[str]:
    with line.place():
        return list(work())


def run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(what, 60))


def test_events_come_in_order_and_errors_are_raised() -> None:
    async def asked() -> None:
        line, work = Line(at_once=1), Work()
        work.go.set()
        assert await heard(line, work) == ["first", "second", "third"]

        def failing() -> Iterator[str]:
            yield "first"
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await heard(line, failing)
        await until(lambda: line.busy == 0)

    run(asked())


def test_places_and_waiting_are_bounded_and_handed_over() -> None:
    async def asked() -> None:
        line, works = Line(at_once=2, waiting=1), [Work() for _ in range(3)]
        tasks = [asyncio.create_task(heard(line, work)) for work in works]
        await until(lambda: works[0].begun.is_set() and works[1].begun.is_set())
        assert (line.busy, line.waiting, works[2].begun.is_set()) == (2, 1, False)
        with pytest.raises(Busy) as full:
            await heard(line, Work())
        assert full.value.after >= 1
        works[0].go.set()
        await until(works[2].begun.is_set)
        assert (line.busy, line.waiting) == (2, 0)
        for work in works:
            work.go.set()
        assert await asyncio.gather(*tasks) == [["first", "second", "third"]] * 3
        await until(lambda: line.busy == 0)

    run(asked())


def test_who_goes_away_leaves_no_place_taken() -> None:
    async def asked() -> None:
        line, works = Line(at_once=1, waiting=5), [Work() for _ in range(3)]
        tasks = [asyncio.create_task(heard(line, work)) for work in works]
        await until(works[0].begun.is_set)
        tasks[1].cancel()  # while it waits
        tasks[0].cancel()  # while it is answered
        await asyncio.wait(tasks[:2])
        assert line.waiting == 1 and line.busy == 1  # the thread is at work until its next event
        works[0].go.set()
        await until(works[0].closed.is_set)
        await until(works[2].begun.is_set)
        works[2].go.set()
        await tasks[2]
        await until(lambda: line.busy == 0)
        assert not works[1].begun.is_set()

    run(asked())


def test_a_place_that_comes_as_one_leaves_is_handed_on() -> None:
    async def asked() -> None:
        line, works = Line(at_once=1, waiting=5), [Work() for _ in range(3)]
        works[0].go.set()
        tasks = [asyncio.create_task(heard(line, work)) for work in works]
        await asyncio.sleep(0)
        await until(lambda: line.waiting == 2)
        line._hand_over()  # the second gets a place ...
        tasks[1].cancel()  # ... and goes in the same turn of the loop
        works[2].go.set()
        await asyncio.wait(tasks)
        assert tasks[2].result() == ["first", "second", "third"]

    run(asked())


def test_stopping_turns_away_who_waits_and_cuts_who_is_not_done() -> None:
    async def asked() -> None:
        line, works = Line(at_once=2, waiting=5, grace=0.2), [Work() for _ in range(3)]
        tasks = [asyncio.create_task(heard(line, work)) for work in works]
        await until(lambda: works[0].begun.is_set() and works[1].begun.is_set())
        line.stop()
        with pytest.raises(Stopping):
            await tasks[2]
        works[0].go.set()
        assert await tasks[0] == ["first", "second", "third"]  # it was quick enough
        with pytest.raises(Stopping):
            await tasks[1]
        with pytest.raises(Stopping):
            await heard(line, Work())
        works[1].go.set()
        assert not works[2].begun.is_set()

    run(asked())


def test_a_worker_thread_takes_a_place_of_the_same_line() -> None:
    async def asked() -> None:
        line, work, other = Line(at_once=1, waiting=1), Work(), Work()
        other.go.set()
        first = asyncio.ensure_future(to_thread.run_sync(taken, line, work))
        await until(work.begun.is_set)
        second = asyncio.ensure_future(heard(line, other))
        await until(lambda: line.waiting == 1)
        with pytest.raises(Busy):
            await to_thread.run_sync(taken, line, Work())
        work.go.set()
        assert await first == await second == ["first", "second", "third"]
        await until(lambda: line.busy == 0)
        line.stop()
        with pytest.raises(Stopping):
            await to_thread.run_sync(taken, line, Work())

    run(asked())
