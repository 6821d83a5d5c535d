"""Whoever restarts this process when it no longer says that it is well: systemd, as a rule."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol


class ExternalWatchdog(Protocol):
    """Called from the loop thread only. Nothing here blocks or raises: a watchdog that cannot be
    reached is reported to the listener, and patted again next time.
    """

    @property
    @abstractmethod
    def pat_every_s(self) -> float | None:
        """How often it wants a pat, in seconds; None: nobody waits for pats."""
        ...

    @property
    @abstractmethod
    def description(self) -> str:
        """Who it is, in a few words, for logs and the status page."""
        ...

    @abstractmethod
    def listen(self, on_trouble: Callable[[str], None]) -> None:
        """Call *on_trouble* on the loop thread with what is wrong, whenever something is."""
        ...

    @abstractmethod
    def ready(self) -> None:
        """The node has started."""
        ...

    @abstractmethod
    def pat(self) -> None:
        """The node is well."""
        ...

    @abstractmethod
    def status(self, text: str) -> None:
        """One line about how the node stands."""
        ...

    @abstractmethod
    def stopping(self) -> None:
        """The node has begun to stop."""
        ...

    @abstractmethod
    async def close(self) -> None:
        """Release everything; returns soon, whatever hangs."""
        ...
