"""Whoever restarts this process when it no longer says that it is well: systemd, as a rule."""

from collections.abc import Callable
from typing import Protocol


class ExternalWatchdog(Protocol):
    """Called from the loop thread only. Nothing here blocks or raises: a watchdog that cannot be
    reached is reported to the listener, and patted again next time.
    """

    @property
    def pat_every_s(self) -> float | None:
        """How often it wants a pat, in seconds; None: nobody waits for pats."""
        ...

    @property
    def description(self) -> str:
        """Who it is, in a few words, for logs and the status page."""
        ...

    def listen(self, on_trouble: Callable[[str], None]) -> None:
        """Call *on_trouble* on the loop thread with what is wrong, whenever something is."""
        ...

    def ready(self) -> None:
        """The node has started."""
        ...

    def pat(self) -> None:
        """The node is well."""
        ...

    def status(self, text: str) -> None:
        """One line about how the node stands."""
        ...

    def stopping(self) -> None:
        """The node has begun to stop."""
        ...

    async def close(self) -> None:
        """Release everything; returns soon, whatever hangs."""
        ...
