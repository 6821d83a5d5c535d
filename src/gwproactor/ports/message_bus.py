"""Messages between the actors of one node."""

from typing import Protocol

import attrs

from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome


@attrs.frozen
class UnknownDestination:
    """No communicator has the name in Header.dst; reported as a problem, too."""

    dst: str
    src: str

    def __str__(self) -> str:
        return f"{self.src!r} sent a message to {self.dst!r}, which no communicator is named"


@attrs.frozen
class Stopped:
    """The node is not running (any more): nothing was taken."""

    def __str__(self) -> str:
        return "the node is not running"


class MessageBus(Protocol):
    """Hands messages to the communicator that `Header.dst` names, in the order of sending."""

    def send(self, message: Message[object]) -> Outcome[None, UnknownDestination | Stopped]:
        """Queue *message*. Loop thread only; the receiver runs in a later turn of the loop."""
        ...

    def send_threadsafe(self, message: Message[object]) -> Outcome[None, Stopped]:
        """Queue *message* from any thread; an unknown destination is reported as a problem."""
        ...
