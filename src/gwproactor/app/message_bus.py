"""Messages between the actors of one node, queued and handed over by the loop.

There are two queues, and each turn of the loop serves both: what actors send waits in one, what
other threads send in a `ThreadMailbox`. So neither holds the other up. Pats need no place in them.
"""

import asyncio
import concurrent.futures
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, TypeAlias

import attrs

from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.engine import Engine
from gwproactor.app.pat_lane import PatLane
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.waiters import Processed, ThreadWaiter, Waiters
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.watchdog import PATS
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import (
    PROCESSING_S_MAX,
    QUEUED_MAX,
    BusFull,
    NotProcessed,
    Stopped,
    UnknownDestination,
)
from gwproactor.ports.thread_mailbox import ThreadMailbox

# Larger: sockets and timers wait longer behind a busy bus. Smaller: more turns of the loop.
MESSAGES_PER_TURN: Final = 500

_TAKEN: Final = Success(None)
_STOPPED: Final = Failure(Stopped())

Queued: TypeAlias = tuple[CommunicatorInterface, Message[object], Callable[[], None] | None]


@attrs.frozen(eq=False)
class Awaited:
    """A message from a thread that waits until it was processed."""

    message: Message[object]
    waiter: ThreadWaiter


# A message that nobody waits for is not wrapped: there are many.
FromThread: TypeAlias = Message[object] | Awaited


