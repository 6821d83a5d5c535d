"""A layout that a node cannot be built by."""

from gwproactor.app.config.fault import Fault
from gwproactor.domain.hardware_layout import LayoutFault


class LayoutError(ValueError):
    """Tells everything that is wrong with a layout, or with what a node makes of it, at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def fault_in(origin: str, fault: LayoutFault) -> Fault:
    """With the place of the whole layout before that in it."""
    return Fault(f"{origin}: {fault.place}" if fault.place else origin, fault.text)
