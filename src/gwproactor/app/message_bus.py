"""Messages between the actors of one node, queued and handed over by the loop."""

import asyncio
from collections import deque
from typing import Final

from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.engine import Engine
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.communicators import CommunicatorInterface
from gwproactor.ports.message_bus import Stopped, UnknownDestination

# Larger: sockets and timers wait longer behind a busy bus. Smaller: more turns of the loop.
MESSAGES_PER_TURN: Final = 500

_TAKEN: Final = Success(None)


class LocalMessageBus:
    """The MessageBus of one node. Closed until `open` and after `close`."""

    def __init__(
        self, registry: CommunicatorRegistry, engine: Engine, supervisor: Supervisor
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._supervisor = supervisor
        self._queue: deque[tuple[CommunicatorInterface, Message[object]]] = deque()
        self._foreign: deque[Message[object]] = deque()
        self._foreign_woken = False
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Take messages from now on. Loop thread."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Take no more; what is queued is dropped."""
        self._loop = None
        self._queue.clear()
        self._foreign.clear()

    def send(self, message: Message[object]) -> Outcome[None, UnknownDestination | Stopped]:
        communicator = self._registry.get_communicator(message.header.dst)
        if self._loop is None:
            return Failure(Stopped())
        if communicator is None:
            return Failure(self._unknown(message))
        self._queue.append((communicator, message))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._hand_over_queued)
        return _TAKEN

    def send_threadsafe(self, message: Message[object]) -> Outcome[None, Stopped]:
        loop = self._loop
        if loop is None:
            return Failure(Stopped())
        self._foreign.append(message)
        if not self._foreign_woken:
            # Two threads may both get here: a second wake-up finds nothing to do.
            self._foreign_woken = True
            try:
                loop.call_soon_threadsafe(self._take_foreign)
            except RuntimeError:  # The loop was closed without the node having been stopped.
                self.close()
                return Failure(Stopped())
        return _TAKEN

    def _take_foreign(self) -> None:
        self._foreign_woken = False
        # What is added from here on wakes the loop again: a busy thread must not hold it here.
        for _ in range(len(self._foreign)):
            self.send(self._foreign.popleft())

    def _hand_over_queued(self) -> None:
        for _ in range(min(MESSAGES_PER_TURN, len(self._queue))):
            communicator, message = self._queue.popleft()
            self._supervisor.hand_over(communicator, message)
        self._scheduled = bool(self._queue)
        if self._scheduled and self._loop is not None:
            self._loop.call_soon(self._hand_over_queued)

    def _unknown(self, message: Message[object]) -> UnknownDestination:
        unknown = UnknownDestination(message.header.dst, message.header.src)
        self._engine.dispatch(
            ProblemFound("routing", unknown.src, unknown.dst, str(unknown), repr(message.header))
        )
        return unknown
