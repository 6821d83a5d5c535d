"""Tells the external watchdog that the node lives, and everybody how the watchdogs stand."""

import logging
from collections.abc import Callable
from typing import Final

import attrs
from typing_extensions import override

from gwproactor.app.loop_lag import LoopLag
from gwproactor.app.service import NotStarted, Service
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import REPORTS, WatchdogManager
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.node import NodeCore
from gwproactor.domain.outcome import Outcome, Success
from gwproactor.domain.status import WatchdogStatus
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.external_watchdog import ExternalWatchdog

LOG: Final = logging.getLogger("gwproactor")

# How often the status is told to a watchdog that wants no pats.
STATUS_EVERY_S: Final = 30.0
# A status is one line of a list of services.
LINKS_NAMED_MAX: Final = 3


@attrs.define(eq=False)
class WatchdogKeeper(Service):
    """Pats *external* on time, from the loop, as long as nobody whom *manager* watches is late
    beyond a report: a loop that hangs pats nobody. *describe* is the node in one line.

    A node that stops is patted for until its stores are closed, whoever is late: the stop itself
    gives up what hangs, and what it stores must not be cut short.
    """

    external: ExternalWatchdog
    manager: WatchdogManager
    supervisor: Supervisor
    clock: Clock
    lag: LoopLag
    describe: Callable[[], str]
    _timer: Timer | None = attrs.field(init=False, default=None)
    _pats: int = attrs.field(init=False, default=0)
    _failures: int = attrs.field(init=False, default=0)
    _failures_before: int = attrs.field(init=False, default=0)
    _trouble: str = attrs.field(init=False, default="")
    _is_stopping: bool = attrs.field(init=False, default=False)

    def status(self) -> WatchdogStatus:
        """How the watchdogs stand now. `pats` counts those that were tried."""
        every_s = self.external.pat_every_s
        rhythm = "" if every_s is None else f", every {every_s:g} s"
        return WatchdogStatus(
            monitored=self.manager.monitored(),
            external=self.external.description + rhythm,
            pats=self._pats,
            pat_failures=self._failures,
            loop_lag_s=self.lag.lag_s,
            loop_lag_s_max=self.lag.lag_s_max,
            stalls=self.lag.stalls,
            last_stall=self.lag.last_stall,
        )

    @override
    async def open(self) -> Outcome[None, NotStarted]:
        self.external.listen(self._trouble_found)
        LOG.info("external watchdog: %s", self.status().external)
        return Success(None)

    @override
    def started(self) -> None:
        self.external.ready()
        self._tick()

    @override
    def stopping(self) -> None:
        self._is_stopping = True
        self.external.stopping()

    @override
    async def finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.external.close()

    def _tick(self) -> None:
        if self._failures == self._failures_before and self._trouble:
            LOG.info("external watchdog: reached again")
            self._trouble = ""
        self._failures_before = self._failures
        every_s = self.external.pat_every_s
        # The next one first: the loop must go on whatever a status is made of.
        self._timer = self.clock.call_at(
            self.clock.monotonic_s() + (every_s or STATUS_EVERY_S), self._tick
        )
        if every_s is not None and (self._is_stopping or self.manager.is_well):
            self._pats += 1
            self.external.pat()
        self.external.status(self.describe())

    def _trouble_found(self, trouble: str) -> None:
        if self._failures == self._failures_before:  # The status fails with the pat.
            self._failures += 1
        if trouble == self._trouble:
            return
        self._trouble = trouble
        summary = f"the external watchdog has trouble: {trouble}"
        problem = ProblemFound("watchdog", "external", trouble, summary, self.external.description)
        self.supervisor.failed(REPORTS, FailurePolicy.REPORT, problem)


def node_line(core: NodeCore, store: EventStore) -> str:
    """A node in one line: its links, those by name that are not active, and what waits for an ack.

    As in "1 of 2 links active (admin: connecting), events pending: 12".
    """
    links = core.links.values()
    others = [f"{link.name}: {link.state.value}" for link in links if not link.is_active]
    named = ", ".join(others[:LINKS_NAMED_MAX]) + (", ..." if others[LINKS_NAMED_MAX:] else "")
    active = f"{len(links) - len(others)} of {len(links)} links active"
    which = f" ({named})" if named else ""
    return f"{active}{which}, events pending: {store.content().pending}"
