"""A whole node on the memory adapters: real core and shell, no broker, disk or thread."""

from typing import Generic

import attrs
from typing_extensions import TypeVar

from gwproactor.adapters.memory import (
    EventDisk,
    MemoryBroker,
    MemoryEventSink,
    MemoryEventStore,
    MemoryExternalWatchdog,
    MemoryIORunner,
    MemoryStallSampler,
)
from gwproactor.app.assembly import assemble
from gwproactor.app.building import build_node
from gwproactor.app.container import ProactorContainer
from gwproactor.app.proactor import Proactor
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.link_state import StateName
from gwproactor.domain.moment import Chance
from gwproactor.domain.namespace import MessageNamespace
from gwproactor.ports.clock import Clock
from gwproactor.ports.io_loop import IORunner

C = TypeVar("C", bound=ProactorContainer, default=ProactorContainer)


@attrs.define
class SimulatedNode(Generic[C]):
    """One node and the memory behind its ports. Build it with `simulated_node`."""

    container: C
    proactor: Proactor
    store: MemoryEventStore
    sink: MemoryEventSink
    stall_sampler: MemoryStallSampler
    external_watchdog: MemoryExternalWatchdog

    def state(self, link_name: str) -> StateName:
        """The published state of a link."""
        return self.container.core().links[link_name].state


def simulated_node(
    settings: ProactorSettings,
    broker: MemoryBroker,
    clock: Clock,
    chance: Chance,
    container: type[C] = ProactorContainer,  # type: ignore[assignment] # mypy: defaults of TypeVars
    *,
    disk: EventDisk | None = None,
    namespace: MessageNamespace | None = None,
    io_runner: IORunner | None = None,
    hardware_layout: HardwareLayout | None = None,
) -> SimulatedNode[C]:
    """A node all of whose brokers are *broker*. Give a former node's *disk* to restart it.

    A node that relays keeps what it receives in `store`; nothing comes to its `sink`. Its io loop
    is the node's own, unless an *io_runner* is given. Without a *hardware_layout* it has no
    hardware.
    """
    store = MemoryEventStore(disk or EventDisk(epoch=chance.new_id()))
    choice = settings.event_sink
    sink = MemoryEventSink(events_max=choice.events_max, bytes_max=choice.bytes_max)
    stall_sampler = MemoryStallSampler()
    external_watchdog = MemoryExternalWatchdog()
    names = dict.fromkeys(link.broker for link in settings.links.values())
    built = assemble(
        settings,
        container,
        namespace=namespace,
        clock=clock,
        chance=chance,
        event_store=store,
        event_sink=None if settings.sink_kind == "relay" else sink,
        link_transports={name: broker.transport(f"{settings.short_name}-{name}") for name in names},
        stall_sampler=stall_sampler,
        external_watchdog=external_watchdog,
        io_runner=io_runner or MemoryIORunner(),
        hardware_layout=hardware_layout or HardwareLayout(),
    )
    proactor = build_node(built)
    return SimulatedNode(built, proactor, store, sink, stall_sampler, external_watchdog)
