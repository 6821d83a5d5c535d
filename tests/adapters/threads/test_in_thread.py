"""A blocking call in a thread, which is not left behind."""

import asyncio
import logging
import threading
from contextvars import ContextVar

import pytest

from gwproactor.adapters.threads.in_thread import in_thread

FLAVOUR: ContextVar[str] = ContextVar("FLAVOUR")


class Driver:
    """Blocks in its thread until the test lets it go on."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.entered = asyncio.Event()
        self.may_end = threading.Event()
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._error = error

    def work(self) -> str:
        self._loop.call_soon_threadsafe(self.entered.set)
        self.may_end.wait()
        self.ended = True
        if self._error is not None:
            raise self._error
        return "done"


async def test_the_result_comes_back_from_a_daemon_thread_of_that_name() -> None:
    def work(number: int, *, twice: bool) -> tuple[int, str, bool, str]:
        thread = threading.current_thread()
        return number * (1 + twice), thread.name, thread.daemon, FLAVOUR.get()

    FLAVOUR.set("sweet")
    assert await in_thread("meter", work, 21, twice=True) == (42, "meter", True, "sweet")


@pytest.mark.parametrize("error", [LookupError, StopIteration, SystemExit])
async def test_what_the_call_raises_is_raised_here(error: type[BaseException]) -> None:
    def work() -> None:
        raise error("no current")

    with pytest.raises((error, RuntimeError), match=r"no current|StopIteration"):
        await in_thread("meter", work)


async def test_the_cancellation_waits_for_the_thread_and_then_goes_on() -> None:
    driver = Driver()
    task = asyncio.create_task(in_thread("valve", driver.work))
    await driver.entered.wait()
    for _ in range(3):
        task.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert not task.done()
    driver.may_end.set()
    await asyncio.wait([task])
    assert (task.cancelled(), driver.ended) == (True, True)


async def test_what_a_cancelled_call_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    driver = Driver(LookupError("the valve jams"))
    task = asyncio.create_task(in_thread("valve", driver.work))
    await driver.entered.wait()
    task.cancel()
    driver.may_end.set()
    with caplog.at_level(logging.ERROR):
        await asyncio.wait([task])
    assert task.cancelled()
    assert "'valve' failed after it was cancelled" in caplog.text
    assert "the valve jams" in caplog.text


async def test_a_time_limit_is_kept_as_soon_as_the_thread_has_ended() -> None:
    driver = Driver()

    async def limited() -> None:
        async with asyncio.timeout(0):
            await in_thread("valve", driver.work)

    task = asyncio.create_task(limited())
    await driver.entered.wait()
    driver.may_end.set()
    with pytest.raises(TimeoutError):
        await task


def test_a_thread_that_outlives_its_loop_ends_quietly() -> None:
    entered, may_end = threading.Event(), threading.Event()
    threads = list[threading.Thread]()

    def work() -> None:
        threads.append(threading.current_thread())
        entered.set()
        may_end.wait()

    loop = asyncio.new_event_loop()
    # No task: one that never ends is logged when it is collected, in whatever test runs then.
    call = in_thread("valve", work)
    loop.call_soon(call.send, None)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert entered.wait(10.0)
    loop.close()
    may_end.set()
    [thread] = threads
    thread.join(10.0)
    assert not thread.is_alive()
    call.close()
