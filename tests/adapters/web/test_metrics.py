"""The metrics as Prometheus reads them."""

from collections import Counter

import pytest
from attrs import evolve
from prometheus_client.parser import text_string_to_metric_families

from gwproactor.adapters.web.metrics import metrics_text
from gwproactor.domain.health import health_of
from gwproactor.domain.stats import TYPES_MAX, LinkStats, count
from gwproactor.domain.status import Health, IOLoopStatus, NodeStatus
from gwproactor.domain.supervision import SupervisionState
from tests.support.statuses import ACTOR, LINK, MONITORED, NODE, STORE, WATCHDOG, node_of

Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(status: NodeStatus, health: Health | None = None) -> dict[Sample, float]:
    text = metrics_text(status, health or health_of(status)).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_metric_is_documented_and_counters_are_named_as_such() -> None:
    text = metrics_text(NODE, Health()).decode()
    families = list(text_string_to_metric_families(text))

    assert len(families) > 40
    assert all(family.name.startswith("gwproactor_") for family in families)
    assert all(family.documentation for family in families)
    counters = {s.name for f in families if f.type == "counter" for s in f.samples}
    totals = {s.name for f in families for s in f.samples if s.name.endswith("_total")}
    assert counters == totals


@pytest.mark.parametrize(
    ("status", "name", "labels", "value"),
    [
        (NODE, "link_active", {"link": "parent"}, 1.0),
        (node_of(link=evolve(LINK, state="awaiting_peer")), "link_active", {"link": "parent"}, 0.0),
        (NODE, "link_heard_age_seconds", {"link": "parent"}, 2.0),
        (NODE, "link_messages_sent_total", {"link": "parent"}, 140.0),
        (NODE, "events_generated_total", {}, 120.0),
        (NODE, "store_pending_bytes", {}, 1_200.0),
        (node_of(store=evolve(STORE, hours_left=0.5)), "store_time_left_seconds", {}, 1_800.0),
        (node_of(store=evolve(STORE, trouble="full")), "store_failing", {}, 1.0),
        (NODE, "sink_failing", {}, 0.0),
        (node_of(store=evolve(STORE, sink_trouble="full")), "sink_failing", {}, 1.0),
        (NODE, "actor_running", {"actor": "thermometer"}, 1.0),
        (NODE, "io_coroutines", {"state": "running"}, 2.0),
        (evolve(NODE, io_loop=IOLoopStatus(failed=3)), "io_coroutines", {"state": "failed"}, 3.0),
        (
            node_of(actor=evolve(ACTOR, state=SupervisionState.LATE)),
            "actor_running",
            {"actor": "thermometer"},
            0.0,
        ),
        (
            node_of(actor=evolve(ACTOR, restarts=2)),
            "actor_restarts_total",
            {"actor": ACTOR.name},
            2,
        ),
        (node_of(monitored=evolve(MONITORED, late=True)), "watchdog_late", {"name": "burner"}, 1.0),
        (evolve(NODE, watchdog=evolve(WATCHDOG, stalls=3)), "loop_stalls_total", {}, 3.0),
        (NODE, "healthy", {}, 1.0),
        (evolve(NODE, stopping=True), "healthy", {}, 0.0),
        (NODE, "info", {"name": "d1.house.scada", "version": "0.1.0"}, 1.0),
    ],
)
def test_what_is_measured_is_told(
    status: NodeStatus, name: str, labels: dict[str, str], value: float
) -> None:
    assert samples(status)[f"gwproactor_{name}", tuple(sorted(labels.items()))] == value


def test_what_is_not_known_is_left_out() -> None:
    unknown = evolve(
        node_of(link=evolve(LINK, last_heard_ms=None), store=evolve(STORE, hours_left=None)),
        started_ms=None,
    )
    names = {name for name, _ in samples(unknown)}

    assert "gwproactor_link_heard_age_seconds" not in names
    assert "gwproactor_store_time_left_seconds" not in names
    assert "gwproactor_start_time_seconds" not in names


def test_a_flood_of_types_makes_no_flood_of_metrics() -> None:
    received: Counter[str] = Counter()
    for number in range(5 * TYPES_MAX):
        count(received, f'type."{number}"\n')
    stats = LinkStats(received_by_type=received)
    told = samples(node_of(link=evolve(LINK, stats=stats)))
    by_type = {
        labels: value for (name, labels), value in told.items() if "messages_received" in name
    }

    assert len(by_type) == TYPES_MAX + 1
    assert sum(by_type.values()) == 5 * TYPES_MAX
