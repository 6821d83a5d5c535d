"""Where the hardware layout of a node comes from."""

from abc import abstractmethod
from typing import Protocol

import attrs

from gwproactor.domain.hardware_layout import HardwareLayout, LayoutFault
from gwproactor.domain.outcome import Outcome


@attrs.frozen
class NoLayout:
    """There is none at `origin`."""

    origin: str


@attrs.frozen
class BadLayout:
    """There is one at `origin`, which cannot be read, or is not whole: everything that is wrong
    with it, at least one fault. A fault of the whole has an empty place.
    """

    origin: str
    faults: tuple[LayoutFault, ...]


class LayoutSource(Protocol):
    """Read while a node is built, before its loop runs: it may block."""

    @abstractmethod
    def load(self) -> Outcome[HardwareLayout, NoLayout | BadLayout]:
        """The layout as it is now; each call looks anew."""
        ...
