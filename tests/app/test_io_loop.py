"""The io loop of a node: its failures, its pats, its end."""

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest

from gwproactor import Success
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.io_loop import ThreadIORunner
from gwproactor.adapters.memory import MemoryBroker, MemoryIORunner
from gwproactor.app import io_loop as app_io_loop
from gwproactor.app.io_loop import IO_LOOP_NAME, JOIN_S_MAX, PAT_TIMEOUT_S
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE, IOLoop, IORunner
from gwproactor.testing.io_loop_contract import eventually
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, RecorderContainer, child_settings
from tests.support.log_levels import category_loggers, restored_levels
from tests.support.own_events import problems

HOUR_S = 3_600.0


class DeafIORunner(MemoryIORunner):
    """Its loop does not turn: no ping is answered. Counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.pings = 0

    def ping(self, answered: Callable[[], None]) -> None:
        self.pings += 1


class CountingIORunner(MemoryIORunner):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.pings = 0

    def ping(self, answered: Callable[[], None]) -> None:
        self.pings += 1
        super().ping(answered)


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def fails() -> None:
    raise ValueError("no such meter")


def node_with(family: Family, runner: IORunner) -> SimulatedNode[RecorderContainer]:
    """The child of *family*, whose io loop is on *runner*."""
    family.child = simulated_node(
        child_settings(),
        family.broker,
        family.clock,
        family.chance,
        RecorderContainer,
        io_runner=runner,
    )
    return family.child


def io_loop_of(family: Family) -> IOLoop:
    return family.child.container.io_loop()


def monitored(family: Family) -> list[str]:
    manager = family.child.container.watchdog_manager()
    return [one.name for one in manager.monitored()]


@in_virtual_time
async def test_restarts_that_do_not_help_stop_the_node() -> None:
    family = Family()
    await family.start()
    io_loop_of(family).add_io_coroutine(fails, "meter", policy=FailurePolicy.RESTART)
    await family.clock.sleep(HOUR_S)
    await family.child.proactor.join()

    assert family.child.proactor.exit_code == EXIT_GIVEN_UP
    failures = [p for p in problems(family.child, family.broker) if "'meter' failed" in p]
    assert "io coroutine 'meter' failed: ValueError: no such meter" in failures[0]
    assert 'raise ValueError("no such meter")' in failures[0]
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_many_failures_that_are_only_reported_do_not_stop_the_node() -> None:
    """Hazard 13: an exception in a coroutine is no reason to end the node, however often."""
    family = Family()
    await family.start()
    for _ in range(100):
        io_loop_of(family).add_io_coroutine(fails(), "meter")
        await family.clock.sleep(0.1)

    assert isinstance(family.read(1), Success)
    assert family.child.proactor.exit_code == 0
    assert len(problems(family.child, family.broker)) == 1
    await family.stop()


@in_virtual_time
async def test_without_coroutines_nobody_is_asked_and_nobody_pats() -> None:
    runner = CountingIORunner()
    family = Family()
    node_with(family, runner)
    await family.start()
    await family.clock.sleep(HOUR_S)
    assert (runner.pings, monitored(family)) == (0, [])

    handle = io_loop_of(family).add_io_coroutine(forever())
    await family.clock.sleep(10 * PAT_TIMEOUT_S)
    assert (runner.pings, monitored(family)) == (20, [IO_LOOP_NAME])

    io_loop_of(family).cancel_io_routine(handle)
    await family.clock.sleep(HOUR_S)
    assert (runner.pings, monitored(family)) == (20, [])

    io_loop_of(family).add_io_coroutine(forever())
    await family.clock.sleep(10 * PAT_TIMEOUT_S)
    assert (runner.pings, monitored(family)) == (40, [IO_LOOP_NAME])
    assert problems(family.child, family.broker) == []
    await family.stop()


@in_virtual_time
async def test_a_loop_that_does_not_turn_stops_the_node() -> None:
    family = Family()
    runner = DeafIORunner()
    node_with(family, runner)
    await family.start()
    io_loop_of(family).add_io_coroutine(forever())
    await family.clock.sleep(PAT_TIMEOUT_S - 1.0)
    assert family.child.proactor.exit_code == 0
    await family.clock.sleep(PAT_TIMEOUT_S)
    await family.child.proactor.join()

    assert family.child.proactor.exit_code == EXIT_GIVEN_UP
    assert f"{IO_LOOP_NAME!r} has not patted" in problems(family.child, family.broker)[0]
    assert runner.pings == 1  # further ones would only wait behind it
    await family.parent.proactor.stop_and_join()


async def test_a_coroutine_that_blocks_its_thread_is_named_with_its_stack(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A real thread that hangs; the loop beside it stops the node."""
    monkeypatch.setattr(app_io_loop, "PAT_TIMEOUT_S", 0.3)
    free = threading.Event()

    async def read_a_meter_that_never_answers() -> None:
        free.wait(60.0)

    clock = LoopClock()
    broker = MemoryBroker(clock)
    runner = ThreadIORunner(IO_LOOP_NAME)
    node = simulated_node(
        child_settings(), broker, clock, SystemChance(), RecorderContainer, io_runner=runner
    )
    node.proactor.start()
    node.container.io_loop().add_io_coroutine(read_a_meter_that_never_answers())
    await eventually(lambda: node.proactor.exit_code == EXIT_GIVEN_UP)
    free.set()
    await node.proactor.join()

    assert f"{IO_LOOP_NAME!r} has not patted" in caplog.text
    assert "in read_a_meter_that_never_answers" in caplog.text


