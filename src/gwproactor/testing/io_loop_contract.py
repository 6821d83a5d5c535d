"""What every `IOLoop` must do, as tests to be run on each adapter, on a real loop.

Subclass `IOLoopContract` under a name that pytest collects, and override `io_loop`.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE, IOLoop

THREADS: Final = 4
EACH: Final = 25
CLEANUP_TURNS: Final = 50
CLEANUP_TURNS_MAX: Final = 10_000_000
# Only a failing test waits so long.
DEADLINE_S: Final = 20.0
LOOK_EVERY_S: Final = 0.001


class LiveIOLoop(Protocol):
    """An io loop and the node that it is of."""

    @property
    def io_loop(self) -> IOLoop: ...

    async def start(self) -> None:
        """Start the node."""
        ...

    async def stop(self) -> None:
        """Stop the node, if it runs, and return when its coroutines have ended."""
        ...

    def problems(self) -> Sequence[str]:
        """What was reported, in words."""
        ...

    @property
    def is_stopped_by_failure(self) -> bool:
        """Whether a failure has stopped the node."""
        ...


class Log:
    """What coroutines write down, in whichever thread they run."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._written = threading.Condition()

    def write(self, word: str) -> None:
        with self._written:
            self.words.append(word)
            self._written.notify_all()

    async def until(self, *words: str) -> None:
        """Return once each of *words* was written."""
        wanted = set(words)
        met = await asyncio.to_thread(self._wait, lambda: wanted <= set(self.words))
        assert met, f"{words} never came; there is {self.words}"

    def _wait(self, holds: Callable[[], bool]) -> bool:
        with self._written:
            return self._written.wait_for(holds, DEADLINE_S)


class CoroutineError(Exception):
    """What coroutines of the tests raise."""


