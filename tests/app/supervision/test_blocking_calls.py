"""Blocking drivers that a `run` calls in a thread: never two of them at one valve."""

import asyncio
import threading

import attrs
from typing_extensions import override

from gwproactor import Actor
from gwproactor.adapters.memory import VirtualClock
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time


@attrs.define(eq=False)
class Driver:
    """Its first call hangs until `release`; `most` is how many were at the valve at once."""

    inside: int = 0
    most: int = 0
    calls: int = 0
    _entered: threading.Event = attrs.field(init=False, factory=threading.Event)
    _may_end: threading.Event = attrs.field(init=False, factory=threading.Event)

    def turn(self, degrees: int) -> int:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.calls == 1:
            self._entered.set()
            self._may_end.wait(30.0)
        self.inside -= 1
        return degrees

    def hangs(self) -> bool:
        return self._entered.wait(30.0)

    def release(self) -> None:
        """Return when its thread has ended: virtual time does not wait for threads."""
        self._may_end.set()
        for thread in threading.enumerate():
            if thread.name == "actor valve: turn":
                thread.join(30.0)


class Valve(Actor):
    def __init__(self, driver: Driver) -> None:
        super().__init__("valve")
        self.driver = driver
        self.turned: list[int] = []

    @override
    async def run(self) -> None:
        self.turned.append(await self.in_thread(self.driver.turn, 90))
        await self.sleep(1e9)


@in_virtual_time
async def test_a_restart_waits_for_the_thread_of_the_former_run() -> None:
    clock, valve = VirtualClock(asyncio.get_running_loop()), Valve(Driver())
    async with running(valve, clock, problems_expected=True) as driven:
        await clock.sleep(0.0)
        assert valve.driver.hangs()
        await clock.sleep(65.0)
        assert [problem.cause for problem in driven.problems] == ["late"]
        assert "in_thread" in driven.problems[0].details
        assert valve.driver.calls == 1, "it was to be restarted after 0.5 s"
        valve.driver.release()
        await clock.sleep(1.0)
        # The second call is quick, but virtual time is quicker.
        valve.driver.release()
        await clock.sleep(1.0)
    assert (valve.driver.calls, valve.driver.most, valve.turned) == (2, 1, [90])
    assert driven.stop_reason is None


@in_virtual_time
async def test_a_thread_that_does_not_end_stops_the_node() -> None:
    clock, valve = VirtualClock(asyncio.get_running_loop()), Valve(Driver())
    async with running(valve, clock, problems_expected=True) as driven:
        await clock.sleep(0.0)
        assert valve.driver.hangs()
        await clock.sleep(80.0)
        assert [problem.cause for problem in driven.problems] == ["late", "does not end"]
        assert driven.stop_reason is not None
        assert valve.driver.calls == 1
        valve.driver.release()
