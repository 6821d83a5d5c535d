"""`MessageBus` of a test: what an actor sends can be read, and is handed over only if wanted."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeAlias

import attrs

from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.watchdog import PATS
from gwproactor.ports.communicators import Communicators
from gwproactor.ports.message_bus import (
    PROCESSING_S_MAX,
    QUEUED_MAX,
    ROOM_WAIT_S_MAX,
    THREADS_QUEUED_MAX,
    BusFull,
    NotProcessed,
    Stopped,
    UnknownDestination,
)

Processed: TypeAlias = Outcome[None, UnknownDestination | BusFull | Stopped]
Tell: TypeAlias = Callable[[Processed], None]
Waiter: TypeAlias = asyncio.Future[Processed] | concurrent.futures.Future[Processed]


@attrs.define
class MemoryMessageBus:
    """`sent` is what was taken, in order.

    Without *communicators* every destination is known and nothing is handed over, so no loop is
    needed, there is room for any number, and what somebody waits for counts as processed at once.
    With them (to be built within the loop) a message goes to its receiver in a later turn, and
    `problems` holds what a node would report: unknown destinations, a full bus, and what receivers
    raised or failed with. An actor's inbox is not served: only `process_message` is called.
    """

    communicators: Communicators | None = None
    sent: list[Message[object]] = attrs.field(init=False, factory=list)
    problems: list[UnknownDestination | BusFull | BaseException] = attrs.field(
        init=False, factory=list
    )
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _is_open: bool = attrs.field(init=False, default=True)
    _queued: int = attrs.field(init=False, default=0)
    _room_for_threads: threading.Semaphore = attrs.field(
        init=False, factory=lambda: threading.Semaphore(THREADS_QUEUED_MAX)
    )
    _tellers: set[Tell] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        if self.communicators is not None:
            self._loop = asyncio.get_running_loop()

    def send(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        return self._accept(message, _tell_nobody)

    def send_threadsafe(self, message: Message[object]) -> Outcome[None, BusFull | Stopped]:
        return self._put(message, _tell_nobody)

    async def await_processing(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        loop = asyncio.get_running_loop()
        if self._loop is not None and loop is not self._loop:
            return await self._await_in_another_loop(message)
        waiter: asyncio.Future[Processed] = loop.create_future()
        tell = self._teller(waiter)
        accepted = self._accept(message, tell)
        if isinstance(accepted, Failure):
            tell(accepted)
        return await waiter

    def wait_for_processing_threadsafe(
        self, message: Message[object], timeout_s: float = PROCESSING_S_MAX
    ) -> Outcome[None, UnknownDestination | BusFull | NotProcessed | Stopped]:
        if _running_loop() is not None:
            raise RuntimeError("this would block an event loop: await await_processing() instead")
        waiter: concurrent.futures.Future[Processed] = concurrent.futures.Future()
        tell = self._teller(waiter)
        put = self._put(message, tell)
        if isinstance(put, Failure):
            tell(put)
        try:
            return waiter.result(timeout_s)
        except TimeoutError:
            return Failure(NotProcessed(timeout_s))

    async def _await_in_another_loop(self, message: Message[object]) -> Processed:
        waiter: concurrent.futures.Future[Processed] = concurrent.futures.Future()
        waiter.set_running_or_notify_cancel()
        tell = self._teller(waiter)
        put = self._put(message, tell)
        if isinstance(put, Failure):
            tell(put)
        return await asyncio.wrap_future(waiter)

    def close(self) -> None:
        """Be the bus of a node that stopped: take no more, hand nothing over. Loop thread."""
        self._is_open = False
        self._room_for_threads.release(THREADS_QUEUED_MAX)
        for tell in tuple(self._tellers):
            tell(Failure(Stopped()))

    def _accept(self, message: Message[object], tell: Tell) -> Processed:
        if not self._is_open:
            return Failure(Stopped())
        header = message.header
        if self.communicators and self.communicators.get_communicator(header.dst) is None:
            return self._refuse(UnknownDestination(header.dst, header.src))
        if self._queued >= QUEUED_MAX and type(message.payload) not in PATS:
            return self._refuse(BusFull(QUEUED_MAX))
        self.sent.append(message)
        if self._loop is None:
            tell(Success(None))
        else:
            self._queued += 1
            self._loop.call_soon(self._hand_over, message, tell)
        return Success(None)

    def _refuse(self, why: UnknownDestination | BusFull) -> Processed:
        self.problems.append(why)
        return Failure(why)

    def _hand_over(self, message: Message[object], tell: Tell) -> None:
        self._queued -= 1
        if self.communicators is None or not self._is_open:
            return
        communicator = self.communicators.get_communicator(message.header.dst)
        assert communicator is not None, "known when it was sent"
        try:
            result = communicator.process_message(message)
        except Exception as error:  # what a node would report and survive
            self.problems.append(error)
        else:
            if isinstance(result, Failure):
                self.problems.append(result.failure())
        tell(Success(None))

    def _put(self, message: Message[object], tell: Tell) -> Outcome[None, BusFull | Stopped]:
        if not self._is_open:
            return Failure(Stopped())
        if self._loop is None:
            self.sent.append(message)
            tell(Success(None))
            return Success(None)
        needs_room = type(message.payload) not in PATS
        on_loop = _running_loop() is not None
        wait_s = None if on_loop else ROOM_WAIT_S_MAX
        if needs_room and not self._room_for_threads.acquire(not on_loop, wait_s):
            full = BusFull(THREADS_QUEUED_MAX)
            self.problems.append(full)
            return Failure(full)
        if not self._is_open:
            return Failure(Stopped())
        try:
            self._loop.call_soon_threadsafe(self._take, message, tell, needs_room)
        except RuntimeError:  # The loop is closed.
            return Failure(Stopped())
        return Success(None)

    def _take(self, message: Message[object], tell: Tell, needed_room: bool) -> None:
        if needed_room:
            self._room_for_threads.release()
        accepted = self._accept(message, tell)
        if isinstance(accepted, Failure):
            tell(accepted)

    def _teller(self, waiter: Waiter) -> Tell:
        """What tells *waiter*, once, unless it has given up."""

        def tell(processed: Processed) -> None:
            self._tellers.discard(tell)
            if not waiter.done():
                waiter.set_result(processed)

        self._tellers.add(tell)
        return tell


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _tell_nobody(processed: Processed) -> None:
    """For messages that nobody waits for."""