class LocalMessageBus:
    """The MessageBus of one node. Closed until `open` and after `close`."""

    def __init__(
        self,
        registry: CommunicatorRegistry,
        engine: Engine,
        supervisor: Supervisor,
        mailbox: ThreadMailbox[FromThread],
    ) -> None:
        self._find = registry.get_communicator
        self._engine = engine
        self._supervisor = supervisor
        self._mailbox = mailbox
        self._pats = PatLane(self._hand_over_pat)
        self._queue: deque[Queued] = deque()
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiters = Waiters()
        self._full_is_told = False

    def open(self) -> None:
        """Take messages from now on. Loop thread."""
        self._loop = asyncio.get_running_loop()
        self._mailbox.open(self._hand_over_from_threads)
        self._pats.open()

    def close(self) -> None:
        """Take no more; what is queued is dropped, and who waits for it is told so. Loop thread."""
        self._loop = None
        self._queue.clear()
        self._pats.close()
        for left in self._mailbox.close():
            if isinstance(left, Awaited):
                self._waiters.tell(left.waiter, _STOPPED)
        self._waiters.tell_all(_STOPPED)

    def send(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        if self._loop is None:
            return _STOPPED
        communicator = self._find(message.header.dst)
        if communicator is None or len(self._queue) >= QUEUED_MAX:
            return self._refuse(message, communicator)
        self._queue.append((communicator, message, None))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._hand_over_queued)
        return _TAKEN

    def send_threadsafe(self, message: Message[object]) -> Outcome[None, BusFull | Stopped]:
        if type(message.payload) in PATS:
            return self._pats.put(message)
        put = self._mailbox.put(message)
        return put if isinstance(put, Success) else self._refused(message, put)

    async def await_processing(
        self, message: Message[object]
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            return await self._await_in_another_loop(message)
        communicator = self._find(message.header.dst)
        if communicator is None or len(self._queue) >= QUEUED_MAX:
            return self._refuse(message, communicator)
        waiter: asyncio.Future[Processed] = loop.create_future()
        self._queue.append((communicator, message, self._waiters.add(waiter)))
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._hand_over_queued)
        return await waiter

    def wait_for_processing_threadsafe(
        self, message: Message[object], timeout_s: float = PROCESSING_S_MAX
    ) -> Outcome[None, UnknownDestination | BusFull | NotProcessed | Stopped]:
        if _is_in_a_loop():
            raise RuntimeError("this would block an event loop: await await_processing() instead")
        waiter: ThreadWaiter = concurrent.futures.Future()
        put = self._mailbox.put(Awaited(message, waiter))
        if isinstance(put, Failure):
            return self._refused(message, put)
        try:
            return waiter.result(timeout_s)
        except TimeoutError:
            return Failure(NotProcessed(timeout_s))

    async def _await_in_another_loop(self, message: Message[object]) -> Processed:
        waiter: ThreadWaiter = concurrent.futures.Future()
        waiter.set_running_or_notify_cancel()  # Giving up is no business of the node's loop.
        put = self._mailbox.put(Awaited(message, waiter))
        if isinstance(put, Failure):
            return self._refused(message, put)
        return await asyncio.wrap_future(waiter)

    def _refuse(
        self, message: Message[object], communicator: CommunicatorInterface | None
    ) -> Outcome[None, UnknownDestination | BusFull | Stopped]:
        """Without *communicator*, or room; but a pat needs none."""
        if communicator is None:
            return Failure(self._unknown(message))
        if type(message.payload) in PATS:
            return self._pats.put(message)
        return Failure(self._full(message, BusFull(QUEUED_MAX)))

    def _hand_over_queued(self) -> None:
        queue, hand_over, log = self._queue, self._supervisor.hand_over, self._engine.log
        is_logged = log.logs_messages  # asked once a turn: it costs as much as a message
        try:
            for _ in range(min(MESSAGES_PER_TURN, len(queue))):
                communicator, message, done = queue.popleft()
                if is_logged:
                    log.internal(message)
                hand_over(communicator, message, done)
        finally:
            self._scheduled = bool(queue)
            if self._scheduled and self._loop is not None:
                self._loop.call_soon(self._hand_over_queued)

    def _refused(
        self, message: Message[object], put: Failure[BusFull | Stopped]
    ) -> Failure[BusFull | Stopped]:
        """What the mailbox answered; that it is full is reported. Any thread."""
        full, loop = put.failure(), self._loop
        # One report at a time: the loop may be the very thread that goes on sending.
        if isinstance(full, BusFull) and loop is not None and not self._full_is_told:
            self._full_is_told = True
            with suppress(RuntimeError):  # It is closed.
                loop.call_soon_threadsafe(self._tell_full, message, full)
        return put

    def _hand_over_from_threads(self, items: Iterator[FromThread]) -> None:
        find, hand_over = self._find, self._supervisor.hand_over
        log = self._engine.log
        is_logged = log.logs_messages
        done: Callable[[], None] | None
        for item in items:
            if isinstance(item, Awaited):
                message, done = item.message, self._waiters.add(item.waiter)
            else:
                message, done = item, None
            if is_logged:
                log.internal(message)
            communicator = find(message.header.dst)
            if communicator is not None:
                hand_over(communicator, message, done)
                continue
            unknown = self._unknown(message)
            if isinstance(item, Awaited):
                self._waiters.tell(item.waiter, Failure(unknown))

    def _hand_over_pat(self, pat: Message[object]) -> None:
        self._engine.log.internal(pat)
        communicator = self._find(pat.header.dst)
        if communicator is None:
            self._unknown(pat)
        else:
            self._supervisor.hand_over(communicator, pat)

    def _tell_full(self, message: Message[object], full: BusFull) -> None:
        self._full_is_told = False
        self._full(message, full)

    def _full(self, message: Message[object], full: BusFull) -> BusFull:
        src, dst = message.header.src, message.header.dst
        summary = f"a message from {src!r} to {dst!r} was dropped: {full}"
        self._engine.dispatch(
            ProblemFound("routing", src, "bus full", summary, repr(message.header))
        )
        return full

    def _unknown(self, message: Message[object]) -> UnknownDestination:
        unknown = UnknownDestination(message.header.dst, message.header.src)
        self._engine.dispatch(
            ProblemFound("routing", unknown.src, unknown.dst, str(unknown), repr(message.header))
        )
        return unknown


def _is_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
