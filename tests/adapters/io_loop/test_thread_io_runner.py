"""The thread behind an `IOLoop`: when there is one, what it survives, and what it tells."""

import asyncio
import threading
from collections.abc import AsyncIterator

import attrs
import pytest

from gwproactor.adapters.io_loop import ThreadIORunner

NAME = "test_io_thread"
DEADLINE_S = 20.0


def io_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


@attrs.define
class Opened:
    """A runner, and what it has told of ended coroutines; closed by the fixture."""

    runner: ThreadIORunner = attrs.Factory(lambda: ThreadIORunner(NAME))
    ended: "asyncio.Queue[tuple[int, BaseException | None]]" = attrs.Factory(asyncio.Queue)
    gone: "asyncio.Queue[BaseException]" = attrs.Factory(asyncio.Queue)

    def open(self) -> None:
        self.runner.open(
            lambda handle, error: self.ended.put_nowait((handle, error)), self.gone.put_nowait
        )

    async def next_ended(self) -> tuple[int, BaseException | None]:
        async with asyncio.timeout(DEADLINE_S):
            return await self.ended.get()

    async def ping(self) -> None:
        """Return when it is answered."""
        answered = asyncio.Event()
        self.runner.ping(answered.set)
        async with asyncio.timeout(DEADLINE_S):
            await answered.wait()


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    opened = Opened()
    opened.open()
    yield opened
    async with asyncio.timeout(DEADLINE_S):
        await opened.runner.close()
    assert io_threads() == []


