"""What every `MessageBus` must do for those who wait until a message was processed: tests to be run
on each adapter in virtual time.

Subclass `MessageProcessingContract` under a name that pytest collects, and override `bus`.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from gwproactor.app.communicators import HANDLED
from gwproactor.domain.message import Message, to_actor
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import MessageBus, NotProcessed, Stopped, UnknownDestination
from gwproactor.testing.live_message_bus import LiveMessageBus, Receiver, ended, raise_on, turns
from gwproactor.testing.virtual_time import in_virtual_time

THREADS: Final = 4


class MessageProcessingContract:
    """The tests."""

    def bus(
        self, *communicators: CommunicatorInterface
    ) -> AbstractAsyncContextManager[LiveMessageBus]:
        """A running bus between *communicators*; ended when left."""
        raise NotImplementedError

    @in_virtual_time
    async def test_processing_is_awaited_until_the_receiver_has_returned(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:
            processed = await live.bus.await_processing(to_actor("test", "one", 1))
            assert (processed, one.payloads) == (Success(None), [1])

    @in_virtual_time
    async def test_processing_that_fails_is_reported_and_awaited_like_any_other(self) -> None:
        one = Receiver("one")
        one.then = raise_on(13)
        async with self.bus(one) as live:
            assert await live.bus.await_processing(to_actor("test", "one", 13)) == Success(None)
            await turns()
            [problem] = live.problems()
            assert "not 13" in problem

    @in_virtual_time
    async def test_what_is_not_taken_is_not_awaited(self) -> None:
        async with self.bus(Receiver("one")) as live:
            unknown = Failure(UnknownDestination("nobody", "test"))
            assert await live.bus.await_processing(to_actor("test", "nobody", 1)) == unknown
            waiting = wait_in_thread(live.bus, to_actor("test", "nobody", 1))
            await ended(waiting)
            assert waiting.outcomes == [unknown]
            await live.stop()
            assert await live.bus.await_processing(to_actor("test", "one", 1)) == Failure(Stopped())

    @in_virtual_time
    async def test_a_wait_for_processing_that_is_cancelled_harms_nobody(self) -> None:
        """Hazard 11: the message is processed all the same, and so are those behind it."""
        one = Receiver("one")
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
        async with self.bus(one) as live:
            wait = asyncio.ensure_future(live.bus.await_processing(to_actor("test", "one", 1)))
            one.then = lambda _: HANDLED if wait.cancel() else Failure(ValueError("too late"))
            await turns()
            assert wait.cancelled()
            one.then = lambda _: HANDLED
            assert await live.bus.await_processing(to_actor("test", "one", 2)) == Success(None)
            assert (one.payloads, live.problems(), raised) == ([1, 2], [], [])

    @in_virtual_time
    async def test_a_wait_for_processing_ends_with_the_node(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:
            waits: list[asyncio.Future[object]] = []

            def write_again(message: Message[object]) -> Outcome[bool, BaseException]:
                waits.append(asyncio.ensure_future(live.bus.await_processing(message)))
                return HANDLED

            one.then = write_again
            waits.append(asyncio.ensure_future(live.bus.await_processing(to_actor("", "one", 1))))
            await live.stop()
            assert {await wait for wait in waits} <= {Success(None), Failure(Stopped())}

    @in_virtual_time
    async def test_a_thread_waits_until_its_message_was_processed(self) -> None:
        one = Receiver("one")
        async with self.bus(one) as live:
            waiting = wait_in_thread(live.bus, to_actor("test", "one", 1))
            await ended(waiting)
            assert (waiting.outcomes, one.payloads) == ([Success(None)], [1])

    @in_virtual_time
    async def test_a_thread_that_gives_up_waiting_harms_nobody(self) -> None:
        """Hazard 11: the message is processed all the same, and so are those behind it."""
        one = Receiver("one")
        async with self.bus(one) as live:
            waiting = wait_in_thread(live.bus, to_actor("test", "one", 1), timeout_s=0.01)
            waiting.join()
            assert waiting.outcomes == [Failure(NotProcessed(0.01))]
            assert await live.bus.await_processing(to_actor("test", "one", 2)) == Success(None)
            await turns()
            assert (sorted(map(str, one.payloads)), live.problems()) == (["1", "2"], [])

    @in_virtual_time
    async def test_a_thread_that_waits_for_processing_is_released_by_the_stop(self) -> None:
        async with self.bus(Receiver("one")) as live:
            waiting = [wait_in_thread(live.bus, to_actor("", "one", 1)) for _ in range(THREADS)]
            await live.stop()
            for thread in waiting:
                await ended(thread)
            late = wait_in_thread(live.bus, to_actor("", "one", 1))
            late.join()
            assert late.outcomes == [Failure(Stopped())]

    @in_virtual_time
    async def test_processing_is_awaited_in_another_loop_too(self) -> None:
        one, outcomes = Receiver("one"), list[object]()
        async with self.bus(one) as live:

            async def give_up() -> None:
                wait = asyncio.ensure_future(live.bus.await_processing(to_actor("", "one", 1)))
                await asyncio.sleep(0)
                wait.cancel()

            async def wait_for(dst: str) -> None:
                outcomes.append(await live.bus.await_processing(to_actor("", dst, 2)))

            await ended(in_a_loop_of_its_own(give_up))
            await ended(in_a_loop_of_its_own(partial(wait_for, "one")))
            await ended(in_a_loop_of_its_own(partial(wait_for, "nobody")))
            unknown = Failure(UnknownDestination("nobody", ""))
            assert (one.payloads, outcomes) == ([1, 2], [Success(None), unknown])
            await live.stop()
            await ended(in_a_loop_of_its_own(partial(wait_for, "one")))
            assert outcomes[2:] == [Failure(Stopped())]

    @in_virtual_time
    async def test_a_loop_thread_that_would_block_itself_is_told_so(self) -> None:
        async with self.bus(Receiver("one")) as live:
            try:
                live.bus.wait_for_processing_threadsafe(to_actor("test", "one", 1))
            except RuntimeError as error:
                assert "await_processing" in str(error)  # noqa: PT017 - pytest is not needed here
            else:
                raise AssertionError("it has blocked the loop, or pretends to have")


def in_a_loop_of_its_own(work: Callable[[], Coroutine[None, None, None]]) -> threading.Thread:
    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    return thread


class Waiting(threading.Thread):
    """Waits until *message* was processed."""

    def __init__(self, bus: MessageBus, message: Message[object], timeout_s: float) -> None:
        super().__init__(daemon=True)
        self.outcomes: list[object] = []
        self._bus = bus
        self._message = message
        self._timeout_s = timeout_s

    def run(self) -> None:
        waited = self._bus.wait_for_processing_threadsafe(self._message, self._timeout_s)
        self.outcomes.append(waited)


def wait_in_thread(bus: MessageBus, message: Message[object], timeout_s: float = 30.0) -> Waiting:
    thread = Waiting(bus, message, timeout_s)
    thread.start()
    return thread