class IOLoopContract:
    """The tests."""

    def io_loop(self) -> AbstractAsyncContextManager[LiveIOLoop]:
        """An io loop whose node has not started yet; stopped when left."""
        raise NotImplementedError

    async def test_what_is_added_before_the_start_begins_with_the_node(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            handle = live.io_loop.add_io_coroutine(says(log, "ran"))
            assert log.words == []
            await live.start()
            await log.until("ran")
            assert handle != INVALID_IO_TASK_HANDLE

    async def test_what_is_added_later_runs_and_has_a_handle_of_its_own(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            handles = {live.io_loop.add_io_coroutine(says(log, word), word) for word in "ab"}
            await log.until("a", "b")
            assert len(handles) == 2

    async def test_a_function_is_called_for_its_coroutine(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            live.io_loop.add_io_coroutine(lambda: says(log, "early"))
            await live.start()
            live.io_loop.add_io_coroutine(lambda: says(log, "late"))
            await log.until("early", "late")

    async def test_many_threads_may_add_and_cancel_at_once(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            handles: list[int] = []

            def add(thread: int) -> None:
                for number in range(EACH):
                    word = f"{thread}.{number}"
                    handles.append(live.io_loop.add_io_coroutine(says(log, word), word))
                    idle = live.io_loop.add_io_coroutine(sleeps(log, "never"))
                    live.io_loop.cancel_io_routine(idle)

            starting = asyncio.create_task(live.start())
            adding = [asyncio.to_thread(add, thread) for thread in range(THREADS)]
            await asyncio.gather(starting, *adding)
            await log.until(*(f"{t}.{n}" for t in range(THREADS) for n in range(EACH)))
            assert len(set(handles)) == THREADS * EACH
            assert live.problems() == []

    async def test_cancelling_what_runs_ends_it_and_nothing_else(self) -> None:
        """Hazard 12: a handle's cancellation ended the node."""
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            handle = live.io_loop.add_io_coroutine(sleeps(log, "one"))
            live.io_loop.add_io_coroutine(sleeps(log, "other"))
            await log.until("one begins", "other begins")
            live.io_loop.cancel_io_routine(handle)
            await log.until("one was cancelled")
            live.io_loop.add_io_coroutine(says(log, "goes on"))
            await log.until("goes on")
            assert "other was cancelled" not in log.words
            assert live.problems() == []
            assert not live.is_stopped_by_failure

    async def test_no_further_cancellation_interrupts_the_cleanup_of_the_first(self) -> None:
        log, free = Log(), threading.Event()
        async with self.io_loop() as live:
            await live.start()
            handle = live.io_loop.add_io_coroutine(cleans_up(log, free))
            await log.until("begins")
            live.io_loop.cancel_io_routine(handle)
            await log.until("cleans up")
            live.io_loop.cancel_io_routine(handle)
            live.io_loop.add_io_coroutine(says(log, "behind"))
            await log.until("behind")
            free.set()
            await log.until("clean")

    async def test_what_fails_while_it_is_cancelled_is_only_reported(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            handle = live.io_loop.add_io_coroutine(
                cleanup_fails(log), policy=FailurePolicy.STOP_NODE
            )
            await log.until("begins")
            live.io_loop.cancel_io_routine(handle)
            await eventually(lambda: len(live.problems()) == 1)
            live.io_loop.add_io_coroutine(says(log, "goes on"))
            await log.until("goes on")
            assert not live.is_stopped_by_failure

    async def test_what_is_cancelled_before_it_began_never_begins(self) -> None:
        """Hazard 12: it was not cancelled, and ran."""
        log = Log()
        async with self.io_loop() as live:
            early = live.io_loop.add_io_coroutine(says(log, "early"))
            live.io_loop.cancel_io_routine(early)
            await live.start()
            late = live.io_loop.add_io_coroutine(sleeps(log, "late"))
            live.io_loop.cancel_io_routine(late)
            live.io_loop.add_io_coroutine(says(log, "behind"))
            await log.until("behind")
            assert "early" not in log.words
            assert live.problems() == []

    async def test_cancelling_what_has_ended_or_never_was_is_without_effect(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            ended = live.io_loop.add_io_coroutine(says(log, "one"))
            await log.until("one")
            for handle in (ended, ended, INVALID_IO_TASK_HANDLE, 12_345):
                live.io_loop.cancel_io_routine(handle)
            live.io_loop.add_io_coroutine(says(log, "goes on"))
            await log.until("goes on")
            assert live.problems() == []

    async def test_what_a_coroutine_raises_is_reported_and_the_others_go_on(self) -> None:
        """Hazard 13: one exception ended the node."""
        log = Log()
        async with self.io_loop() as live:
            live.io_loop.add_io_coroutine(sleeps(log, "other"))
            await live.start()
            live.io_loop.add_io_coroutine(fails(log, "no such meter"), "meter")
            await eventually(lambda: len(live.problems()) == 1)
            live.io_loop.add_io_coroutine(says(log, "goes on"))
            await log.until("goes on")
            assert "no such meter" in live.problems()[0]
            assert "other was cancelled" not in log.words
            assert not live.is_stopped_by_failure

    async def test_a_cancellation_that_nobody_asked_for_is_a_failure(self) -> None:
        async with self.io_loop() as live:
            await live.start()
            live.io_loop.add_io_coroutine(awaits_what_was_cancelled())
            await eventually(lambda: len(live.problems()) == 1)
            assert "Cancelled" in live.problems()[0]

    async def test_restart_makes_the_coroutine_anew(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            tries = iter([fails(log, "once"), says(log, "works")])
            live.io_loop.add_io_coroutine(lambda: next(tries), policy=FailurePolicy.RESTART)
            await log.until("once", "works")
            assert len(live.problems()) == 1
            assert not live.is_stopped_by_failure

    async def test_each_of_several_that_fail_together_is_restarted(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            for word in "abc":
                tries = iter([fails(log, f"{word} fails"), says(log, word)])
                live.io_loop.add_io_coroutine(tries.__next__, "poll", policy=FailurePolicy.RESTART)
            await log.until("a", "b", "c")

    async def test_what_waits_for_its_restart_can_be_cancelled(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            tries = iter([fails(log, "once"), says(log, "again")])
            cancelled = live.io_loop.add_io_coroutine(tries.__next__, policy=FailurePolicy.RESTART)
            await eventually(lambda: len(live.problems()) == 1)
            live.io_loop.cancel_io_routine(cancelled)
            others = iter([fails(log, "other"), says(log, "other again")])
            live.io_loop.add_io_coroutine(others.__next__, policy=FailurePolicy.RESTART)
            await log.until("other again")
            assert "again" not in log.words
            next(tries).close()

    async def test_a_coroutine_cannot_be_restarted(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            refused = ""
            try:
                live.io_loop.add_io_coroutine(says(log, "x"), policy=FailurePolicy.RESTART)
            except ValueError as error:
                refused = str(error)
            assert "only once" in refused
            await live.start()
            live.io_loop.add_io_coroutine(says(log, "goes on"))
            await log.until("goes on")
            assert "x" not in log.words

    async def test_stop_node_stops_the_node(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            live.io_loop.add_io_coroutine(fails(log, "fatal"), policy=FailurePolicy.STOP_NODE)
            await eventually(lambda: live.is_stopped_by_failure)
            assert len(live.problems()) == 1

    async def test_the_stop_cancels_what_runs_and_waits_until_it_has_ended(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            live.io_loop.add_io_coroutine(sleeps(log, "one"))
            await log.until("one begins")
            await live.stop()
            assert log.words == ["one begins", "one was cancelled"]
            assert live.problems() == []

    async def test_after_the_stop_nothing_runs(self) -> None:
        log = Log()
        async with self.io_loop() as live:
            await live.start()
            await live.stop()
            assert live.io_loop.add_io_coroutine(says(log, "x")) == INVALID_IO_TASK_HANDLE
            assert live.io_loop.add_io_coroutine(lambda: says(log, "y")) == INVALID_IO_TASK_HANDLE
            live.io_loop.cancel_io_routine(1)
            assert log.words == []


async def says(log: Log, word: str) -> None:
    log.write(word)


async def fails(log: Log, word: str) -> None:
    log.write(word)
    raise CoroutineError(word)


async def sleeps(log: Log, word: str) -> None:
    """Until it is cancelled; then it takes some turns to clean up."""
    log.write(f"{word} begins")
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        for _ in range(CLEANUP_TURNS):
            await asyncio.sleep(0)
        log.write(f"{word} was cancelled")
        raise


async def cleans_up(log: Log, free: threading.Event) -> None:
    """When it is cancelled, until *free* is set."""
    log.write("begins")
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        log.write("cleans up")
        for _ in range(CLEANUP_TURNS_MAX):
            if free.is_set():
                break
            await asyncio.sleep(0)
        log.write("clean")


async def cleanup_fails(log: Log) -> None:
    log.write("begins")
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        raise CoroutineError("cannot clean up") from None


async def awaits_what_was_cancelled() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def eventually(holds: Callable[[], bool]) -> None:
    """Return once *holds* does; what it looks at changes in a turn of this loop."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + DEADLINE_S
    held = asyncio.Event()

    def look() -> None:
        if holds():
            held.set()
        elif loop.time() < until_s:
            loop.call_later(LOOK_EVERY_S, look)

    look()
    async with asyncio.timeout(DEADLINE_S):
        await held.wait()
