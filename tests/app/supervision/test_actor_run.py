"""Actors with a `run`: begun, restarted, ended, and found when they hang."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import pytest
from typing_extensions import override

from gwproactor import Actor, FailurePolicy, Message, to_actor
from gwproactor.adapters.memory import VirtualClock
from gwproactor.adapters.memory.clock import VirtualTimeLoop
from gwproactor.domain.supervision import SupervisionState
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time

REPORT, RESTART, STOP_NODE = FailurePolicy.REPORT, FailurePolicy.RESTART, FailurePolicy.STOP_NODE
NEVER: Final = 1e9


class Pump(Actor):
    """Its `run` does what the test says, in turn: the last of *works* again and again."""

    def __init__(self, *works: "Callable[[Pump], Awaitable[object]]") -> None:
        super().__init__("pump")
        self.works = list(works)
        self.runs = 0
        self.inits = 0
        self.got: list[object] = []

    @override
    def init(self) -> None:
        self.inits += 1

    @override
    async def run(self) -> None:
        work = self.works[min(self.runs, len(self.works) - 1)]
        self.runs += 1
        await work(self)


async def breaks(_: Pump) -> None:
    raise LookupError("no current")


async def sleeps(pump: Pump) -> None:
    await pump.sleep(NEVER)


async def hangs(_: Pump) -> None:
    await asyncio.Event().wait()


async def reads(pump: Pump) -> None:
    async for message in pump.inbox:
        pump.got.append(message.payload)


async def ends(_: Pump) -> None:
    pass


def virtual_clock() -> VirtualClock:
    return VirtualClock(asyncio.get_running_loop())


def note(number: int) -> Message[object]:
    return to_actor("x", "pump", number)


# Life


@in_virtual_time
async def test_run_begins_with_the_node_and_is_cancelled_with_it() -> None:
    clock, pump = virtual_clock(), Pump(sleeps)
    async with running(pump, clock) as driven:
        before = driven.status.state
        await clock.sleep(3_600.0)
        assert (pump.inits, pump.runs) == (1, 1)
    assert (before, driven.status.state) == (SupervisionState.RUNNING, SupervisionState.STOPPED)


@in_virtual_time
async def test_a_run_may_end_and_that_is_no_problem() -> None:
    clock, pump = virtual_clock(), Pump(ends)
    async with running(pump, clock) as driven:
        await clock.sleep(3_600.0)
        assert pump.runs == 1
        assert driven.status.state is SupervisionState.ENDED


@in_virtual_time
async def test_messages_reach_the_run_in_order_also_those_before_its_first_step() -> None:
    clock, pump = virtual_clock(), Pump(reads)
    async with running(pump, clock) as driven:
        driven.give(note(1))
        await clock.sleep(1.0)
        driven.give(note(2))
        driven.give(note(3))
        await clock.sleep(1.0)
    assert pump.got == [1, 2, 3]


@in_virtual_time
async def test_a_cleanup_that_takes_its_time_is_waited_for() -> None:
    clock, closed = virtual_clock(), []

    async def careful(pump: Pump) -> None:
        try:
            await pump.sleep(NEVER)
        finally:
            await pump.sleep(3.0)
            closed.append(clock.monotonic_s())

    async with running(Pump(careful), clock):
        await clock.sleep(1.0)
    assert closed == [4.0]


@in_virtual_time
async def test_a_wrong_cleanup_is_reported() -> None:
    clock = virtual_clock()

    async def careless(pump: Pump) -> None:
        try:
            await pump.sleep(NEVER)
        finally:
            raise LookupError("no such valve")

    async with running(Pump(careless), clock, problems_expected=True) as driven:
        await clock.sleep(1.0)
    assert "actor 'pump' failed in run: LookupError: no such valve" in driven.problems[0].summary
    assert driven.stop_reason is None


# Failures (Hazard 13)


@in_virtual_time
async def test_a_failing_run_is_reported_and_restarted_on_the_same_object_after_a_pause() -> None:
    """Hazard 13: one exception does not stop the node."""
    clock, pump = virtual_clock(), Pump(breaks, reads)
    async with running(pump, clock, problems_expected=True) as driven:
        driven.give(note(1))
        await clock.sleep(0.2)
        assert (pump.runs, driven.status.state) == (1, SupervisionState.RESTARTING)
        driven.give(note(2))
        await clock.sleep(0.4)
        assert (pump.runs, pump.inits) == (2, 2)
        status = driven.status
    assert pump.got == [1, 2], "what waited is not lost"
    assert (status.state, status.failures, status.restarts) == (SupervisionState.RUNNING, 1, 1)
    [problem] = driven.problems
    assert problem.summary == "actor 'pump' failed in run: LookupError: no current"
    assert "Traceback" in problem.details
    assert status.last_failure == problem.summary
    assert driven.stop_reason is None


@in_virtual_time
async def test_a_run_that_restarts_do_not_help_stops_the_node() -> None:
    clock, pump = virtual_clock(), Pump(breaks)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(60.0)
        assert (pump.runs, driven.status.state) == (5, SupervisionState.FAILED)
    assert driven.stop_reason is not None
    assert driven.stop_reason.startswith("'pump' failed 5 times, at last: actor 'pump' failed in")


@in_virtual_time
async def test_a_run_that_is_only_reported_stays_down_and_its_messages_are_dropped() -> None:
    clock, pump = virtual_clock(), Pump(breaks)
    pump.failure_policy = REPORT
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(3_600.0)
        assert (pump.runs, driven.status.state) == (1, SupervisionState.FAILED)
        driven.give(note(1))
        assert driven.status.inbox_dropped == 1
    assert [problem.cause for problem in driven.problems] == ["run LookupError", "inbox"]
    assert driven.stop_reason is None


@in_virtual_time
async def test_a_run_may_be_too_important_for_a_restart() -> None:
    clock, pump = virtual_clock(), Pump(breaks)
    pump.failure_policy = STOP_NODE
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(1.0)
    assert driven.stop_reason is not None
    assert pump.runs == 1


@in_virtual_time
async def test_a_run_that_cancels_itself_has_failed() -> None:
    async def trips(_: Pump) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    clock, pump = virtual_clock(), Pump(trips, sleeps)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(1.0)
        assert pump.runs == 2
    assert driven.problems[0].cause == "run CancelledError"


@in_virtual_time
async def test_a_failing_init_counts_as_a_failure_of_the_restart() -> None:
    """Hazard 13: `init` at a restart."""

    class Dry(Pump):
        @override
        def init(self) -> None:
            super().init()
            if self.inits in (2, 3):
                raise OSError("no water")

    clock, pump = virtual_clock(), Dry(breaks, sleeps)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(10.0)
        assert (pump.inits, pump.runs) == (4, 2)
        assert driven.status.failures == 3
    causes = [problem.cause for problem in driven.problems]
    assert causes == ["run LookupError", "init OSError", "init OSError"]


@in_virtual_time
async def test_a_run_that_is_no_coroutine_function_is_named() -> None:
    class Wrong(Actor):
        @override
        def run(self) -> None:  # type: ignore[override] # that is what is wrong
            pass

    clock = virtual_clock()
    async with running(Wrong("w"), clock, problems_expected=True) as driven:
        await clock.sleep(0.0)
    assert "Wrong.run must be an `async def`" in driven.problems[0].summary


# Late (Hazard 13: no pats by hand)


@in_virtual_time
async def test_a_run_that_does_not_go_on_is_late_named_with_its_stack_and_restarted() -> None:
    """Hazard 13: nobody writes pats, and a hang is found all the same."""

    async def reads_a_meter(_: Pump) -> None:
        await hangs(pump)

    clock, pump = virtual_clock(), Pump(reads_a_meter, sleeps)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(59.9)
        assert not driven.problems
        await clock.sleep(0.2)
        assert driven.status.state is SupervisionState.RESTARTING
        await clock.sleep(0.6)
        assert (pump.runs, pump.inits) == (2, 2)
    [problem] = driven.problems
    assert problem.summary == "actor 'pump' is late: its run has not gone on for 60 s"
    assert problem.details.index("in reads_a_meter") < problem.details.index("in hangs")
    assert "await asyncio.Event().wait()" in problem.details
    assert driven.stop_reason is None


@pytest.mark.parametrize("wait", ["inbox", "sleep", "waiting"])
@in_virtual_time
async def test_no_wait_that_is_declared_makes_a_run_late(wait: str) -> None:
    async def waits(pump: Pump) -> None:
        match wait:
            case "inbox":
                await pump.inbox.get()
            case "sleep":
                await pump.sleep(NEVER)
            case _:
                with pump.waiting("the tide"):
                    await hangs(pump)

    clock, pump = virtual_clock(), Pump(waits)
    async with running(pump, clock) as driven:
        await clock.sleep(3_600.0)
        waits_for = {"inbox": "a message", "sleep": "1e+09 s to pass", "waiting": "the tide"}
        assert driven.status.waits_for == waits_for[wait]
        assert driven.status.state is SupervisionState.RUNNING


@pytest.mark.parametrize("wait", ["inbox", "sleep"])
@in_virtual_time
async def test_a_wait_within_a_deadline_of_the_actors_own_makes_no_run_late(wait: str) -> None:
    """asyncio.wait_for makes a task of what it waits for, up to Python 3.11."""

    async def waits(pump: Pump) -> None:
        while True:
            what = pump.inbox.get() if wait == "inbox" else pump.sleep(NEVER)
            with suppress(TimeoutError):
                await asyncio.wait_for(what, 200.0)

    clock, pump = virtual_clock(), Pump(waits)
    async with running(pump, clock) as driven:
        await clock.sleep(3_600.0)
        assert driven.status.waits_for
        assert (pump.runs, driven.status.state) == (1, SupervisionState.RUNNING)


@in_virtual_time
async def test_the_time_after_such_a_wait_begins_anew() -> None:
    clock = virtual_clock()

    async def sleeps_and_hangs(pump: Pump) -> None:
        await pump.sleep(100.0)
        await hangs(pump)

    async def waits(pump: Pump) -> None:
        await asyncio.wait_for(sleeps_and_hangs(pump), NEVER)

    async with running(Pump(waits, sleeps), clock, problems_expected=True) as driven:
        await clock.sleep(159.0)
        assert not driven.problems
        await clock.sleep(2.0)
        assert [problem.cause for problem in driven.problems] == ["late"]


@in_virtual_time
async def test_a_wait_of_a_former_runs_task_hides_no_hang_of_the_next() -> None:
    tasks = list[asyncio.Task[None]]()

    async def leaves_a_task(pump: Pump) -> None:
        tasks.append(asyncio.create_task(pump.sleep(100.0)))
        await asyncio.sleep(0)  # so that it begins
        raise LookupError

    clock, pump = virtual_clock(), Pump(leaves_a_task, hangs)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(65.0)
        assert [problem.cause for problem in driven.problems] == ["run LookupError", "late"]
    [task] = tasks
    task.cancel()


@in_virtual_time
async def test_the_tasks_of_a_group_end_with_the_run_that_fails() -> None:
    live = list[int]()

    async def child() -> None:
        live.append(1)
        try:
            await hangs(pump)
        finally:
            live.pop()

    async def breaks_with_children(pump: Pump) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(child())
            await pump.sleep(1.0)
            raise LookupError

    clock, pump = virtual_clock(), Pump(breaks_with_children, sleeps)
    async with running(pump, clock, problems_expected=True):
        await clock.sleep(0.5)
        assert live == [1]
        await clock.sleep(5.0)
        assert (pump.runs, live) == (2, [])


@in_virtual_time
async def test_a_run_that_goes_on_now_and_then_is_never_late() -> None:
    clock = virtual_clock()

    async def polls(_: Pump) -> None:
        while True:
            await clock.sleep(59.0)

    async with running(Pump(polls), clock) as driven:
        await clock.sleep(3_600.0)
        assert driven.status.progress_age_s == pytest.approx(1.0, abs=0.5)


@in_virtual_time
async def test_the_time_after_a_declared_wait_begins_anew() -> None:
    clock = virtual_clock()

    async def reads_then_hangs(pump: Pump) -> None:
        await pump.sleep(1_000.0)
        await hangs(pump)

    pump = Pump(reads_then_hangs)
    pump.failure_policy = REPORT
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(1_059.0)
        assert not driven.problems
        await clock.sleep(2.0)
        assert [problem.cause for problem in driven.problems] == ["late"]


@in_virtual_time
async def test_an_actor_that_is_late_once_is_reported_once_and_again_only_after_progress() -> None:
    clock, go_on = virtual_clock(), asyncio.Event()

    async def hangs_twice(pump: Pump) -> None:
        await go_on.wait()
        await hangs(pump)

    pump = Pump(hangs_twice)
    pump.failure_policy = REPORT
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(600.0)
        assert (len(driven.problems), driven.status.state) == (1, SupervisionState.LATE)
        go_on.set()
        await clock.sleep(1.0)
        assert driven.status.state is SupervisionState.RUNNING
        await clock.sleep(600.0)
        assert (len(driven.problems), driven.status.state) == (2, SupervisionState.LATE)


@in_virtual_time
async def test_an_actor_says_itself_how_long_it_may_take() -> None:
    clock = virtual_clock()
    slow, quick = Pump(hangs), Pump(hangs)
    slow.late_after_s, quick.late_after_s = math.inf, 2.0
    quick.failure_policy = REPORT
    async with running(slow, clock), running(quick, clock, problems_expected=True) as driven:
        await clock.sleep(2.1)
        assert [problem.cause for problem in driven.problems] == ["late"]
        await clock.sleep(3_600.0)


@in_virtual_time
async def test_an_actor_that_is_too_important_stops_the_node_when_it_is_late() -> None:
    clock, pump = virtual_clock(), Pump(hangs)
    pump.failure_policy = STOP_NODE
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(61.0)
    assert driven.stop_reason is not None
    assert "late" in driven.stop_reason


@in_virtual_time
async def test_a_late_run_is_cancelled_at_once_not_only_when_it_is_restarted() -> None:
    clock, ended_s = virtual_clock(), list[float]()

    async def notes_its_end(pump: Pump) -> None:
        try:
            await hangs(pump)
        finally:
            ended_s.append(clock.monotonic_s())

    async with running(Pump(notes_its_end, sleeps), clock, problems_expected=True):
        await clock.sleep(70.0)
    assert ended_s == [pytest.approx(60.0)]


@in_virtual_time
async def test_a_late_run_has_ended_before_the_next_begins() -> None:
    clock = virtual_clock()
    order: list[str] = []

    async def slow_to_end(pump: Pump) -> None:
        try:
            await hangs(pump)
        finally:
            await clock.sleep(8.0)
            order.append("ended")

    async def begins(pump: Pump) -> None:
        order.append("begun")
        await pump.sleep(NEVER)

    pump = Pump(slow_to_end, begins)
    async with running(pump, clock, problems_expected=True):
        await clock.sleep(67.9)
        assert order == []
        await clock.sleep(0.6)
        assert order == ["ended", "begun"]


@in_virtual_time
async def test_a_late_run_that_does_not_end_stops_the_node_with_its_stack() -> None:
    async def deaf(_: Pump) -> None:
        gate = asyncio.Event()
        while not pump.got:
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    clock = virtual_clock()
    pump = Pump(deaf)
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(75.0)
        pump.got.append("let the test end")
    assert driven.stop_reason is not None
    assert "10 s after it was cancelled its run has not ended" in driven.stop_reason
    assert "await gate.wait()" in driven.problems[-1].details


@in_virtual_time
async def test_a_stop_in_the_midst_of_a_restart_leaves_no_timer() -> None:
    clock = virtual_clock()

    async def slow_to_end(pump: Pump) -> None:
        try:
            await hangs(pump)
        finally:
            await clock.sleep(5.0)

    async with running(Pump(slow_to_end), clock, problems_expected=True) as driven:
        await clock.sleep(62.0)
    assert driven.stop_reason is None
    loop = asyncio.get_running_loop()
    timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined] # asyncio shows them nowhere
    assert timers == []


@in_virtual_time
async def test_a_join_that_is_given_up_says_where_the_run_hangs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def deaf(_: Pump) -> None:
        gate = asyncio.Event()
        while not pump.got:
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    clock, pump = virtual_clock(), Pump(deaf)

    async def drive() -> None:
        async with running(pump, clock):
            await clock.sleep(1.0)

    driving = asyncio.create_task(drive())
    await clock.sleep(5.0)
    with caplog.at_level(logging.ERROR):
        driving.cancel()
        await asyncio.wait([driving])
    assert "actor 'pump' was cancelled and does not end" in caplog.text
    assert "await gate.wait()" in caplog.text
    pump.got.append("let the test end")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await clock.sleep(0.0)


# Stalls of the whole loop


def stall(seconds: float) -> None:
    """Be a call that takes so long."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop._jumping.now_s += seconds


