"""The time and the randomness that the core is given: it reads no clock, rolls no dice."""

from abc import abstractmethod
from typing import Protocol

import attrs


class Chance(Protocol):
    """Random ids and fractions. Called from the loop thread only."""

    @abstractmethod
    def new_id(self) -> str:
        """A uuid4 in its usual form of 36 characters."""
        ...

    @abstractmethod
    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        ...


@attrs.frozen
class Moment:
    """When a fact became known.

    `now_s` is monotonic, in seconds from an arbitrary start: only differences mean anything.
    `wall_ms` is UTC in milliseconds since 1970 and may step either way.
    """

    now_s: float
    wall_ms: int
    chance: Chance
