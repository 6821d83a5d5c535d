"""How synchronous code in a thread and asynchronous code on a loop write to each other."""

import asyncio
import logging
import queue
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import attrs

from gwproactor.adapters.threads.mailbox import LoopMailbox, is_in_a_loop
from gwproactor.domain.outcome import Failure, Outcome
from gwproactor.ports.message_bus import BusFull, Stopped

LOG: Final = logging.getLogger("gwproactor")

# Larger: a driver that hangs is told of commands that are long out of date when it goes on.
SYNC_QUEUED_MAX: Final = 1_000

LOST: Final = "lost on the way to the loop, %s: %.200r"
NO_LOOP: Final = "call set_async_loop(loop, async_queue) before you write to the queue"

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


@attrs.frozen
class NoMessage:
    """Only messages are taken here, and this was none; it is reported as a problem, too."""

    type_name: str

    def __str__(self) -> str:
        return f"a {self.type_name} is no Message"


Written: TypeAlias = Outcome[None, BusFull | Stopped | NoMessage]


class AsyncQueue(Protocol[T_contra]):
    """What a thread can write to: an `asyncio.Queue`, or anything else with this method."""

    def put_nowait(self, item: T_contra) -> object:
        """Take *item*. Called on the loop thread; what it raises is logged, and *item* is lost."""
        ...


class AsyncQueueWriter(Generic[T]):
    """Lets threads write to an `AsyncQueue`, whose reader awaits its items on the loop.

    At most 10,000 items are on their way; then `put` waits for room as `send_threadsafe` does.
    """

    def __init__(self) -> None:
        self._mailbox: LoopMailbox[T] = LoopMailbox()
        self._async_queue: AsyncQueue[T] | None = None

    def set_async_loop(self, loop: asyncio.AbstractEventLoop, async_queue: AsyncQueue[T]) -> None:
        """Write to *async_queue* on *loop* from now on. Any thread."""
        self._async_queue = async_queue
        self._mailbox.open(self._deliver, loop)

    def put(self, item: T) -> Outcome[None, BusFull | Stopped]:
        """Hand *item* to the loop, from any thread. A Failure is logged: *item* is lost.

        Raises ValueError before `set_async_loop`. Stopped: the loop was closed.
        """
        if self._async_queue is None:
            raise ValueError(NO_LOOP)
        put = self._mailbox.put(item)
        if isinstance(put, Failure):
            LOG.error(LOST, put.failure(), item)
        return put

    def _deliver(self, items: Iterator[T]) -> None:
        assert self._async_queue is not None, "the mailbox is open"
        for item in items:
            try:
                self._async_queue.put_nowait(item)
            except Exception:
                LOG.exception("lost on the way to its reader: %.200r", item)


class SyncAsyncQueueWriter(Generic[T]):
    """A channel both ways: a `queue.Queue` to a thread, an `AsyncQueue` to the loop.

    *sync_queue* None: none to the thread. An unbounded one is given a bound of 1,000 items.
    """

    def __init__(self, sync_queue: "queue.Queue[T] | None" = None) -> None:
        self.sync_queue = sync_queue
        if sync_queue is not None and sync_queue.maxsize <= 0:
            sync_queue.maxsize = SYNC_QUEUED_MAX
        self._write: Callable[[object], Written] = _nowhere

    def set_async_loop(
        self, loop: asyncio.AbstractEventLoop, async_queue: AsyncQueue[object]
    ) -> None:
        """Write to *async_queue* on *loop* from now on. Any thread."""
        writer: AsyncQueueWriter[object] = AsyncQueueWriter()
        writer.set_async_loop(loop, async_queue)
        self._write = writer.put

    def set_write(self, write: Callable[[object], Written]) -> None:
        """Give what is put to *write* from now on, in the thread that puts. Any thread.

        Instead of `set_async_loop`, for who has a way into the loop. What *write* fails with it has
        to log.
        """
        self._write = write

    def put_to_sync_queue(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Queue *item* for the thread; waits for room, for at most *timeout* seconds, if *block*.

        Where an event loop runs it never waits. Raises queue.Full without room, and ValueError if
        there is no sync queue.
        """
        self._present_queue().put(item, block and not is_in_a_loop(), timeout)

    def get_from_sync_queue(self, block: bool = True, timeout: float | None = None) -> T:
        """The oldest item for the thread; waits for one, for at most *timeout* seconds, if *block*.

        Raises queue.Empty if there is none, and ValueError if there is no sync queue.
        """
        return self._present_queue().get(block, timeout)

    def put_to_async_queue(self, item: object) -> Written:
        """As `AsyncQueueWriter.put`. That of a `SyncThreadActor` takes only Messages."""
        return self._write(item)

    def _present_queue(self) -> "queue.Queue[T]":
        if self.sync_queue is None:
            raise ValueError("this channel has no sync queue: give it one when it is made")
        return self.sync_queue


def _nowhere(item: object) -> Written:
    raise ValueError(f"{NO_LOOP}: lost {item!r:.200}")