@pytest.mark.parametrize("begin_s", [5.0, 14.0, 29.9, 30.1, 59.0])
@in_virtual_time
async def test_a_stall_of_the_loop_is_not_the_actors_fault(begin_s: float) -> None:
    clock, ready = virtual_clock(), asyncio.Event()

    async def waits_for_what_comes_in_the_stall(_: Pump) -> None:
        await ready.wait()
        while True:
            await clock.sleep(59.0)

    async with running(Pump(waits_for_what_comes_in_the_stall), clock):
        await clock.sleep(begin_s)
        stall(300.0)
        asyncio.get_running_loop().call_soon(ready.set)
        await clock.sleep(1_000.0)


@in_virtual_time
async def test_an_actor_that_hangs_is_found_although_the_loop_stalled() -> None:
    clock, pump = virtual_clock(), Pump(hangs)
    pump.failure_policy = REPORT
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(5.0)
        stall(300.0)
        await clock.sleep(44.0)
        assert not driven.problems
        await clock.sleep(18.0)
        assert [problem.cause for problem in driven.problems] == ["late"]


@in_virtual_time
async def test_what_a_stall_allows_is_gone_when_the_actor_goes_on() -> None:
    clock = virtual_clock()

    async def goes_on_then_hangs(pump: Pump) -> None:
        await clock.sleep(50.0)
        await hangs(pump)

    pump = Pump(goes_on_then_hangs)
    pump.failure_policy = REPORT
    async with running(pump, clock, problems_expected=True) as driven:
        await clock.sleep(5.0)
        stall(300.0)
        await clock.sleep(70.0)
        assert [problem.cause for problem in driven.problems] == ["late"]


@in_virtual_time
async def test_watching_an_idle_actor_wakes_the_node_four_times_in_its_patience() -> None:
    class Counting(VirtualClock):
        timers = 0

        @override
        def call_at(self, when_s, callback):  # type: ignore[no-untyped-def] # as the base
            Counting.timers += 1
            return super().call_at(when_s, callback)

    clock = Counting(asyncio.get_running_loop())
    async with running(Pump(reads), clock):
        await clock.sleep(3_600.0)
    assert Counting.timers <= 4 * 60 + 2  # and one for its start
