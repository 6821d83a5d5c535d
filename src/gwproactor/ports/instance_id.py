"""What tells one installation of a node from all others, also after a restart."""

from abc import abstractmethod
from typing import Protocol


class InstanceId(Protocol):
    """Safe to use from any thread."""

    @property
    @abstractmethod
    def known(self) -> str:
        """As `read` gave it; empty before its first call. Never blocks."""
        ...

    @abstractmethod
    def read(self) -> str:
        """A uuid4, or what somebody wrote in its place: 8 to 64 letters, digits and hyphens.

        The same at each call, and, where it can be kept, after each restart; made when it is first
        asked for. May block as a disk does.
        """
        ...
