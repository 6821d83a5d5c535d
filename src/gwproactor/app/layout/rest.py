"""REST pollers that a hardware layout configures, as in the original library.

Each has a component of the type `rest.poller.component.gt`, whose `Rest` holds the settings.
"""

from typing import Final

from gwproactor.app.config.fault import Fault
from gwproactor.app.layout.error import LayoutError, fault_in
from gwproactor.app.layout.section import section_of, sections_in
from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.sh_node import ShNode

REST_POLLER_TYPE: Final = "rest.poller.component.gt"
SECTION: Final = "Rest"


def rest_settings_of(layout: HardwareLayout, node: ShNode) -> RESTPollerSettings:
    """What the component of *node* says, of whatever type it is, in its `Rest`.

    Raises LayoutError if it has no component, or that says nothing of it, or something wrong.
    """
    component = layout.component(node.name)
    if component is None:
        text = f"has no component to tell the settings of its {node.actor_class}"
        raise LayoutError((Fault(f"{layout.origin}: node {node.name!r}", text),))
    match section_of(component, SECTION, RESTPollerSettings):
        case Success(settings):
            return settings
        case Failure(faults):
            raise LayoutError(tuple(fault_in(layout.origin, fault) for fault in faults))


def rest_faults(layout: HardwareLayout) -> tuple[Fault, ...]:
    """Everything that is wrong with the settings of any poller."""
    _, faults = sections_in(layout, REST_POLLER_TYPE, SECTION, RESTPollerSettings)
    return tuple(fault_in(layout.origin, fault) for fault in faults)
