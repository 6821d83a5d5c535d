"""`LayoutSource` of a test: the layout that it was given."""

from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.hardware_layout import BadLayout, NoLayout


class MemoryLayoutSource:
    """`held` is what the next `load` finds; None: there is no layout."""

    def __init__(self, held: HardwareLayout | BadLayout | None = None) -> None:
        self.held = held

    def load(self) -> Outcome[HardwareLayout, NoLayout | BadLayout]:
        match self.held:
            case None:
                return Failure(NoLayout("memory"))
            case BadLayout() as bad:
                return Failure(bad)
            case HardwareLayout() as layout:
                return Success(layout)
