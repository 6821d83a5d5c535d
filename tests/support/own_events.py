"""What a node reported: its own events, wherever they are by now."""

import json
from collections.abc import Iterator
from typing import Any

from gwproactor import ProactorContainer
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.testing.simulated_node import SimulatedNode

# Parsed JSON, whose shape each test knows.
JsonDict = dict[str, Any]


def own_events(node: SimulatedNode[Any], broker: MemoryBroker) -> list[JsonDict]:
    """Each event that *node* generated and that is stored, or was sent, once; oldest first."""
    found = {event["MessageId"]: event for event in _everywhere(node, broker)}
    own = [event for event in found.values() if event["Src"] == node.proactor.name]
    return sorted(own, key=lambda event: int(event["TimeCreatedMs"]))


def own_types(node: SimulatedNode[Any], broker: MemoryBroker) -> list[str]:
    """The TypeNames of `own_events`, without their common beginning."""
    return [e["TypeName"].removeprefix("gridworks.event.") for e in own_events(node, broker)]


def problems(node: SimulatedNode[Any], broker: MemoryBroker) -> list[str]:
    """Summary and details of each problem event of *node*."""
    return [
        f"{event['Summary']}: {event['Details']}"
        for event in own_events(node, broker)
        if event["TypeName"] == "gridworks.event.problem"
    ]


def _everywhere(node: SimulatedNode[ProactorContainer], broker: MemoryBroker) -> Iterator[JsonDict]:
    for stored in node.store.kept.values():
        yield json.loads(stored.payload)
    for received in node.sink.stored.values():
        yield json.loads(received.payload)
    for published in broker.published:
        try:
            payload = json.loads(published.payload)["Payload"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if {"MessageId", "Src", "TimeCreatedMs"} <= payload.keys():
            yield payload
