"""`Deadline`: what ends in time, what does not, and what is left behind."""

import asyncio

import pytest

from gwproactor.adapters.memory import VirtualClock
from gwproactor.app.deadline import Deadline
from gwproactor.testing.virtual_time import in_virtual_time


def clock() -> VirtualClock:
    return VirtualClock(asyncio.get_running_loop())


def task(seconds: float) -> "asyncio.Task[None]":
    return asyncio.ensure_future(clock().sleep(seconds))


@in_virtual_time
async def test_what_has_not_ended_in_time_is_told_and_cancelled() -> None:
    quick, slow = task(1.0), task(100.0)
    with Deadline(clock(), 10.0) as deadline:
        deadline.begin()
        assert await deadline.wait([quick, slow]) == {slow}
    assert clock().monotonic_s() == 10.0
    await asyncio.wait([slow])
    assert slow.cancelled()


@in_virtual_time
async def test_when_all_have_ended_nobody_waits_any_longer_and_no_timer_is_left() -> None:
    with Deadline(clock(), 10.0) as deadline:
        deadline.begin()
        assert await deadline.wait([task(1.0), task(2.0)]) == set()
    assert clock().monotonic_s() == 2.0
    deadline.begin()
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined] # asyncio shows them nowhere
    assert [timer for timer in timers if not timer.cancelled()] == []


@in_virtual_time
async def test_time_counts_from_the_first_begin() -> None:
    with Deadline(clock(), 10.0) as deadline:
        clock().call_at(1000.0, deadline.begin)
        clock().call_at(1005.0, deadline.begin)
        assert len(await deadline.wait([task(1e6)])) == 1
    assert clock().monotonic_s() == 1010.0


@in_virtual_time
async def test_after_the_deadline_nobody_waits_but_what_is_quick_still_ends() -> None:
    with Deadline(clock(), 10.0) as deadline:
        deadline.begin()
        await deadline.wait([task(20.0)])
        steps: list[str] = []

        async def quick() -> None:
            steps.append("quick")

        slow = task(1.0)
        assert await deadline.wait([asyncio.ensure_future(quick()), slow]) == {slow}
    assert steps == ["quick"]
    assert clock().monotonic_s() == 10.0


@in_virtual_time
async def test_who_gives_up_waiting_cancels_what_was_waited_for() -> None:
    endless = task(1e6)
    with Deadline(clock(), 10.0) as deadline:
        waiting = asyncio.ensure_future(deadline.wait([endless]))
        await clock().sleep(1.0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await asyncio.wait([endless])
    assert endless.cancelled()
