"""`Communicators` of a test: those that it was given."""

from typing import TypeVar

from gwproactor.ports.communicators import CommunicatorInterface

T = TypeVar("T")


class MemoryCommunicators:
    """The given communicators by name. Raises ValueError if two have one name."""

    def __init__(self, *communicators: CommunicatorInterface) -> None:
        self._by_name: dict[str, CommunicatorInterface] = {}
        for communicator in communicators:
            self.add_communicator(communicator)

    def add_communicator(self, communicator: CommunicatorInterface) -> None:
        """Raises ValueError if another communicator has the name."""
        present = self._by_name.setdefault(communicator.name, communicator)
        if present is not communicator:
            raise ValueError(f"two communicators are named {communicator.name!r}")

    def get_communicator(self, name: str) -> CommunicatorInterface | None:
        return self._by_name.get(name)

    def get_communicator_as_type(self, name: str, type_: type[T]) -> T | None:
        communicator = self._by_name.get(name)
        return communicator if isinstance(communicator, type_) else None
