"""Time and timers."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due later."""

    @abstractmethod
    def cancel(self) -> None:
        """The call will not happen; without effect if it has happened."""
        ...


class Clock(Protocol):
    """The only source of time. Called from the loop thread only.

    Durations come from `monotonic_s`, timestamps from `wall_ms`: a step of the wall clock changes
    no deadline.
    """

    @abstractmethod
    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    @abstractmethod
    def wall_ms(self) -> int:
        """UTC in milliseconds since 1970-01-01; may step either way."""
        ...

    @abstractmethod
    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        """Call *callback* on the loop when `monotonic_s` reaches *when_s*; soon if it has."""
        ...

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Return after *seconds* of `monotonic_s`; a number below 0 counts as 0. Also in what a
        node runs on its `IOLoop`.
        """
        ...
