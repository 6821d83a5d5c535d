"""The named parts of a node and how they are found."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

import attrs

from gwproactor.domain.link_state import Transition
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.sh_node import ShNode

T = TypeVar("T")


@attrs.frozen
class MonitoredName:
    """Something that must pat the internal watchdog at least every `timeout_seconds`."""

    name: str
    timeout_seconds: float


class Runnable(Protocol):
    """What is started, stopped and joined with the node. Called from the loop thread only.

    Who inherits it must have what is abstract, and gets the rest.
    """

    @abstractmethod
    def start(self) -> None:
        """Begin; must not block."""
        ...

    @abstractmethod
    def stop(self) -> None:
        """Ask to end; must not block."""
        ...

    @abstractmethod
    async def join(self) -> None:
        """Return when ended."""
        ...

    async def stop_and_join(self) -> None:
        """`stop`, then `join`."""
        self.stop()
        await self.join()


class CommunicatorInterface(Runnable, Protocol):
    """A part of a node that messages can be addressed to by its name."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    @abstractmethod
    def monitored_names(self) -> Sequence[MonitoredName]:
        """What the internal watchdog watches of it; may be empty."""
        ...

    @abstractmethod
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        """Handle one message on the loop thread; must not block.

        Success(False) says that the message was not for this communicator. A Failure is reported as
        a problem; so is an exception, and `failure_policy` says what else follows, if the class has
        one: by default nothing, unless there are five within 60 s, which stop the node.
        """
        ...

    def link_changed(self, transition: Transition) -> None:
        """A link of the node changed its state; here: nothing."""


class ActorInterface(CommunicatorInterface, Protocol):
    """A communicator that acts for a node of the hardware layout."""

    @property
    @abstractmethod
    def alias(self) -> str:
        """What it is called where people read."""
        ...

    @property
    @abstractmethod
    def node(self) -> ShNode:
        """What it acts for."""
        ...

    @abstractmethod
    def init(self) -> None:
        """Called when the whole node is built, before it starts, and before each restart."""
        ...

    @classmethod
    @abstractmethod
    def load(cls, name: str, actor_class_name: str, module_name: str, **ports: object) -> Self:
        """An actor of class *actor_class_name* in *module_name*, built as (name, **ports)."""
        ...


class Communicators(Protocol):
    """The communicators of a node, by name. Filled when the node starts."""

    @abstractmethod
    def get_communicator(self, name: str) -> CommunicatorInterface | None:
        """None: there is none of that name."""
        ...

    @abstractmethod
    def get_communicator_as_type(self, name: str, type_: type[T]) -> T | None:
        """None: there is none of that name, or it is not a *type_*."""
        ...
