"""How the node stands, for those who show it."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from gwproactor.domain.status import Health, NodeStatus, WiringEntry


class NodeStatusSource(Protocol):
    """Called from the loop thread only; cheap enough for once a second, and never blocks."""

    @abstractmethod
    def status(self) -> NodeStatus:
        """The node as it is now."""
        ...

    @abstractmethod
    def health(self) -> Health:
        """Whether the node does its work: a part that is late, failed or given up is a reason, and
        so are a store that fails or is 90 % full, a sink that fails, and a stop. A link that is not
        active is none: the node works alone.
        """
        ...

    @abstractmethod
    def wiring(self) -> Sequence[WiringEntry]:
        """Which part was built from which, in the order of the container."""
        ...
