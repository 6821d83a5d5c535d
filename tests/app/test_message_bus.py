"""The node's bus beside its contract: its place on the loop, and threads that outlive the loop."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from gwproactor import HANDLED, Communicator, Failure, Message, Outcome, Success, to_actor
from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.adapters.threads import LoopMailbox
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.message_bus import MESSAGES_PER_TURN, LocalMessageBus
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import MessageBus, Stopped, UnknownDestination
from gwproactor.testing.message_processing_contract import wait_in_thread
from gwproactor.testing.simulated_node import SimulatedNode, simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, Recorder, RecorderContainer, child_settings
from tests.support.own_events import problems

MANY = 4 * MESSAGES_PER_TURN


def test_a_bus_takes_nothing_before_the_node_runs() -> None:
    bus = node_on_a_real_loop().container.message_bus()
    assert bus.send(to_actor("x", "recorder", 1)) == Failure(Stopped())
    assert bus.send_threadsafe(to_actor("x", "recorder", 1)) == Failure(Stopped())


@in_virtual_time
async def test_timers_fire_between_many_messages() -> None:
    """Hazard 26: the loop turns after every 500 messages, however many there are."""
    family = await running_family()
    recorder = family.child.container.recorder()
    handled_at_timer: list[int] = []
    for number in range(MANY):
        family.child.container.message_bus().send(to_actor("x", "recorder", number))
    family.clock.call_at(0.0, lambda: handled_at_timer.append(len(recorder.messages)))
    await family.clock.sleep(1.0)
    await family.stop()

    assert handled_at_timer[0] <= 2 * MESSAGES_PER_TURN
    assert [message.payload for message in recorder.messages] == list(range(MANY))


@in_virtual_time
async def test_timers_fire_while_an_actor_writes_to_itself_for_ever() -> None:
    family = await running_family()
    bus, recorder = family.child.container.message_bus(), family.child.container.recorder()
    is_enough = False

    def write_again(message: Message[object]) -> Outcome[bool, BaseException]:
        if not is_enough:
            bus.send(message)
        assert len(recorder.messages) < 10 * MANY, "the timer never fired"
        return HANDLED

    recorder.on_message = write_again
    for number in range(2 * MESSAGES_PER_TURN):
        bus.send(to_actor("x", "recorder", number))

    def enough() -> None:
        nonlocal is_enough
        is_enough = True

    family.clock.call_at(0.0, enough)
    await family.clock.sleep(1.0)
    await family.stop()
    assert is_enough


@in_virtual_time
async def test_a_thread_that_sends_without_end_does_not_hold_the_loop() -> None:
    """The thread is played by the registry: with each message taken over, another one is sent."""
    family = await running_family()
    registry = TalkativeRegistry()
    container = family.child.container
    bus = LocalMessageBus(registry, container.engine(), container.supervisor(), LoopMailbox())
    registry.add_communicator(Recorder("one"))
    registry.when_asked = lambda: bus.send_threadsafe(to_actor("x", "one", 1))
    bus.open()
    bus.send_threadsafe(to_actor("x", "one", 1))
    await family.clock.sleep(0.0)
    await family.clock.sleep(0.0)
    bus.close()
    assert 1 <= registry.asked <= 3
    await family.stop()


class TalkativeRegistry(CommunicatorRegistry):
    """Does something each time that a communicator is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.when_asked: Callable[[], object] = lambda: None

    @override
    def get_communicator(self, name: str) -> CommunicatorInterface | None:
        self.asked += 1
        assert self.asked < 1_000, "the loop is held"
        self.when_asked()
        return super().get_communicator(name)


@in_virtual_time
async def test_who_waits_for_a_message_that_is_dropped_at_the_end_is_told_so() -> None:
    family = await running_family()
    registry, mailbox = CommunicatorRegistry().add_communicator(Recorder("one")), LoopMailbox[Any]()
    container = family.child.container
    bus = LocalMessageBus(registry, container.engine(), container.supervisor(), mailbox)
    bus.open()
    wait = asyncio.ensure_future(bus.await_processing(to_actor("x", "one", 1)))
    await asyncio.sleep(0)
    thread = wait_in_thread(bus, to_actor("x", "one", 2), timeout_s=3_600.0)
    while not mailbox._items:
        threading.Event().wait(0.001)  # The loop must not turn, or it would deliver the message.
    bus.close()
    thread.join()
    assert [await wait, *thread.outcomes] == [Failure(Stopped())] * 2
    await family.stop()


@in_virtual_time
async def test_an_unknown_destination_is_one_problem_however_often_it_is_written_to() -> None:
    family = await running_family()
    bus = family.child.container.message_bus()
    unknown = Failure(UnknownDestination("nobody", "me"))
    for _ in range(100):
        assert bus.send(to_actor("me", "nobody", 1)) == unknown
    for _ in range(10):
        bus.send_threadsafe(to_actor("me", "nobody", 1))
    await family.clock.sleep(1.0)
    assert len(problems(family.child, family.broker)) == 1

    await family.clock.sleep(600.0)
    bus.send(to_actor("me", "nobody", 1))
    await family.clock.sleep(1.0)
    again = problems(family.child, family.broker)
    assert len(again) == 2
    assert "109 more like it since the last report" in again[1]
    await family.stop()


def test_threads_may_send_while_the_loop_works() -> None:
    """On a real loop, whose selector must be woken."""
    receiver = Counting("one", 4 * MANY)

    async def work() -> None:
        node = node_on_a_real_loop()
        node.container.registry().add_communicator(receiver)
        node.proactor.start()
        bus = node.container.message_bus()
        threads = [threading.Thread(target=send_many, args=(bus, n)) for n in range(4)]
        await asyncio.wait_for(receiver.started.wait(), 30.0)
        for thread in threads:
            thread.start()
        await asyncio.wait_for(receiver.complete.wait(), 30.0)
        for thread in threads:
            thread.join()
        await node.proactor.stop_and_join()

    asyncio.run(work())
    for thread in range(4):
        own = [payload for payload in receiver.payloads if payload[0] == thread]
        assert own == [(thread, number) for number in range(MANY)]


def test_a_thread_that_outlives_the_loop_is_told_so_each_time() -> None:
    bus = node_on_a_real_loop().container.bus()

    async def only_open() -> None:
        bus.open()

    asyncio.run(only_open())
    message = to_actor("x", "recorder", 1)
    assert [bus.send_threadsafe(message) for _ in range(3)] == [Failure(Stopped())] * 3


class Counting(Communicator):
    """Says when it was started, and when it has got so many messages."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(name)
        self.count = count
        self.payloads: list[tuple[int, int]] = []
        self.started = asyncio.Event()
        self.complete = asyncio.Event()

    @override
    def start(self) -> None:
        self.started.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case (int(thread), int(number)):
                self.payloads.append((thread, number))
            case other:
                raise AssertionError(other)
        if len(self.payloads) == self.count:
            self.complete.set()
        return HANDLED


def send_many(bus: MessageBus, thread: int) -> None:
    for number in range(MANY):
        assert bus.send_threadsafe(to_actor("x", "one", (thread, number))) == Success(None)


def node_on_a_real_loop() -> SimulatedNode[RecorderContainer]:
    return simulated_node(
        child_settings(), MemoryBroker(), LoopClock(), SystemChance(), RecorderContainer
    )


async def running_family() -> Family:
    family = Family()
    await family.start()
    family.child.container.recorder().messages.clear()
    return family
