"""The named parts of a node, and the registry in which they are found."""

from collections.abc import Iterator, Sequence
from typing import Self, TypeVar

from gwproactor.domain.link_state import Transition
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Outcome, Success
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.communicators import CommunicatorInterface, MonitoredName

T = TypeVar("T")

HANDLED: Success[bool] = Success(True)
NOT_FOR_ME: Success[bool] = Success(False)


class Communicator:
    """Trivial answers to everything that a communicator may be asked; subclass it.

    Its constructor takes the ports that it uses, and nothing more. Called from the loop thread.
    `failure_policy` says what follows the report of an exception that it raises.
    """

    failure_policy: FailurePolicy = FailurePolicy.RESTART

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """By which messages are addressed to it."""
        return self._name

    @property
    def monitored_names(self) -> Sequence[MonitoredName]:
        return ()

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        """Handle *message*; here: say that it was not for this communicator."""
        return NOT_FOR_ME

    def link_changed(self, transition: Transition) -> None:
        """A link of the node changed its state; here: nothing."""

    def start(self) -> None:
        """The node starts; here: nothing."""

    def stop(self) -> None:
        """The node stops; here: nothing."""

    async def join(self) -> None:
        """Return when ended; here: at once."""

    async def stop_and_join(self) -> None:
        self.stop()
        await self.join()


class CommunicatorRegistry:
    """The communicators of a node by name; empty until the node's container has filled it."""

    def __init__(self) -> None:
        self._by_name: dict[str, CommunicatorInterface] = {}

    def add_communicator(self, communicator: CommunicatorInterface) -> Self:
        """Raises ValueError if another communicator has the name."""
        present = self._by_name.setdefault(communicator.name, communicator)
        if present is not communicator:
            raise ValueError(
                f"two communicators are named {communicator.name!r}: "
                f"{type(present).__name__} and {type(communicator).__name__}"
            )
        return self

    def get_communicator(self, name: str) -> CommunicatorInterface | None:
        return self._by_name.get(name)

    def get_communicator_as_type(self, name: str, type_: type[T]) -> T | None:
        communicator = self._by_name.get(name)
        return communicator if isinstance(communicator, type_) else None

    def __iter__(self) -> Iterator[CommunicatorInterface]:
        return iter(tuple(self._by_name.values()))
