"""How a node stands at one moment, as values: what a status page, metrics and a health check show.

Times are UTC in milliseconds since 1970 (`_ms`), ages and durations in seconds (`_s`).
"""

import attrs

from gwproactor.domain.stats import LinkStats, ProactorStats
from gwproactor.domain.supervision import FailurePolicy, SupervisionState


@attrs.frozen(kw_only=True)
class LinkStatus:
    """`state` is the published StateName's value; since/last None: never yet. `next_try_s`: until
    the broker is tried again; None: that is not waited for; `no_broker` is why the last try failed,
    or empty. `un_acked` also counts messages and
    pings.
    """

    name: str
    broker: str
    broker_address: str
    peer: str
    upstream: bool
    state: str
    since_ms: int | None
    next_try_s: float | None
    no_broker: str
    last_sent_ms: int | None
    last_heard_ms: int | None
    un_acked: int
    subscriptions_pending: int
    stats: LinkStats


@attrs.frozen(kw_only=True)
class StoreStatus:
    """The event store, of class `kind`. `hours_left` is how long it takes to fill at the rate of
    the last hour if nothing is acknowledged; None: nothing was stored in it. `quarantined_types`
    are those that are tried again; `trouble` is what its medium cannot do now, or empty. A store
    that does not `keep` forgets what is not acknowledged at its first try.

    `sink_…` is the same of the event sink, which takes what peers send, and on a node without
    upstream link its own events; a relay's sink is its store, whose trouble is told as that.
    """

    kind: str
    pending: int
    pending_bytes: int
    bytes_max: int
    in_flight: int
    when_full: str
    hours_left: float | None
    quarantined: int
    quarantined_types: tuple[str, ...]
    trouble: str
    keeps: bool
    sink_kind: str
    sink_keeps: bool
    sink_trouble: str


@attrs.frozen(kw_only=True)
class ActorStatus:
    """A communicator. `progress_age_s`: since its code was last entered; `waits_for`: what it said
    that it waits for, or empty.
    """

    name: str
    class_name: str
    state: SupervisionState
    policy: FailurePolicy
    failures: int
    restarts: int
    progress_age_s: float | None
    waits_for: str
    inbox_waiting: int
    inbox_dropped: int
    last_failure: str


@attrs.frozen(kw_only=True)
class MonitoredStatus:
    """One name that has to pat the internal watchdog."""

    name: str
    timeout_s: float
    pat_age_s: float
    late: bool


@attrs.frozen(kw_only=True)
class WatchdogStatus:
    """`external` says who is patted and how often, or that nobody is. Stalls are those of the event
    loop since the start; `loop_lag_s` is the last one measured, `loop_lag_s_max` the worst.
    """

    monitored: tuple[MonitoredStatus, ...]
    external: str
    pats: int
    pat_failures: int
    loop_lag_s: float
    loop_lag_s_max: float
    stalls: int
    last_stall: str


@attrs.frozen(kw_only=True)
class CoroutineStatus:
    """A coroutine of the io loop; `failed`: it runs no more."""

    name: str
    state: SupervisionState
    policy: FailurePolicy
    failures: int
    last_failure: str


@attrs.frozen(kw_only=True)
class IOLoopStatus:
    """How many coroutines run, wait for their restart, or have failed for good (of these the last
    100 are known); `coroutines` are 100 of them, what has failed first.
    """

    running: int = 0
    restarting: int = 0
    failed: int = 0
    coroutines: tuple[CoroutineStatus, ...] = ()


@attrs.frozen(kw_only=True)
class RecentProblem:
    """A problem event of this node, with the part of its details that a page has room for."""

    time_ms: int
    summary: str
    details: str


@attrs.frozen(kw_only=True)
class WiringEntry:
    """A part of the node: its provider's name, its class, and which parts it was built from."""

    name: str
    class_name: str
    needs: tuple[str, ...]


@attrs.frozen(kw_only=True)
class NodeStatus:
    """A whole node. `started_ms` None: not yet; `stopping`: it was told to stop; `instance_id`
    empty: no broker was connected to yet.
    """

    name: str
    short_name: str
    instance_id: str
    version: str
    process_id: int
    now_ms: int
    started_ms: int | None
    stopping: bool
    links: tuple[LinkStatus, ...]
    store: StoreStatus
    actors: tuple[ActorStatus, ...]
    io_loop: IOLoopStatus
    watchdog: WatchdogStatus
    problems: tuple[RecentProblem, ...]
    stats: ProactorStats


@attrs.frozen
class Health:
    """Whether the node does its work; `reasons` says why not, in sentences."""

    reasons: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        return not self.reasons
