"""A node's status as Prometheus metrics, made when they are asked for."""

from collections.abc import Iterator

import attrs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from gwproactor.domain.status import NodeStatus


def metrics_text(status: NodeStatus) -> bytes:
    """*status* in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StatusCollector(status))
    return generate_latest(registry)


@attrs.frozen(eq=False)
class _StatusCollector:
    status: NodeStatus

    def collect(self) -> Iterator[Metric]:
        link_active = GaugeMetricFamily(
            "gwproactor_link_active", "1 while the peer hears and is heard", labels=["link"]
        )
        for link in self.status.links:
            link_active.add_metric([link.name], float(link.state == "active"))
        yield link_active
        store = self.status.store
        yield GaugeMetricFamily(
            "gwproactor_store_pending_events", "Events not yet acknowledged", store.pending
        )
