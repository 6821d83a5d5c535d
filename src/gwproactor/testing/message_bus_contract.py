"""What every `MessageBus` must do, as tests to be run on each adapter in virtual time.

Subclass `MessageBusContract` under a name that pytest collects, and override `bus`.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from gwproactor.app.communicators import HANDLED, Communicator
from gwproactor.domain.message import Message, to_actor
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import MessageBus, Stopped, UnknownDestination
from gwproactor.testing.virtual_time import in_virtual_time

MANY: Final = 1_200
THREADS: Final = 4


class LiveMessageBus(Protocol):
    """A running bus."""

    @property
    def bus(self) -> MessageBus: ...

    def problems(self) -> Sequence[str]:
        """What was reported, in words."""
        ...

    async def stop(self) -> None:
        """End the node that it is the bus of."""
        ...


class Receiver(Communicator):
    """Writes down the payloads that it is given, then does what `then` says."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.payloads: list[object] = []
        self.then: Callable[[Message[object]], Outcome[bool, BaseException]] = lambda _: HANDLED

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.payloads.append(message.payload)
        return self.then(message)


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


async def turns(messages: int = 10) -> None:
    """Let the loop turn often enough to hand over so many messages."""
    for _ in range(messages + 10):
        await asyncio.sleep(0)


def keep(order: list[object], message: Message[object]) -> Outcome[bool, BaseException]:
    order.append(message.payload)
    return HANDLED


def raise_on(payload: object) -> Callable[[Message[object]], Outcome[bool, BaseException]]:
    def process(message: Message[object]) -> Outcome[bool, BaseException]:
        if message.payload == payload:
            raise ValueError(f"not {payload}")
        return HANDLED

    return process


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
