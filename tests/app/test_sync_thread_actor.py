"""Actors with a thread of their own, in a node on a real loop."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs
import pytest
from dependency_injector import providers
from typing_extensions import override

from gwproactor import Failure, FailurePolicy, Message, ProactorContainer, Success, to_actor
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.adapters.threads import NoMessage, SyncAsyncInteractionThread, SyncAsyncQueueWriter
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP
from gwproactor.app.sync_thread_actor import SyncThreadActor, ThreadBusy
from gwproactor.ports.communicators import MonitoredName
from gwproactor.ports.message_bus import THREADS_QUEUED_MAX, BusFull, Stopped
from gwproactor.testing.live_message_bus import Receiver
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from tests.support.family import RecorderContainer, child_settings
from tests.support.own_events import problems

LONG_S = 3_600.0
LATE_S = 0.5


class MeterThread(SyncAsyncInteractionThread):
    """Waits for messages, and does with each what the test says."""

    def __init__(self, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.work: Callable[[object], object] = self.answer
        self.pats = threading.Semaphore(0)

    def answer(self, message: object) -> None:
        self.write(to_actor(self.name, "display", message))

    def write(self, item: object) -> object:
        return self._put_to_async_queue(item)

    @override
    def pat_watchdog(self) -> None:
        super().pat_watchdog()
        self.pats.release()

    @override
    def _handle_message(self, message: object) -> None:
        self.work(message)


Meter: TypeAlias = SyncThreadActor[MeterThread]


def meter_of(name: str, thread_name: str) -> "providers.Provider[Meter]":
    return providers.Singleton(
        SyncThreadActor,
        name,
        message_bus=ProactorContainer.message_bus,
        failures=ProactorContainer.failures,
        sync_thread=providers.Singleton(MeterThread, thread_name),
    )


@attrs.define
class House:
    """A running node with a meter and a display."""

    node: SimulatedNode[RecorderContainer]
    broker: MemoryBroker
    meter: Meter
    thread: MeterThread
    display: Receiver
    shown: "asyncio.Queue[object]"

    def problems(self) -> list[str]:
        return problems(self.node, self.broker)


@asynccontextmanager
async def house(
    thread: MeterThread, policy: FailurePolicy = FailurePolicy.RESTART
) -> AsyncIterator[House]:
    broker = MemoryBroker()
    node = simulated_node(child_settings(), broker, LoopClock(), SystemChance(), RecorderContainer)
    container, shown, began = node.container, asyncio.Queue[object](), asyncio.Event()
    display = Receiver("display")

    def show(message: Message[object]) -> Success[bool]:
        shown.put_nowait(message.payload)
        return Success(True)

    display.then = show
    meter = Meter("meter", container.message_bus(), container.failures(), thread)
    meter.failure_policy = policy
    for communicator in (meter, display):
        container.registry().add_communicator(communicator)
    display.start = began.set  # type: ignore[method-assign] # it comes behind the meter
    node.proactor.start()
    await began.wait()
    try:
        yield House(node, broker, meter, thread, display, shown)
    finally:
        await node.proactor.stop_and_join()


async def test_messages_go_to_the_thread_and_from_it_to_whom_they_name() -> None:
    async with house(MeterThread()) as running:
        for reading in range(3):
            assert running.meter.send_driver_message(reading) == Success(None)
        assert [await running.shown.get() for _ in range(3)] == [0, 1, 2]
        assert running.problems() == []


async def test_what_a_thread_was_told_is_taken_arrives_however_fast_it_writes() -> None:
    """Hazard 25: the thread waits for room in the bus, and is answered by it."""
    thread = MeterThread()
    written: list[object] = []
    thread.work = lambda many: written.extend(
        thread.write(to_actor("meter", "display", number)) for number in range(int(str(many)))
    )
    many = 3 * THREADS_QUEUED_MAX
    async with house(thread) as running:
        send = running.node.container.message_bus().send_threadsafe
        noise = to_actor("x", "display", "noise")
        others = [
            threading.Thread(target=lambda: [send(noise) for _ in range(many)]) for _ in range(2)
        ]
        for other in others:
            other.start()
        running.meter.send_driver_message(many)
        shown = [await running.shown.get() for _ in range(3 * many)]
        assert [one for one in shown if one != "noise"] == list(range(many))
        assert written == [Success(None)] * many
        assert running.problems() == []
        for other in others:
            other.join()


async def test_a_thread_is_told_what_the_bus_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """Hazard 25. A running loop in this thread, so that it does not wait."""
    thread = MeterThread()
    async with house(thread) as running:
        outcomes = [
            thread.write(to_actor("meter", "display", number))
            for number in range(THREADS_QUEUED_MAX + 1)
        ]
        assert outcomes[-2:] == [Success(None), Failure(BusFull(THREADS_QUEUED_MAX))]
        assert "'meter': lost on the way to the loop" in caplog.text
        for _ in range(THREADS_QUEUED_MAX):
            await running.shown.get()


async def test_what_a_thread_writes_after_the_stop_is_refused_though_the_loop_runs() -> None:
    thread = MeterThread()
    async with house(thread):
        pass
    assert thread.write(to_actor("meter", "display", 1)) == Failure(Stopped())


async def test_the_end_of_the_node_wakes_and_ends_the_thread() -> None:
    thread = MeterThread(iterate_sleep_seconds=LONG_S)
    async with house(thread):
        assert thread.is_alive()
    assert not thread.is_alive()


async def test_what_does_not_keep_up_is_told_at_once_and_reported() -> None:
    """Hazard 25."""
    held = threading.Event()
    thread = MeterThread(channel=SyncAsyncQueueWriter(queue.Queue(maxsize=2)))
    thread.work = lambda _: held.wait()
    async with house(thread) as running:
        sent = [running.meter.send_driver_message(number) for number in range(10)]
        assert sent[-1] == Failure(ThreadBusy("meter"))
        assert sent[:2] == [Success(None)] * 2
        [problem] = running.problems()
        assert "'meter' does not keep up" in problem
        held.set()
    assert running.node.proactor.exit_code == 0


async def test_what_is_no_message_is_reported_and_the_next_message_comes() -> None:
    thread = MeterThread()
    async with house(thread) as running:
        assert thread.write(21.5) == Failure(NoMessage("float"))
        thread.write(to_actor("meter", "display", "a message"))
        assert await running.shown.get() == "a message"
        [problem] = running.problems()
        assert "wrote a float, which is no Message" in problem


async def test_messages_to_the_actor_itself_are_refused_without_harm() -> None:
    async with house(MeterThread()) as running:
        bus = running.node.container.message_bus()
        for _ in range(10):
            assert await bus.await_processing(to_actor("x", "meter", 1)) == Success(None)
        [problem] = running.problems()
        assert "'meter' takes no messages" in problem
    assert running.node.proactor.exit_code == 0


def fail(message: object) -> None:
    raise ValueError(f"the meter does not know {message}")


async def test_a_thread_that_fails_ends_the_node_for_a_restart() -> None:
    thread = MeterThread()
    thread.work = fail
    async with house(thread) as running:
        running.meter.send_driver_message("joules")
        await running.node.proactor.join()
        [problem] = running.problems()
        assert "its thread 'meter' was ended by an exception: ValueError" in problem
        assert "in fail" in problem
    assert running.node.proactor.exit_code == EXIT_GIVEN_UP


async def test_a_thread_that_fails_is_only_reported_if_so_declared() -> None:
    thread = MeterThread(pat_timeout=None)
    thread.work = fail
    async with house(thread, FailurePolicy.REPORT) as running:
        running.meter.send_driver_message("joules")
        assert await thread.async_join()
        bus = running.node.container.message_bus()
        await bus.await_processing(to_actor("x", "display", 1))
        [problem] = running.problems()
        assert "does not know joules" in problem
    assert running.node.proactor.exit_code == 0


def read_a_broken_wire(released: threading.Event) -> None:
    released.wait()


async def test_a_thread_that_hangs_is_named_with_its_stack_and_ends_the_node(
    caplog: pytest.LogCaptureFixture,
) -> None:
    released = threading.Event()
    thread = MeterThread(pat_timeout=LATE_S)
    thread.work = lambda _: read_a_broken_wire(released)
    async with house(thread) as running:
        running.meter.send_driver_message(1)
        await running.node.container.engine().finished.wait()
        [problem] = running.problems()
        assert "'meter' has not patted the watchdog" in problem
        assert "read_a_broken_wire" in problem
        released.set()
    assert running.node.proactor.exit_code == EXIT_GIVEN_UP
    assert "read_a_broken_wire" in caplog.text


async def test_a_thread_that_ends_by_itself_is_not_watched_any_more() -> None:
    thread = MeterThread(pat_timeout=LONG_S)
    thread.work = lambda _: thread.request_stop()
    async with house(thread) as running:
        watchdog = running.node.container.watchdog_manager()
        assert [one.name for one in watchdog.monitored()] == ["meter"]
        running.meter.send_driver_message("that was all")
        assert await thread.async_join()
        bus = running.node.container.message_bus()
        await bus.await_processing(to_actor("x", "display", 1))
        assert watchdog.monitored() == ()
        assert running.problems() == []
    assert running.node.proactor.exit_code == 0


async def test_a_thread_that_waits_is_not_late() -> None:
    thread = MeterThread(pat_timeout=LATE_S)
    async with house(thread) as running:
        for _ in range(5):  # in twice the time after which it would be late
            await asyncio.to_thread(thread.pats.acquire)
        bus = running.node.container.message_bus()
        await bus.await_processing(to_actor("x", "display", 1))
        assert running.problems() == []
    assert running.node.proactor.exit_code == 0


class TwoMetersContainer(RecorderContainer):
    """Their threads share a name, so that the watchdog could not tell them apart."""

    heat = meter_of("heat", "meter")
    power = meter_of("power", "meter")


def test_threads_that_share_a_name_are_refused_when_the_node_is_built() -> None:
    with pytest.raises(ValueError, match="'heat' and 'power' both have the name 'meter'"):
        simulated_node(
            child_settings(), MemoryBroker(), LoopClock(), SystemChance(), TwoMetersContainer
        )


@pytest.mark.parametrize(("own", "name"), [(None, "meter"), ("reader", "reader")])
def test_what_is_monitored_is_the_thread_by_its_name(own: str | None, name: str) -> None:
    given = child_settings(handler="")
    node = simulated_node(given, MemoryBroker(), LoopClock(), SystemChance())
    bus, failures = node.container.message_bus(), node.container.failures()
    thread = MeterThread(own, pat_timeout=7.0)
    meter = SyncThreadActor("meter", bus, failures, thread)
    assert (thread.name, meter.monitored_names) == (name, (MonitoredName(name, 7.0),))
    thread.pat_timeout = None
    assert meter.monitored_names == ()
