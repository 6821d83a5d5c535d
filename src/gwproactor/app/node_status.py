"""How the node stands, gathered from its parts (adapter of `NodeStatusSource`)."""

import os
from collections.abc import Sequence

import attrs

from gwproactor.app.core_status import CoreStatus
from gwproactor.app.io_loop import NodeIOLoop
from gwproactor.app.own_events import OwnEvents
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.version import own_version
from gwproactor.app.watchdog_keeper import WatchdogKeeper
from gwproactor.app.wiring import Wiring
from gwproactor.domain.health import health_of
from gwproactor.domain.status import Health, NodeStatus, WiringEntry


@attrs.frozen(eq=False)
class NodeStatusView:
    """Loop thread only. The statistics in a status go on counting: it is for use at once."""

    core_status: CoreStatus
    own_events: OwnEvents
    supervisor: Supervisor
    io_loop: NodeIOLoop
    watchdog: WatchdogKeeper
    node_wiring: Wiring
    _version: str = attrs.field(init=False, factory=own_version)

    def status(self) -> NodeStatus:
        core_status = self.core_status
        return NodeStatus(
            name=core_status.settings.long_name,
            short_name=core_status.settings.short_name,
            instance_id=core_status.instance_id.known,
            version=self._version,
            process_id=os.getpid(),
            now_ms=core_status.clock.wall_ms(),
            started_ms=core_status.started_ms,
            stopping=core_status.stopping or self.supervisor.is_stopping,
            links=core_status.links(),
            store=core_status.store_status(),
            actors=self.supervisor.status(),
            io_loop=self.io_loop.status(),
            watchdog=self.watchdog.status(),
            problems=self.own_events.recent_problems,
            stats=core_status.engine.core.stats,
        )

    def health(self) -> Health:
        return health_of(self.status())

    def wiring(self) -> Sequence[WiringEntry]:
        return self.node_wiring.entries
