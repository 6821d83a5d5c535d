"""A thread for a blocking driver: real threads, real loops. What hangs here runs into the time-out
of the tests: times of an hour would show it.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from gwproactor import Message, to_actor
from gwproactor.adapters.threads import (
    SyncAsyncInteractionThread,
    SyncAsyncQueueWriter,
    ThreadFailed,
)
from gwproactor.domain.payloads import PatInternalWatchdog
from gwproactor.domain.watchdog import LastPat

LONG_S = 3_600.0


class Driver(SyncAsyncInteractionThread):
    """Tells the loop which hooks were called; `in_hook` may raise or block."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(name="driver", pat_timeout=keywords.pop("pat_timeout", None), **keywords)
        self.in_hook: Callable[[str], object] = str  # does nothing
        self.goes_on = False

    @override
    def _preiterate(self) -> None:
        self._tell("preiterate")

    @override
    def _iterate(self) -> None:
        self._tell("iterate")

    @override
    def _handle_message(self, message: object) -> None:
        self._tell(f"handle {message}")

    @override
    def _handle_exception(self, exception: Exception) -> bool:
        self._tell(f"exception {exception}")
        return self.goes_on

    def _tell(self, hook: str) -> None:
        self._put_to_async_queue(hook)
        self.in_hook(hook)


class MessageDriver(SyncAsyncInteractionThread):
    """Has no `_iterate`, and no pause: it waits for messages."""

    @override
    def _handle_message(self, message: object) -> None:
        self._put_to_async_queue(message)


def raising(when: str, what: str = "the valve is stuck") -> Callable[[str], object]:
    def in_hook(hook: str) -> None:
        if hook == when:
            raise ValueError(what)

    return in_hook


def started(thread: SyncAsyncInteractionThread) -> "asyncio.Queue[object]":
    """What *thread* writes; it has been started."""
    items: asyncio.Queue[object] = asyncio.Queue()
    thread.set_async_loop_and_start(asyncio.get_running_loop(), items)
    return items


async def take(items: "asyncio.Queue[object]", count: int) -> list[object]:
    return [await items.get() for _ in range(count)]


# Iterating


async def test_it_prepares_once_then_sleeps_and_iterates_until_it_is_stopped() -> None:
    driver = Driver(iterate_sleep_seconds=0.001)
    assert driver.running is None
    items = started(driver)
    assert await take(items, 3) == ["preiterate", "iterate", "iterate"]
    assert driver.running is True
    driver.request_stop()
    assert driver.running is False
    assert await driver.async_join()
    assert not driver.is_alive()


async def test_a_stop_wakes_a_sleeping_thread_at_once() -> None:
    driver = Driver(iterate_sleep_seconds=LONG_S, responsive_sleep_step_seconds=LONG_S)
    items = started(driver)
    assert await items.get() == "preiterate"
    driver.request_stop()
    assert await driver.async_join()
    assert items.empty()


async def test_running_may_be_set_to_false_as_in_the_reference() -> None:
    driver = Driver(iterate_sleep_seconds=LONG_S)
    driver.running = True
    started(driver)
    driver.running = False
    assert await driver.async_join()


async def test_a_thread_that_was_stopped_before_its_start_never_runs() -> None:
    driver = Driver()
    driver.request_stop()
    items = started(driver)
    assert await driver.async_join()
    assert items.empty()
    assert driver.running is False


async def test_a_hook_may_end_the_thread() -> None:
    driver = Driver()
    driver.in_hook = lambda hook: driver.request_stop() if hook == "iterate" else None
    items = started(driver)
    assert await driver.async_join()
    assert await take(items, 2) == ["preiterate", "iterate"]
    assert items.empty()


# Messages


