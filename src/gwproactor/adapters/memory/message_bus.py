"""`MessageBus` of a test: what an actor sends can be read, and is handed over only if wanted."""

import asyncio

import attrs

from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.communicators import Communicators
from gwproactor.ports.message_bus import Stopped, UnknownDestination


@attrs.define
class MemoryMessageBus:
    """`sent` is what was taken, in order.

    Without *communicators* every destination is known and nothing is handed over, so no loop is
    needed. With them (to be built within the loop) a message goes to its receiver in a later turn,
    and `problems` holds what a node would report: unknown destinations, and what receivers raised
    or failed with.
    """

    communicators: Communicators | None = None
    sent: list[Message[object]] = attrs.field(init=False, factory=list)
    problems: list[UnknownDestination | BaseException] = attrs.field(init=False, factory=list)
    _loop: asyncio.AbstractEventLoop | None = attrs.field(init=False, default=None)
    _is_open: bool = attrs.field(init=False, default=True)

    def __attrs_post_init__(self) -> None:
        if self.communicators is not None:
            self._loop = asyncio.get_running_loop()

    def send(self, message: Message[object]) -> Outcome[None, UnknownDestination | Stopped]:
        if not self._is_open:
            return Failure(Stopped())
        header = message.header
        if self.communicators and self.communicators.get_communicator(header.dst) is None:
            unknown = UnknownDestination(header.dst, header.src)
            self.problems.append(unknown)
            return Failure(unknown)
        self.sent.append(message)
        if self._loop is not None:
            self._loop.call_soon(self._hand_over, message)
        return Success(None)

    def send_threadsafe(self, message: Message[object]) -> Outcome[None, Stopped]:
        if not self._is_open:
            return Failure(Stopped())
        if self._loop is None:
            self.sent.append(message)
            return Success(None)
        try:
            self._loop.call_soon_threadsafe(self.send, message)
        except RuntimeError:  # The loop is closed.
            return Failure(Stopped())
        return Success(None)

    def close(self) -> None:
        """Be the bus of a node that stopped: take no more, hand nothing over."""
        self._is_open = False

    def _hand_over(self, message: Message[object]) -> None:
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
