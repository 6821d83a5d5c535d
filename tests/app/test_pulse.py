"""What is seen of a coroutine from outside."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from gwproactor.adapters.memory import VirtualClock
from gwproactor.app.pulse import Pulse
from gwproactor.testing.virtual_time import in_virtual_time


def pulse() -> tuple[Pulse, VirtualClock]:
    clock = VirtualClock(asyncio.get_running_loop())
    built = Pulse()
    built.attach(clock)
    return built, clock


@in_virtual_time
async def test_each_step_of_the_coroutine_is_progress() -> None:
    seen, clock = pulse()

    async def work() -> None:
        for pause_s in (1.0, 2.0):
            await clock.sleep(pause_s)
        await clock.sleep(100.0)

    task = asyncio.create_task(seen.follow(work()))
    noted = []
    for _ in range(5):
        await clock.sleep(1.0001)
        noted.append(seen.progress_s)
    assert noted == [pytest.approx(time_s) for time_s in (1.0, 1.0, 3.0, 3.0, 3.0)]
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert seen.progress_s == clock.monotonic_s()


@in_virtual_time
async def test_results_exceptions_and_cancellation_pass_through() -> None:
    seen, clock = pulse()
    caught: list[str] = []

    async def work() -> None:
        with pytest.raises(LookupError):
            await asyncio.gather(fail())
        caught.append("error")
        try:
            await clock.sleep(100.0)
        except asyncio.CancelledError:
            await clock.sleep(1.0)
            caught.append("cancelled")
            raise

    async def fail() -> None:
        raise LookupError

    task = asyncio.create_task(seen.follow(work()))
    await clock.sleep(1.0)
    task.cancel()
    await asyncio.wait([task])
    assert caught == ["error", "cancelled"]


@in_virtual_time
async def test_the_innermost_reason_to_wait_counts_until_it_is_left() -> None:
    seen, clock = pulse()

    async def work() -> None:
        with seen.waiting("outer"):
            await clock.sleep(1.0)
            with seen.waiting("inner"):
                await clock.sleep(1.0)
            await clock.sleep(1.0)
        await clock.sleep(1.0)

    task = asyncio.create_task(seen.follow(work()))
    reasons = []
    for _ in range(4):
        await clock.sleep(0.5)
        reasons.append(seen.waits_for)
        await clock.sleep(0.5001)
    assert reasons == ["outer", "inner", "outer", ""]
    await task


@in_virtual_time
async def test_a_wait_in_another_task_is_no_wait_of_the_coroutine() -> None:
    seen, clock = pulse()

    async def other() -> None:
        with seen.waiting("something else"):
            await clock.sleep(5.0)

    async def work() -> None:
        await asyncio.gather(other(), other())

    task = asyncio.create_task(seen.follow(work()))
    await clock.sleep(1.0)
    assert seen.waits_for == ""
    await task


@in_virtual_time
async def test_the_stack_names_every_call_that_waits() -> None:
    seen, clock = pulse()

    async def read_meter() -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 1

    async def poll() -> None:
        async for _ in read_meter():
            pass

    async def read_valve() -> None:
        await asyncio.Event().wait()

    async def work() -> None:
        await read_valve()

    following = [seen.follow(one) for one in (work(), poll())]
    tasks = [asyncio.create_task(one) for one in following]
    await clock.sleep(0.0)
    valve, meter = (one.stack() for one in following)
    assert valve.index("in work") < valve.index("in read_valve") < valve.index("in wait")
    assert "await asyncio.Event().wait()" in valve
    assert "in poll" in meter
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert following[0].stack() == ""


@in_virtual_time
async def test_a_task_is_printed_with_the_coroutines_own_name_and_line() -> None:
    seen, clock = pulse()

    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(seen.follow(work()))
    await clock.sleep(0.0)
    assert "work" in repr(task)
    printed = io.StringIO()
    task.print_stack(file=printed)
    assert "await asyncio.Event().wait()" in printed.getvalue()
    task.cancel()
    await asyncio.wait([task])


def test_without_a_clock_it_says_how_to_get_one() -> None:
    with pytest.raises(RuntimeError, match=r"gwproactor\.testing\.running_actor"):
        _ = Pulse().clock