async def test_all_messages_that_came_are_handled_after_each_iteration() -> None:
    """Hazard 25: the original handled one for each iteration."""
    driver = Driver(iterate_sleep_seconds=0.001)
    for number in range(100):
        driver.put_to_sync_queue(number)
    items = started(driver)
    handled = [f"handle {number}" for number in range(100)]
    assert await take(items, 103) == ["preiterate", "iterate", *handled, "iterate"]
    driver.request_stop()
    await driver.async_join()


async def test_messages_that_come_all_the_time_do_not_keep_it_from_iterating() -> None:
    driver = Driver()
    driver.in_hook = lambda hook: driver.put_to_sync_queue(0) if hook == "handle 0" else None
    driver.put_to_sync_queue(0)
    items = started(driver)
    round_ = ["iterate", "handle 0"]
    assert await take(items, 7) == ["preiterate", *round_, *round_, *round_]
    driver.request_stop()
    await driver.async_join()


async def test_a_thread_without_iterations_waits_for_messages_and_a_stop_wakes_it() -> None:
    """The original's spun: 100 % of a core."""
    driver = MessageDriver(pat_timeout=None)
    items = started(driver)
    driver.put_to_sync_queue("one")
    assert await items.get() == "one"
    driver.put_to_sync_queue("two")
    assert await items.get() == "two"
    driver.request_stop()
    assert await driver.async_join()
    assert items.empty()


async def test_a_handler_may_take_the_other_messages_itself() -> None:
    class Batching(SyncAsyncInteractionThread):
        @override
        def _iterate(self) -> None:
            """So that messages are handled after it."""

        @override
        def _handle_message(self, message: object) -> None:
            batch = [message]
            while len(batch) < 3:
                batch.append(self._channel.get_from_sync_queue())
            self._put_to_async_queue(batch)

    driver = Batching(iterate_sleep_seconds=0.001, pat_timeout=None)
    for number in range(6):
        driver.put_to_sync_queue(number)
    items = started(driver)
    assert await take(items, 2) == [[0, 1, 2], [3, 4, 5]]
    driver.request_stop()
    assert await driver.async_join()
    assert items.empty()


async def test_a_full_queue_of_a_waiting_thread_does_not_hold_its_stop_up() -> None:
    blocked, held = threading.Event(), threading.Event()

    class Holding(MessageDriver):
        @override
        def _handle_message(self, message: object) -> None:
            blocked.set()
            held.wait()

    driver = Holding(SyncAsyncQueueWriter(queue.Queue(maxsize=1)), pat_timeout=None)
    started(driver)
    driver.put_to_sync_queue(1)
    await asyncio.to_thread(blocked.wait)
    driver.put_to_sync_queue(2)
    driver.request_stop()
    held.set()
    assert await driver.async_join()


async def test_a_thread_with_nothing_to_do_can_be_stopped() -> None:
    driver = MessageDriver(SyncAsyncQueueWriter(), pat_timeout=None)
    started(driver)
    driver.request_stop()
    assert await driver.async_join()


# Exceptions


async def test_what_an_iteration_raises_ends_the_thread_and_goes_to_the_loop() -> None:
    driver = Driver()
    driver.in_hook = raising("iterate")
    items = started(driver)
    assert await take(items, 3) == ["preiterate", "iterate", "exception the valve is stuck"]
    failed = await items.get()
    assert isinstance(failed, ThreadFailed)
    assert (failed.thread_name, str(failed.error)) == ("driver", "the valve is stuck")
    assert await driver.async_join()
    assert driver.running is False


async def test_an_exception_that_was_handled_costs_nothing_else() -> None:
    driver = Driver()
    driver.goes_on = True
    driver.in_hook = raising("handle 1")
    for number in range(3):
        driver.put_to_sync_queue(number)
    items = started(driver)
    first = ["preiterate", "iterate", "handle 0", "handle 1", "exception the valve is stuck"]
    assert await take(items, 7) == [*first, "iterate", "handle 2"]
    driver.request_stop()
    assert await driver.async_join()


