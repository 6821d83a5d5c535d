"""Whoever notices, from outside of the event loop, that it stands still."""

from abc import abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import attrs


class StallKind(Enum):
    """Why the event loop gave no answer."""

    LOOP_BUSY = "the event loop was busy"
    INTERPRETER_HELD = "one call let no other thread run"
    PROCESS_PAUSED = "the process was suspended or got no CPU"


@attrs.frozen
class Stall:
    """The event loop gave no answer for `lasted_s` seconds, at least.

    `stack` is what it did when this was noticed, innermost call last: while it lasted if the loop
    was busy, else just afterwards.
    """

    kind: StallKind
    lasted_s: float
    stack: str


class StallSampler(Protocol):
    """Called from the loop thread only."""

    @abstractmethod
    def start(self, on_lag: Callable[[float], None], on_stall: Callable[[Stall], None]) -> None:
        """Watch the running loop, once. A stall is logged while it lasts, by another thread.

        On the loop thread *on_lag* is given the seconds that each answer took, and *on_stall* each
        stall once it is over.
        """
        ...

    @abstractmethod
    def close(self) -> None:
        """Watch no longer: neither is called after this. Waits at most half a second."""
        ...
