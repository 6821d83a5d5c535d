"""What every `MessageBus` must do, as tests to be run on each adapter in virtual time.

Subclass `MessageBusContract` under a name that pytest collects, and override `bus`. What it must do
for those who wait until a message was processed is in `message_processing_contract`.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from gwproactor.app.communicators import HANDLED
from gwproactor.domain.message import Message, to_actor
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.payloads import PatInternalWatchdog
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import (
    QUEUED_MAX,
    ROOM_WAIT_S_MAX,
    THREADS_QUEUED_MAX,
    BusFull,
    MessageBus,
    Stopped,
    UnknownDestination,
)
from gwproactor.testing.live_message_bus import LiveMessageBus, Receiver, ended, raise_on, turns
from gwproactor.testing.virtual_time import in_virtual_time

MANY: Final = 1_200
THREADS: Final = 4


class MessageBusContract:
    """The tests."""

    def bus(
        self, *communicators: CommunicatorInterface
    ) -> AbstractAsyncContextManager[LiveMessageBus]:
        """A running bus between *communicators*; ended when left."""
        raise NotImplementedError

    @in_virtual_time
    async def test_a_message_reaches_whom_its_header_names(self) -> None:
        one, other = Receiver("one"), Receiver("other")
        async with self.bus(one, other) as live:
            assert live.bus.send(to_actor("one", "other", "payload")) == Success(None)
            await turns()
            assert (one.payloads, other.payloads) == ([], ["payload"])

    @in_virtual_time
    async def test_messages_arrive_in_the_order_of_their_sending(self) -> None:
        order: list[object] = []
        one, other = Receiver("one"), Receiver("other")
        one.then = other.then = lambda message: keep(order, message)
        async with self.bus(one, other) as live:
            for number in range(MANY):
                live.bus.send(to_actor("test", "one" if number % 3 else "other", number))
            await turns(MANY)
            assert order == list(range(MANY))

    @in_virtual_time
    async def test_the_receiver_runs_in_a_later_turn_never_from_within_send(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:
            live.bus.send(to_actor("test", "one", 1))
            assert one.payloads == []

    @in_virtual_time
    async def test_a_receiver_may_answer_and_write_to_itself(self) -> None:
        one, other = Receiver("one"), Receiver("other")
        async with self.bus(one, other) as live:

            def count_down(message: Message[object]) -> Outcome[bool, BaseException]:
                if isinstance(message.payload, int) and message.payload > 0:
                    live.bus.send(to_actor("one", "one", message.payload - 1))
                    live.bus.send(to_actor("one", "other", message.payload))
                return HANDLED

            one.then = count_down
            live.bus.send(to_actor("test", "one", 3))
            await turns()
            assert (one.payloads, other.payloads) == ([3, 2, 1, 0], [3, 2, 1])

    @in_virtual_time
    async def test_an_unknown_destination_is_refused_and_reported(self) -> None:
        async with self.bus(Receiver("one")) as live:
            refused = live.bus.send(to_actor("one", "nobody", 1))
            assert refused == Failure(UnknownDestination("nobody", "one"))
            await turns()
            [problem] = live.problems()
            assert "'one' sent a message to 'nobody', which no communicator is named" in problem

    @in_virtual_time
    async def test_messages_of_each_thread_arrive_in_the_order_of_their_sending(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:

            def send(thread: int) -> None:
                for number in range(MANY):
                    taken = live.bus.send_threadsafe(to_actor("test", "one", (thread, number)))
                    assert taken == Success(None)

            run_threads(send)
            assert one.payloads == []
            await turns(MANY * THREADS)
            assert len(one.payloads) == MANY * THREADS
            for thread in range(THREADS):
                own = [p for p in one.payloads if isinstance(p, tuple) and p[0] == thread]
                assert own == [(thread, number) for number in range(MANY)]

    @in_virtual_time
    async def test_an_unknown_destination_from_another_thread_is_reported(self) -> None:
        async with self.bus(Receiver("one")) as live:
            message = to_actor("one", "nobody", 1)
            run_threads(lambda _: live.bus.send_threadsafe(message), count=1)
            await turns()
            [problem] = live.problems()
            assert "'nobody'" in problem

    @in_virtual_time
    async def test_what_a_receiver_raises_is_reported_and_the_next_message_is_handled(self) -> None:
        one = Receiver("one")
        one.then = raise_on(13)
        async with self.bus(one) as live:
            for number in (12, 13, 14):
                live.bus.send(to_actor("test", "one", number))
            await turns()
            assert one.payloads == [12, 13, 14]
            [problem] = live.problems()
            assert "not 13" in problem

    @in_virtual_time
    async def test_what_a_receiver_fails_with_is_reported(self) -> None:
        one = Receiver("one")
        one.then = lambda _: Failure(ValueError("valve is stuck"))
        async with self.bus(one) as live:
            live.bus.send(to_actor("test", "one", 1))
            await turns()
            [problem] = live.problems()
            assert "valve is stuck" in problem

    @in_virtual_time
    async def test_after_the_stop_nothing_is_taken_or_handed_over(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:
            await live.stop()
            message = to_actor("test", "one", 1)
            assert live.bus.send(message) == Failure(Stopped())
            assert live.bus.send(to_actor("test", "nobody", 1)) == Failure(Stopped())
            assert live.bus.send_threadsafe(message) == Failure(Stopped())
            await turns()
            assert one.payloads == []

    @in_virtual_time
    async def test_a_full_bus_refuses_and_reports_and_keeps_what_it_has(self) -> None:
        """Hazard 25."""
        one = Receiver("one")
        async with self.bus(one) as live:
            message = to_actor("test", "one", 1)
            taken = [live.bus.send(message) for _ in range(QUEUED_MAX)]
            assert taken.count(Success(None)) == QUEUED_MAX
            assert live.bus.send(message) == Failure(BusFull(QUEUED_MAX))
            await turns(QUEUED_MAX)
            assert len(one.payloads) == QUEUED_MAX
            [problem] = live.problems()
            assert "100000 messages wait already" in problem
            assert live.bus.send(message) == Success(None)

    @in_virtual_time
    async def test_the_loop_thread_never_waits_for_room_of_threads(self) -> None:
        """Hazard 25."""
        one = Receiver("one")
        async with self.bus(one) as live:
            message = to_actor("test", "one", 1)
            for _ in range(THREADS_QUEUED_MAX):
                assert live.bus.send_threadsafe(message) == Success(None)
            assert live.bus.send_threadsafe(message) == Failure(BusFull(THREADS_QUEUED_MAX))
            await turns(THREADS_QUEUED_MAX)
            assert len(one.payloads) == THREADS_QUEUED_MAX
            [problem] = live.problems()
            assert "10000 messages wait already" in problem

    @in_virtual_time
    async def test_pats_need_no_room(self) -> None:
        """Else who lives would be called late because others write much."""
        dog, one, patted = Receiver("dog"), Receiver("one"), set[str]()

        def take_pat(message: Message[object]) -> Outcome[bool, BaseException]:
            patted.add(message.header.src)
            return HANDLED

        dog.then = take_pat
        async with self.bus(dog, one) as live:
            message, outcomes = to_actor("test", "one", 1), list[object]()
            while live.bus.send(message) == Success(None):
                pass
            while live.bus.send_threadsafe(message) == Success(None):
                pass
            outcomes.append(live.bus.send(pat_of("pump")))
            outcomes.append(live.bus.send_threadsafe(pat_of("valve")))

            def pat_twice(_: int) -> None:  # without a turn of the loop
                outcomes.extend(live.bus.send_threadsafe(pat_of("meter")) for _ in range(2))

            run_threads(pat_twice, count=1)
            assert outcomes == [Success(None)] * 4
            await turns()
            assert patted == {"pump", "valve", "meter"}
            await live.stop()
            assert live.bus.send_threadsafe(pat_of("valve")) == Failure(Stopped())

    @in_virtual_time
    async def test_a_thread_with_another_loop_never_waits_for_room(self) -> None:
        """What waits there holds all coroutines of that loop."""
        async with self.bus(Receiver("one")) as live:
            message, outcomes = to_actor("test", "one", 1), list[object]()

            async def send() -> None:
                for _ in range(THREADS_QUEUED_MAX + 1):
                    outcomes.append(live.bus.send_threadsafe(message))

            begun_s = time.monotonic()
            run_threads(lambda _: asyncio.run(send()), count=1)  # the loop does not turn meanwhile
            assert outcomes[-1] == Failure(BusFull(THREADS_QUEUED_MAX))
            assert time.monotonic() - begun_s < ROOM_WAIT_S_MAX

    @in_virtual_time
    async def test_a_thread_waits_until_the_loop_makes_room(self) -> None:
        """Hazard 25."""
        one = Receiver("one")
        async with self.bus(one) as live:
            many = 2 * THREADS_QUEUED_MAX + 1
            sender = Sender(live.bus, many)
            sender.start()
            sender.is_full.wait()
            await ended(sender)
            await turns(many)
            assert sender.outcomes == [Success(None)] * many
            assert one.payloads == list(range(many))
            assert live.problems() == []

    @in_virtual_time
    async def test_a_thread_that_waits_for_room_is_released_by_the_stop(self) -> None:
        async with self.bus(Receiver("one")) as live:
            sender = Sender(live.bus, THREADS_QUEUED_MAX + 1)
            sender.start()
            sender.is_full.wait()
            await live.stop()
            sender.join()
            assert sender.outcomes[-1] in {Success(None), Failure(Stopped())}


class Sender(threading.Thread):
    """Sends the numbers below *count*; `is_full` when it sent so many that it has to wait."""

    def __init__(self, bus: MessageBus, count: int) -> None:
        super().__init__(daemon=True)
        self.outcomes: list[object] = []
        self.is_full = threading.Event()
        self._bus = bus
        self._count = count

    def run(self) -> None:
        for number in range(self._count):
            if number == THREADS_QUEUED_MAX:
                self.is_full.set()
            self.outcomes.append(self._bus.send_threadsafe(to_actor("test", "one", number)))


def pat_of(name: str) -> Message[object]:
    return to_actor(name, "dog", PatInternalWatchdog())


def keep(order: list[object], message: Message[object]) -> Outcome[bool, BaseException]:
    order.append(message.payload)
    return HANDLED


def run_threads(work: Callable[[int], object], count: int = THREADS) -> None:
    """Run *work* in *count* threads at once; raises what it raised."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