async def test_a_thread_whose_iterations_fail_and_are_handled_gets_messages_and_pats() -> None:
    """A driver without its device must be heard to live, and told to reset the device."""
    driver = Driver(pat_timeout=0.02)
    driver.goes_on = True
    driver.in_hook = raising("iterate")
    items = started(driver)
    driver.put_to_sync_queue("reset")
    seen: set[str] = set()
    while not {"handle reset", "PatInternalWatchdog"} <= seen:
        item = await items.get()
        seen.add(item.header.message_type if isinstance(item, Message) else str(item))
    driver.request_stop()
    assert await driver.async_join()


async def test_both_errors_are_told_if_handling_an_exception_fails() -> None:
    driver = Driver()

    def fail_twice(hook: str) -> None:
        if hook == "iterate":
            raise ValueError("the valve is stuck")
        if hook.startswith("exception"):
            raise KeyError("no second valve")

    driver.in_hook = fail_twice
    items = started(driver)
    failed = (await take(items, 4))[-1]
    assert isinstance(failed, ThreadFailed)
    assert isinstance(failed.error, KeyError)
    assert str(failed.error.__context__) == "the valve is stuck"
    await driver.async_join()


async def test_what_preparing_raises_is_reported() -> None:
    """Hazard 28: the original's thread ended silently."""
    driver = Driver()
    driver.goes_on = True
    driver.in_hook = raising("preiterate")
    items = started(driver)
    assert await items.get() == "preiterate"
    failed = await items.get()
    assert isinstance(failed, ThreadFailed)
    assert str(failed.error) == "the valve is stuck"
    assert await driver.async_join()


async def test_a_thread_that_leaves_the_interpreter_is_reported() -> None:
    driver = Driver()

    def leave(hook: str) -> None:
        raise SystemExit(3)

    driver.in_hook = leave
    items = started(driver)
    failed = (await take(items, 2))[-1]
    assert isinstance(failed, ThreadFailed)
    assert isinstance(failed.error, SystemExit)
    await driver.async_join()


