"""`WriterThread`: batches, answers, and how it ends."""

import asyncio
import threading
from collections.abc import Sequence as Items

import attrs
import pytest

from gwproactor.adapters.persistence.writer_thread import WriterThread


@attrs.define
class Recorder:
    """A medium that notes what it was asked for, and waits for *may_drain* each time."""

    fault: Exception | None = None
    rest: bool = False
    may_drain: threading.Event = attrs.Factory(threading.Event)
    is_draining: threading.Event = attrs.Factory(threading.Event)
    batches: list[list[int]] = attrs.Factory(list)
    threads: set[str] = attrs.Factory(set)
    closed: threading.Event = attrs.Factory(threading.Event)

    def open(self) -> str:
        self.threads.add(threading.current_thread().name)
        if self.fault is not None:
            raise self.fault
        return "content"

    def drain(self, jobs: Items[int], *, flush: bool) -> list[int]:
        self.threads.add(threading.current_thread().name)
        self.is_draining.set()
        assert self.may_drain.wait(10)
        self.batches.append(list(jobs))
        if flush:
            self.rest = False
        return list(jobs)

    def rest_due_s(self) -> float | None:
        return 0.01 if self.rest else None

    def close(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.closed.set()


async def test_what_is_queued_during_a_batch_is_the_next_batch() -> None:
    medium = Recorder()
    answers: list[list[int]] = []
    writer = WriterThread("writer", medium, answers.append)
    assert await writer.start() == "content"
    writer.submit(1)
    assert medium.is_draining.wait(10)
    for job in (2, 3, 4):
        writer.submit(job)
    assert answers == []
    medium.may_drain.set()
    await writer.stop()
    assert [job for batch in medium.batches for job in batch] == [1, 2, 3, 4]
    assert medium.batches[:2] == [[1], [2, 3, 4]]
    assert answers == medium.batches  # one answer for each batch
    assert medium.threads == {"writer"}


async def test_what_cannot_open_is_closed_and_leaves_no_thread() -> None:
    before = threading.enumerate()
    medium = Recorder(ValueError("on purpose"))
    writer = WriterThread("writer", medium, print)
    with pytest.raises(ValueError, match="on purpose"):
        await writer.start()
    assert medium.closed.is_set()
    assert threading.enumerate() == before
    await writer.stop()


async def test_what_was_put_off_is_due_when_nothing_else_happens() -> None:
    medium = Recorder(rest=True)
    medium.may_drain.set()
    flushed = asyncio.Event()
    writer = WriterThread("writer", medium, lambda _: flushed.set())
    await writer.start()
    await flushed.wait()
    assert medium.batches == [[]]
    await writer.stop()


def test_a_loop_that_ends_without_stop_does_not_keep_jobs_from_being_done() -> None:
    medium = Recorder()

    async def forget_to_stop() -> WriterThread[int, str, list[int]]:
        writer = WriterThread("writer", medium, print)
        await writer.start()
        writer.submit(1)
        return writer

    writer = asyncio.run(forget_to_stop())
    medium.may_drain.set()
    writer.submit(2)
    with pytest.raises(RuntimeError), asyncio.Runner() as runner:
        runner.run(writer.stop())  # the loop that it was started on is closed
    assert medium.closed.wait(10)
    assert [job for batch in medium.batches for job in batch] == [1, 2]


async def test_a_cancelled_stop_still_stops() -> None:
    medium = Recorder()
    writer = WriterThread("writer", medium, lambda _: None)
    await writer.start()
    writer.submit(1)
    stopping = asyncio.ensure_future(writer.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    medium.may_drain.set()
    await writer.stop()
    assert medium.closed.is_set()
    assert medium.batches[0] == [1]
