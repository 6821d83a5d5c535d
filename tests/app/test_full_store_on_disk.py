"""A whole node whose store is a small file or folder, in real time."""

import asyncio
import json
from pathlib import Path

import pytest
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    NOT_FOR_ME,
    Communicator,
    Message,
    Outcome,
    Paths,
    ProactorContainer,
    assemble,
    build_node,
)
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.domain.events import StoreDroppedEvent
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_store import EventStore
from tests.support.family import Reading, child_settings

MEBIBYTE = 1_048_576


class Started(Communicator):
    """Tells when the node runs."""

    def __init__(self) -> None:
        super().__init__("started")
        self.event = asyncio.Event()

    @override
    def start(self) -> None:
        self.event.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        return NOT_FOR_ME


class StartedContainer(ProactorContainer):
    started: providers.Provider[Started] = providers.Singleton(Started)


async def everything_in(store: EventStore) -> list[StoredEvent]:
    """Also waits for whatever the store was asked to do before."""
    return list((await store.read_after(0, count=10**6, bytes_max=10**9)).unwrap())


def container_in(folder: Path, kind: str) -> StartedContainer:
    broker = MemoryBroker()
    broker.stop()
    return assemble(
        child_settings(
            handler="",
            paths=Paths(data_dir=folder),
            event_store={"kind": kind, "bytes_max": MEBIBYTE, "fsync": False},
        ),
        StartedContainer,
        link_transports={"local": broker.transport("c")},
    )


@pytest.mark.parametrize("kind", ["sqlite", "rolling-files"])
async def test_what_a_store_on_a_disk_lost_is_reported_and_the_rest_is_there(
    kind: str, tmp_path: Path
) -> None:
    container = container_in(tmp_path, kind)
    store, log, node = container.event_store(), container.event_log(), build_node(container)
    node.start()
    await container.started().event.wait()
    numbers = []
    for value in range(1_000):
        event = Reading(value=value, message_id=f"{value:02000}")
        accepted = log.generate_event(event).unwrap()
        assert accepted.sequence is not None
        numbers.append(accepted.sequence.number)
        if value % 100 == 0:
            await log.durable(accepted.event)
    while store.content().pending_bytes > MEBIBYTE:
        await everything_in(store)
    kept = await everything_in(store)

    reports = [
        json.loads(event.payload)
        for event in kept
        if event.type_name == StoreDroppedEvent.wire.type_name
    ]
    lost = {
        number
        for report in reports
        for number in range(report["FirstNumber"], report["LastNumber"] + 1)
    }
    there = {event.sequence.number for event in kept}
    assert set(numbers) - there <= lost
    assert set(numbers) & there & lost == set()
    dropped = container.core().stats.events_dropped
    assert sum(report["Count"] for report in reports) == dropped > 400
    await node.stop_and_join()
