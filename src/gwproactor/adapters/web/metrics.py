"""A node's status as Prometheus metrics, made when they are asked for.

Units are in the names, counters end in `_total` and begin again with the process. What a label may
be is bounded: the links, brokers and actors that are configured, and message types as the
statistics bound them.
"""

from collections.abc import Callable, Iterator
from typing import Final

import attrs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gwproactor.domain.stats import LinkStats
from gwproactor.domain.status import Health, NodeStatus
from gwproactor.domain.supervision import SupervisionState

# Of `generate_latest`; that of the client's own constant names a newer format in newer versions.
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

LINK_COUNTERS: Final[tuple[tuple[str, str, Callable[[LinkStats], int]], ...]] = (
    ("messages_sent", "Messages sent to the peer", lambda stats: stats.sent),
    ("pings_sent", "Pings sent to the peer", lambda stats: stats.pings),
    ("acks_sent", "Acks sent to the peer", lambda stats: stats.acks_sent),
    ("acks_received", "Acks of what was sent", lambda stats: stats.acks_received),
    ("ack_timeouts", "Times that the peer acknowledged nothing", lambda stats: stats.timeouts),
    ("connects", "Connections to the broker", lambda stats: stats.connects),
    ("duplicate_events", "Events received again", lambda stats: stats.duplicates),
    ("events_not_kept", "Received events not stored", lambda stats: stats.events_not_kept),
    ("unreadable_messages", "Messages that are no such thing", lambda stats: stats.unreadable),
    ("unknown_type_messages", "Messages of unknown types", lambda stats: stats.unknown_types),
)


def metrics_text(status: NodeStatus, health: Health) -> bytes:
    """*status* in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StatusCollector(status, health))
    return generate_latest(registry)


@attrs.frozen(eq=False)
class _StatusCollector:
    status: NodeStatus
    health: Health

    def collect(self) -> Iterator[Metric]:
        yield from self._node()
        yield from self._links()
        yield from self._store()
        yield from self._actors()
        yield from self._io_loop()
        yield from self._watchdog()

    def _node(self) -> Iterator[Metric]:
        status, stats = self.status, self.status.stats
        info = GaugeMetricFamily("gwproactor_info", "The node", labels=["name", "version"])
        info.add_metric([status.name, status.version], 1.0)
        yield info
        yield _gauge("healthy", "1 if /healthz answers 200", float(self.health.is_healthy))
        if status.started_ms is not None:
            text = "When the node started, in Unix time"
            yield _gauge("start_time_seconds", text, status.started_ms / 1_000)
        yield _counter("events_generated", "Events of this node", stats.events_generated)
        yield _counter("events_refused", "Events that were not taken", stats.events_refused)
        yield _counter("events_dropped", "Events that a full store dropped", stats.events_dropped)
        yield _counter("problems", "Problems found", stats.problems)
        yield _counter("problems_suppressed", "Of these only counted", stats.problems_suppressed)
        yield _counter("stray_messages", "Messages that belong to no link", stats.stray_messages)

    def _links(self) -> Iterator[Metric]:
        links = self.status.links
        now_ms = self.status.now_ms
        active = _link_gauge("active", "1 while the peer hears and is heard")
        un_acked = _link_gauge("un_acked_messages", "Messages whose ack is waited for")
        silent = _link_gauge("heard_age_seconds", "Since the peer was last heard")
        for link in links:
            active.add_metric([link.name], float(link.state == "active"))
            un_acked.add_metric([link.name], link.un_acked)
            if link.last_heard_ms is not None:
                silent.add_metric([link.name], (now_ms - link.last_heard_ms) / 1_000)
        yield from (active, un_acked, silent)
        received = CounterMetricFamily(
            "gwproactor_link_messages_received",
            "Messages received from the peer",
            labels=["link", "type"],
        )
        for link in links:
            for type_name, count in sorted(link.stats.received_by_type.items()):
                received.add_metric([link.name, type_name], count)
        yield received
        for name, text, count_of in LINK_COUNTERS:
            counter = CounterMetricFamily(f"gwproactor_link_{name}", text, labels=["link"])
            for link in links:
                counter.add_metric([link.name], count_of(link.stats))
            yield counter

    def _store(self) -> Iterator[Metric]:
        store = self.status.store
        yield _gauge("store_pending_events", "Events not yet acknowledged", store.pending)
        yield _gauge("store_pending_bytes", "Their payload", store.pending_bytes)
        yield _gauge("store_limit_bytes", "What the store may hold", store.bytes_max)
        yield _gauge("store_in_flight_events", "Events whose ack is waited for", store.in_flight)
        yield _gauge("store_quarantined_events", "Events in quarantine", store.quarantined)
        yield _gauge("store_failing", "1 while its medium fails", float(bool(store.trouble)))
        yield _gauge("sink_failing", "1 while it fails to store", float(bool(store.sink_trouble)))
        if store.hours_left is not None:
            text = "Until it is full if nothing is acknowledged"
            yield _gauge("store_time_left_seconds", text, store.hours_left * 3_600)

    def _actors(self) -> Iterator[Metric]:
        running = _actor_gauge("running", "1 while it does its work")
        progress = _actor_gauge("progress_age_seconds", "Since its code was last entered")
        waiting = _actor_gauge("inbox_messages", "Messages that wait in its inbox")
        failures = _actor_counter("failures", "Failures")
        restarts = _actor_counter("restarts", "Restarts after a failure")
        dropped = _actor_counter(
            "inbox_dropped_messages", "Messages that its inbox had no room for"
        )
        for actor in self.status.actors:
            label = [actor.name]
            running.add_metric(label, float(actor.state is SupervisionState.RUNNING))
            if actor.progress_age_s is not None:
                progress.add_metric(label, actor.progress_age_s)
            waiting.add_metric(label, actor.inbox_waiting)
            failures.add_metric(label, actor.failures)
            restarts.add_metric(label, actor.restarts)
            dropped.add_metric(label, actor.inbox_dropped)
        yield from (running, progress, waiting, failures, restarts, dropped)

    def _io_loop(self) -> Iterator[Metric]:
        """Without their names: an actor may give a new one to each that it adds."""
        io_loop = self.status.io_loop
        counts = GaugeMetricFamily(
            "gwproactor_io_coroutines", "Coroutines of the io loop", labels=["state"]
        )
        counts.add_metric(["running"], io_loop.running)
        counts.add_metric(["restarting"], io_loop.restarting)
        counts.add_metric(["failed"], io_loop.failed)
        yield counts

    def _watchdog(self) -> Iterator[Metric]:
        dog = self.status.watchdog
        late = GaugeMetricFamily(
            "gwproactor_watchdog_late", "1 while it is late to pat", labels=["name"]
        )
        for monitored in dog.monitored:
            late.add_metric([monitored.name], float(monitored.late))
        yield late
        yield _counter("watchdog_pats", "Pats given to the external watchdog", dog.pats)
        yield _counter("watchdog_pat_failures", "Pats that failed", dog.pat_failures)
        yield _gauge("loop_lag_seconds", "How late the event loop was last", dog.loop_lag_s)
        yield _gauge("loop_lag_max_seconds", "How late it was at most", dog.loop_lag_s_max)
        yield _counter("loop_stalls", "Times that the event loop stood still", dog.stalls)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"gwproactor_{name}", text, value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"gwproactor_{name}", text, value)


def _link_gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gwproactor_link_{name}", text, labels=["link"])


def _actor_gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gwproactor_actor_{name}", text, labels=["actor"])


def _actor_counter(name: str, text: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"gwproactor_actor_{name}", text, labels=["actor"])
