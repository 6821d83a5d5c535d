"""A node's status to show and to judge: everything is well, unless a test says otherwise."""

from typing import Final

from attrs import evolve

from gwproactor.domain.stats import LinkStats, ProactorStats
from gwproactor.domain.status import (
    ActorStatus,
    CoroutineStatus,
    IOLoopStatus,
    LinkStatus,
    MonitoredStatus,
    NodeStatus,
    RecentProblem,
    StoreStatus,
    WatchdogStatus,
)
from gwproactor.domain.supervision import FailurePolicy, SupervisionState

NOW_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z

LINK: Final = LinkStatus(
    name="parent",
    broker="local",
    broker_address="localhost:1883",
    peer="d1.house",
    upstream=True,
    state="active",
    since_ms=NOW_MS - 3 * 3_600_000,
    next_try_s=None,
    no_broker="",
    last_sent_ms=NOW_MS - 4_000,
    last_heard_ms=NOW_MS - 2_000,
    un_acked=1,
    subscriptions_pending=0,
    stats=LinkStats(received=70, sent=140),
)

STORE: Final = StoreStatus(
    kind="sqlite",
    pending=3,
    pending_bytes=1_200,
    bytes_max=500_000_000,
    in_flight=1,
    when_full="drop-oldest",
    hours_left=20_000.0,
    quarantined=0,
    quarantined_types=(),
    trouble="",
    keeps=True,
    sink_kind="SqliteEventSink",
    sink_keeps=True,
    sink_trouble="",
)

ACTOR: Final = ActorStatus(
    name="thermometer",
    class_name="Thermometer",
    state=SupervisionState.RUNNING,
    policy=FailurePolicy.RESTART,
    failures=0,
    restarts=0,
    progress_age_s=1.0,
    waits_for="sleep",
    inbox_waiting=0,
    inbox_dropped=0,
    last_failure="",
)

COROUTINE: Final = CoroutineStatus(
    name="meter",
    state=SupervisionState.FAILED,
    policy=FailurePolicy.REPORT,
    failures=1,
    last_failure="ValueError: no such meter",
)

MONITORED: Final = MonitoredStatus(name="burner", timeout_s=20.0, pat_age_s=3.0, late=False)

WATCHDOG: Final = WatchdogStatus(
    monitored=(MONITORED,),
    external="systemd, every 15 s",
    pats=8,
    pat_failures=0,
    loop_lag_s=0.001,
    loop_lag_s_max=0.02,
    stalls=0,
    last_stall="",
)

PROBLEM: Final = RecentProblem(
    time_ms=NOW_MS - 60_000, summary="link 'parent': no answer", details="line 1\nline 2"
)

NODE: Final = NodeStatus(
    name="d1.house.scada",
    short_name="s",
    instance_id="1d5ee0de-0000-4000-8000-000000000001",
    version="0.1.0",
    process_id=4711,
    now_ms=NOW_MS,
    started_ms=NOW_MS - 26 * 3_600_000,
    stopping=False,
    links=(LINK,),
    store=STORE,
    actors=(ACTOR,),
    io_loop=IOLoopStatus(running=2),
    watchdog=WATCHDOG,
    problems=(PROBLEM,),
    stats=ProactorStats(links={"parent": LINK.stats}, events_generated=120),
)


def node_of(
    *,
    link: LinkStatus = LINK,
    store: StoreStatus = STORE,
    actor: ActorStatus = ACTOR,
    monitored: MonitoredStatus = MONITORED,
) -> NodeStatus:
    """The node with other parts."""
    return evolve(
        NODE,
        links=(link,),
        store=store,
        actors=(actor,),
        watchdog=evolve(WATCHDOG, monitored=(monitored,)),
    )