async def test_an_io_loop_that_was_ended_stops_the_node_and_takes_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By an exit in a task that a coroutine began: asyncio lets that end the thread."""
    tasks: list[asyncio.Task[None]] = []

    async def leave() -> None:
        raise SystemExit(4)

    async def begin() -> None:
        tasks.append(asyncio.create_task(leave()))

    clock = LoopClock()
    broker = MemoryBroker(clock)
    runner = ThreadIORunner(IO_LOOP_NAME)
    node = simulated_node(
        child_settings(), broker, clock, SystemChance(), RecorderContainer, io_runner=runner
    )
    io_loop = node.container.io_loop()
    io_loop.add_io_coroutine(forever, "other", policy=FailurePolicy.RESTART)
    node.proactor.start()
    io_loop.add_io_coroutine(begin())
    await eventually(lambda: node.proactor.exit_code == EXIT_GIVEN_UP)
    assert io_loop.add_io_coroutine(forever()) == INVALID_IO_TASK_HANDLE
    await node.proactor.join()

    found = [p for p in problems(node, broker) if "the io loop was ended" in p]
    assert len(found) == 1
    assert found[0].startswith("the io loop was ended, with all of its coroutines: SystemExit: 4")
    assert "did not end" not in caplog.text
    assert isinstance(tasks[0].exception(), SystemExit)


@in_virtual_time
async def test_what_does_not_end_is_named_and_the_node_ends_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    await family.start()
    free = asyncio.Event()

    async def never_ends() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    io_loop_of(family).add_io_coroutine(never_ends(), "stubborn")
    await family.clock.sleep(1.0)
    began_s = family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()
    assert family.clock.monotonic_s() - began_s <= JOIN_S_MAX + 1.0

    (error,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert error.startswith("the io loop did not end within 5 s of its cancellation")
    assert "'stubborn':\n" in error
    assert "in never_ends\n    await free.wait()" in error
    free.set()
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_a_node_that_does_not_start_runs_nothing() -> None:
    family = Family()
    ran: list[str] = []

    async def run() -> None:
        ran.append("ran")

    io_loop = family.child.container.node_io_loop()
    io_loop.add_io_coroutine(run())
    await io_loop.open()
    await io_loop.close()
    assert io_loop.add_io_coroutine(run()) == INVALID_IO_TASK_HANDLE
    await family.clock.sleep(1.0)
    assert ran == []


def test_coroutines_are_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def run() -> None:
        family = Family()
        io_loop_of(family).add_io_coroutine(fails())
        await family.start()
        await family.stop()

    with restored_levels() as loggers, caplog.at_level(logging.INFO):
        loggers["io_loop"].setLevel(logging.INFO)
        run()

    name = category_loggers()["io_loop"].name
    lines = [record.getMessage() for record in caplog.records if record.name == name]
    assert lines == ["io coroutine 'fails' begins", "io coroutine 'fails' has ended"]