class Blocker:
    """Blocks the thread of whoever calls `block`, until `release`."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._free = threading.Event()

    async def block(self) -> None:
        self._begun.set()
        assert self._free.wait(DEADLINE_S)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, DEADLINE_S)

    def release(self) -> None:
        self._free.set()


async def here(names: list[str]) -> None:
    names.append(threading.current_thread().name)


async def test_there_is_no_thread_until_there_is_a_coroutine(opened: Opened) -> None:
    await opened.ping()
    assert io_threads() == []

    names: list[str] = []
    opened.runner.run(1, here(names), "here")
    assert await opened.next_ended() == (1, None)
    opened.runner.run(2, here(names), "here")
    assert await opened.next_ended() == (2, None)
    assert names == [NAME, NAME]
    assert len(io_threads()) == 1


async def test_a_runner_that_never_ran_anything_closes(opened: Opened) -> None:
    opened.runner.cancel(1)
    await opened.runner.close()
    await opened.runner.close()


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
async def test_no_coroutine_ends_the_thread(error: type[BaseException], opened: Opened) -> None:
    async def leave() -> None:
        raise error

    opened.runner.run(1, leave(), "leave")
    handle, problem = await opened.next_ended()
    assert handle == 1
    assert isinstance(problem, RuntimeError)
    assert str(problem) == f"{error.__name__} in a coroutine of the io loop"
    names: list[str] = []
    opened.runner.run(2, here(names), "here")
    assert await opened.next_ended() == (2, None)


async def test_a_ping_is_answered_by_a_loop_that_turns_alone(opened: Opened) -> None:
    blocker, answered = Blocker(), asyncio.Event()
    opened.runner.run(1, blocker.block(), "block")
    await blocker.has_begun()
    opened.runner.ping(answered.set)
    await asyncio.sleep(0)
    assert not answered.is_set()
    blocker.release()
    async with asyncio.timeout(DEADLINE_S):
        await answered.wait()


async def test_what_blocks_the_thread_is_told_with_the_stack_of_the_thread(opened: Opened) -> None:
    blocker = Blocker()
    opened.runner.run(1, blocker.block(), "blocker")
    await blocker.has_begun()
    (unfinished,) = opened.runner.unfinished()
    blocker.release()

    assert unfinished.name == "blocker"
    assert "in block\n    assert self._free.wait(DEADLINE_S)" in unfinished.stack


async def test_what_ignores_its_cancellation_is_told_with_where_it_waits(opened: Opened) -> None:
    free = asyncio.Event()
    ignored = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def ignore() -> None:
        loops.append(asyncio.get_running_loop())
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                ignored.set()

    opened.runner.run(1, ignore(), "ignores")
    closing = asyncio.create_task(opened.runner.close())
    assert await asyncio.to_thread(ignored.wait, DEADLINE_S)
    (unfinished,) = opened.runner.unfinished()
    assert not closing.done()
    loops[0].call_soon_threadsafe(free.set)
    await closing

    assert unfinished.name == "ignores"
    assert "in ignore\n    await free.wait()" in unfinished.stack
    assert await opened.next_ended() == (1, None)


async def test_what_coroutines_left_behind_is_told_when_they_have_ended(opened: Opened) -> None:
    """A task that ignores its cancellation, then a call in a thread that hangs."""
    ignored, free, meter = threading.Event(), asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    tasks: list[asyncio.Task[None]] = []
    calls: list[asyncio.Future[None]] = []

    async def ignore() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                ignored.set()

    def read_a_meter() -> None:
        assert meter.wait(DEADLINE_S)

    async def begin() -> None:
        loops.append(asyncio.get_running_loop())
        calls.append(loops[0].run_in_executor(None, read_a_meter))
        tasks.append(asyncio.create_task(ignore(), name="child"))

    opened.runner.run(1, begin(), "begin")
    assert await opened.next_ended() == (1, None)
    closing = asyncio.create_task(opened.runner.close())
    assert await asyncio.to_thread(ignored.wait, DEADLINE_S)
    task, call = opened.runner.unfinished()
    loops[0].call_soon_threadsafe(free.set)
    meter.set()
    await closing

    assert task.name == "child"
    assert "in ignore\n    await free.wait()" in task.stack
    assert call.name == f"call of {NAME}_0"
    assert "in read_a_meter" in call.stack


async def test_what_ends_the_thread_is_told_once_and_nothing_runs_any_more(opened: Opened) -> None:
    async def leave() -> None:
        raise SystemExit(4)

    async def begin() -> None:
        tasks.append(asyncio.create_task(leave()))

    tasks: list[asyncio.Task[None]] = []
    idle = asyncio.Event()
    opened.runner.run(1, idle.wait(), "idle")
    opened.runner.run(2, begin(), "begin")
    async with asyncio.timeout(DEADLINE_S):
        error = await opened.gone.get()
    assert isinstance(error, SystemExit)
    assert {await opened.next_ended(), await opened.next_ended()} == {(1, None), (2, None)}
    names: list[str] = []
    opened.runner.run(3, here(names), "late")
    await opened.runner.close()
    assert opened.gone.empty()
    assert names == []
    assert isinstance(tasks[0].exception(), SystemExit)


async def test_closing_ends_also_what_coroutines_began(opened: Opened) -> None:
    cancelled: list[str] = []
    began = threading.Event()

    async def helper() -> None:
        began.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append("helper")
            raise

    helpers: list[asyncio.Task[None]] = []

    async def begin() -> None:
        helpers.append(asyncio.create_task(helper()))

    opened.runner.run(1, begin(), "begin")
    assert await opened.next_ended() == (1, None)
    assert await asyncio.to_thread(began.wait, DEADLINE_S)
    await opened.runner.close()
    assert cancelled == ["helper"]


async def test_an_error_while_it_is_cancelled_is_told(opened: Opened) -> None:
    began = threading.Event()

    async def breaks() -> None:
        began.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            raise ValueError("cannot clean up") from None

    opened.runner.run(1, breaks(), "breaks")
    assert await asyncio.to_thread(began.wait, DEADLINE_S)
    opened.runner.cancel(1)
    handle, error = await opened.next_ended()
    assert (handle, repr(error)) == (1, "ValueError('cannot clean up')")


def test_the_thread_survives_a_node_whose_loop_was_closed_before() -> None:
    """It has nobody to tell that a coroutine ended, and says nothing."""
    runner = ThreadIORunner(NAME)
    free = threading.Event()

    async def wait() -> None:
        await asyncio.to_thread(free.wait, DEADLINE_S)

    async def forget_to_close() -> None:
        runner.open(lambda *_: None, lambda _: None)
        runner.run(1, wait(), "wait")

    asyncio.run(forget_to_close())
    (thread,) = io_threads()
    free.set()

    async def close() -> None:
        runner._loop.call_soon_threadsafe(runner._stop.set)  # type: ignore[union-attr] # it runs

    asyncio.run(close())
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