def test_a_failure_after_the_end_of_the_loop_is_logged_and_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hazard 28: the thread died of its message to the loop."""
    loop_is_closed = threading.Event()
    driver = Driver(iterate_sleep_seconds=0.001)

    def fail_late(hook: str) -> None:
        if hook == "iterate":
            loop_is_closed.wait()
            raise ValueError("the valve is stuck")

    driver.in_hook = fail_late

    async def only_start() -> None:
        started(driver)

    asyncio.run(only_start())
    loop_is_closed.set()
    driver.join()
    errors = [record.exc_info for record in caplog.records if record.exc_info]
    assert [str(error) for _, error, _ in errors] == ["the valve is stuck"]


def test_a_thread_without_a_loop_logs_what_ended_it(caplog: pytest.LogCaptureFixture) -> None:
    class Silent(SyncAsyncInteractionThread):
        @override
        def _preiterate(self) -> None:
            raise ValueError("the valve is stuck")

    driver = Silent()
    driver.start()
    driver.join()
    assert "the valve is stuck" in caplog.text


# Pats


async def test_a_sleeping_thread_pats() -> None:
    driver = Driver(iterate_sleep_seconds=LONG_S, pat_timeout=0.02)
    items = started(driver)
    for pat in (await take(items, 4))[1:]:
        assert isinstance(pat, Message)
        assert (pat.header.src, pat.header.dst) == ("driver", "watchdog_manager")
        assert isinstance(pat.payload, PatInternalWatchdog)
    driver.request_stop()
    await driver.async_join()


@pytest.mark.parametrize("channel", [None, SyncAsyncQueueWriter[object]()])
async def test_a_waiting_thread_pats(channel: SyncAsyncQueueWriter[object] | None) -> None:
    driver = MessageDriver(channel, pat_timeout=0.02)
    items = started(driver)
    payloads = [item.payload for item in await take(items, 3) if isinstance(item, Message)]
    assert payloads == [PatInternalWatchdog()] * 3
    driver.request_stop()
    await driver.async_join()


async def test_a_thread_that_ends_as_it_should_says_that_it_will_not_pat_again() -> None:
    driver = MessageDriver(name="driver", pat_timeout=LONG_S)
    items = started(driver)
    driver.request_stop()
    assert await driver.async_join()
    assert await items.get() == to_actor("driver", "watchdog_manager", LastPat())
    assert items.empty()


async def test_a_hook_that_writes_pats() -> None:
    """It may have to wait for room in a busy loop, which is not its fault."""
    driver = Driver(pat_timeout=0.02)
    driver.in_hook = lambda hook: write_on(driver) if hook == "iterate" else None
    items = started(driver)
    pats = 0
    while pats < 3:
        pats += isinstance(await items.get(), Message)
    driver.request_stop()
    assert await driver.async_join()


def write_on(driver: Driver) -> None:
    while driver.running:
        driver._put_to_async_queue("a reading")
        threading.Event().wait(0.001)


async def test_a_pat_is_due_after_half_of_the_time() -> None:
    driver = Driver(pat_timeout=2 * LONG_S)
    assert driver.time_to_pat()
    items: asyncio.Queue[object] = asyncio.Queue()
    driver.set_async_loop(asyncio.get_running_loop(), items)
    driver.pat_watchdog()
    assert not driver.time_to_pat()
    assert await items.get() == to_actor("driver", "watchdog_manager", PatInternalWatchdog())


def test_a_thread_that_would_always_be_late_is_refused() -> None:
    with pytest.raises(ValueError, match="pat_timeout"):
        SyncAsyncInteractionThread(pat_timeout=0)


# Joining


async def test_a_thread_that_was_not_started_is_joined_at_once() -> None:
    assert await Driver().async_join()


class OwnRun(SyncAsyncInteractionThread):
    """Does not iterate, but what it likes."""

    @override
    def run(self) -> None:
        while self.running is not False:
            self._handle_message(self._channel.get_from_sync_queue())

    @override
    def _handle_message(self, message: object) -> None:
        if message == "fail":
            raise ValueError("the valve is stuck")


async def test_a_thread_with_a_run_of_its_own_can_be_joined() -> None:
    driver = OwnRun(pat_timeout=None)
    started(driver)
    join = asyncio.ensure_future(driver.async_join())
    await asyncio.sleep(0)
    driver.request_stop()
    driver.put_to_sync_queue("end")
    assert await join
    assert not driver.is_alive()


async def test_what_a_run_of_its_own_raises_is_reported() -> None:
    driver = OwnRun(pat_timeout=None)
    items = started(driver)
    driver.put_to_sync_queue("fail")
    failed = await items.get()
    assert isinstance(failed, ThreadFailed)
    assert str(failed.error) == "the valve is stuck"
    assert await driver.async_join()


async def test_several_may_join() -> None:
    driver = Driver(iterate_sleep_seconds=LONG_S)
    started(driver)
    joins = [asyncio.ensure_future(driver.async_join()) for _ in range(3)]
    await asyncio.sleep(0)
    driver.request_stop()
    assert await asyncio.gather(*joins) == [True] * 3
    assert await driver.async_join()


def hang_for_ever(released: threading.Event) -> None:
    released.wait()


async def test_a_join_that_gives_up_shows_where_the_thread_hangs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    released = threading.Event()
    driver = Driver()
    driver.in_hook = lambda hook: hang_for_ever(released) if hook == "iterate" else None
    items = started(driver)
    await take(items, 2)
    driver.request_stop()
    assert not await driver.async_join(timeout=0.01)
    assert "'driver'" in caplog.text
    assert "hang_for_ever" in caplog.text
    caplog.clear()

    join = asyncio.ensure_future(driver.async_join())
    await asyncio.sleep(0)
    join.cancel()
    with pytest.raises(asyncio.CancelledError):
        await join
    assert "hang_for_ever" in caplog.text
    released.set()
    assert await driver.async_join()
