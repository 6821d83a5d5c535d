"""What every `Clock` must do, as tests to be run on each adapter.

Subclass `ClockContract` under a name that pytest collects, and override `clock`. On a real clock
the tests wait for some hundredths of a second.
"""

import asyncio
from functools import partial
from typing import Final

from gwproactor.ports.clock import Clock

SHORT_S: Final = 0.01
# Timers of an event loop may fire early by the resolution of its clock.
RESOLUTION_S: Final = 0.001
YEAR_2000_MS: Final = 946_684_800_000
YEAR_3000_MS: Final = 32_503_680_000_000


class ClockContract:
    """The tests; each runs on the loop that the clock belongs to."""

    def clock(self) -> Clock:
        """The clock of the running loop."""
        raise NotImplementedError

    async def test_monotonic_time_never_goes_back(self) -> None:
        clock = self.clock()
        times = []
        for _ in range(100):
            times.append(clock.monotonic_s())
            await asyncio.sleep(0)
        assert times == sorted(times)

    async def test_sleep_lasts_as_long_as_asked(self) -> None:
        clock = self.clock()
        began_s = clock.monotonic_s()
        await clock.sleep(SHORT_S)
        assert clock.monotonic_s() - began_s >= SHORT_S - RESOLUTION_S

    async def test_sleeping_below_zero_is_sleeping_for_zero(self) -> None:
        clock = self.clock()
        other_ran = asyncio.Event()
        asyncio.get_running_loop().call_soon(other_ran.set)
        await clock.sleep(-1)
        assert other_ran.is_set()

    async def test_a_call_happens_once_and_not_before_its_time(self) -> None:
        clock = self.clock()
        due_s = clock.monotonic_s() + SHORT_S
        called_s: list[float] = []
        clock.call_at(due_s, lambda: called_s.append(clock.monotonic_s()))
        await clock.sleep(3 * SHORT_S)
        assert len(called_s) == 1
        assert called_s[0] >= due_s - RESOLUTION_S

    async def test_calls_happen_in_the_order_of_their_times(self) -> None:
        clock = self.clock()
        now_s = clock.monotonic_s()
        called: list[int] = []
        for order in (3, 1, 2):
            clock.call_at(now_s + order * SHORT_S, partial(called.append, order))
        await clock.sleep(4 * SHORT_S)
        assert called == [1, 2, 3]

    async def test_a_call_in_the_past_happens_soon_but_not_at_once(self) -> None:
        clock = self.clock()
        called = asyncio.Event()
        clock.call_at(clock.monotonic_s() - 1, called.set)
        assert not called.is_set()
        await called.wait()

    async def test_a_cancelled_call_never_happens(self) -> None:
        clock = self.clock()
        called = asyncio.Event()
        for due_s in (clock.monotonic_s() - 1, clock.monotonic_s() + SHORT_S):
            clock.call_at(due_s, called.set).cancel()
        await clock.sleep(2 * SHORT_S)
        assert not called.is_set()

    async def test_cancelling_after_the_call_has_no_effect(self) -> None:
        clock = self.clock()
        called = asyncio.Event()
        timer = clock.call_at(clock.monotonic_s(), called.set)
        await called.wait()
        timer.cancel()
        timer.cancel()

    async def test_wall_time_is_of_this_age_and_goes_on_with_monotonic_time(self) -> None:
        clock = self.clock()
        began_ms = clock.wall_ms()
        assert YEAR_2000_MS < began_ms < YEAR_3000_MS
        await clock.sleep(2 * SHORT_S)
        assert clock.wall_ms() > began_ms
