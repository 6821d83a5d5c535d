"""An actor whose work is done by a thread, because its driver blocks."""

import asyncio
import logging
import queue
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

import attrs
from typing_extensions import override

from gwproactor.adapters.threads import (
    NoMessage,
    SyncAsyncInteractionThread,
    ThreadFailed,
    Written,
)
from gwproactor.app.actor import Actor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.sh_node import ShNode
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.domain.watchdog import PATS
from gwproactor.ports.communicators import MonitoredName
from gwproactor.ports.failures import Failures
from gwproactor.ports.message_bus import MessageBus, Stopped

LOG: Final = logging.getLogger("gwproactor")

SyncThreadT = TypeVar("SyncThreadT", bound=SyncAsyncInteractionThread)


@attrs.frozen
class ThreadBusy:
    """The thread has not handled its last messages yet, and there is no room for this one."""

    thread_name: str

    def __str__(self) -> str:
        return f"thread {self.thread_name!r} does not keep up with its messages"


class SyncThreadActor(Actor, Generic[SyncThreadT]):
    """Starts, stops and joins *sync_thread*, and carries messages to and from it.

    The messages that the thread writes go by the bus to whom their headers name; while the bus is
    full, the thread waits for room. A thread that ends
    by an exception, or does not pat, is handled by the actor's `failure_policy`: as no thread can
    be started twice, RESTART, the default, stops the node. One that ends by itself, after a
    `request_stop`, is not watched any more. A thread without a name of its own gets
    the actor's; what it is named is monitored.
    """

    def __init__(
        self,
        name: str,
        message_bus: MessageBus,
        failures: Failures,
        sync_thread: SyncThreadT,
        *,
        node: ShNode | None = None,
    ) -> None:
        super().__init__(name, node=node)
        self._bus = message_bus
        self._failures = failures
        self._sync_thread = sync_thread
        self._loop: asyncio.AbstractEventLoop | None = None
        self._no_message_is_told = False
        if not sync_thread.is_named:
            sync_thread.name = name

    @property
    @override
    def monitored_names(self) -> Sequence[MonitoredName]:
        timeout_s = self._sync_thread.pat_timeout
        return () if timeout_s is None else (MonitoredName(self._sync_thread.name, timeout_s),)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        """Here: fails, as the reference's does; override it to pass messages to the thread."""
        return Failure(ValueError(f"{self.name!r} takes no messages, but got {message.header}"))

    def send_driver_message(self, message: object) -> Outcome[None, ThreadBusy]:
        """Queue *message* for the thread; never waits. Loop thread.

        ThreadBusy: 1,000 messages wait (or as many as the channel's queue takes): this one is
        dropped, those that wait are kept. It is reported, too.
        """
        try:
            self._sync_thread.put_to_sync_queue(message, block=False)
        except queue.Full:
            busy = ThreadBusy(self._sync_thread.name)
            self._report("messages dropped", f"{busy}: one was dropped", repr(message)[:200])
            return Failure(busy)
        return Success(None)

    @override
    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sync_thread.set_write(self._write_in_thread)
        self._sync_thread.start()

    @override
    def stop(self) -> None:
        self._sync_thread.request_stop()

    @override
    async def join(self) -> None:
        await self._sync_thread.async_join()

    def _write_in_thread(self, item: object) -> Written:
        """There is one queue between thread and loop, that of the bus: *item* is taken, or not."""
        written: Written
        match item:
            case Message() if type(item.payload) in PATS:
                return self._bus.send_threadsafe(item)  # Only after the stop it is lost.
            case Message():
                written = self._bus.send_threadsafe(item)
            case ThreadFailed():
                written = self._call_soon(partial(self._failed, item))
            case _:
                written = Failure(NoMessage(type(item).__name__))
                # One at a time: the thread may go on so, faster than the loop.
                if not self._no_message_is_told:
                    self._no_message_is_told = True
                    self._call_soon(partial(self._tell_no_message, type(item).__name__))
        if isinstance(written, Failure):
            name, why = self._sync_thread.name, written.failure()
            LOG.error("thread %r: lost on the way to the loop, %s: %.200r", name, why, item)
        return written

    def _call_soon(self, work: Callable[[], None]) -> Outcome[None, Stopped]:
        assert self._loop is not None, "the thread was started"
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # It is closed.
            return Failure(Stopped())
        return Success(None)

    def _failed(self, failed: ThreadFailed) -> None:
        problem = _thread_problem(self.name, failed.thread_name, failed.error)
        self._failures.failed(self.name, self.failure_policy, problem)

    def _tell_no_message(self, type_name: str) -> None:
        self._no_message_is_told = False
        what = f"wrote a {type_name}, which is no Message and was dropped"
        self._report("no message", f"thread {self._sync_thread.name!r} {what}")

    def _report(self, cause: str, what: str, details: str = "") -> None:
        problem = ProblemFound("actor", self.name, cause, f"actor {self.name!r}: {what}", details)
        # Under a name of its own: these are no failures that add up to the end of the node.
        self._failures.failed(f"messages of {self.name}", FailurePolicy.REPORT, problem)


def _thread_problem(actor_name: str, thread_name: str, error: BaseException) -> ProblemFound:
    summary = f"actor {actor_name!r}: its thread {thread_name!r} was ended by an exception"
    return raised_problem("actor", actor_name, "thread", summary, error)
