"""The contract of `EventLog`, on the one in memory and on a running node's."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import pytest
from typing_extensions import override

from gwproactor import CORE_NAMESPACE, Clock, Event, EventLog, Failure, Success
from gwproactor.adapters.codec import LinkCodec
from gwproactor.adapters.memory import MemoryEventLog, SeededChance, VirtualClock
from gwproactor.ports.event_log import Fate, StoreFull
from gwproactor.ports.event_store import StoreFailed
from gwproactor.testing.event_log_contract import (
    BYTES_MAX,
    EventLogContract,
    LiveEventLog,
    Note,
    accepted,
)
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, RecorderContainer, child_settings
from tests.support.own_events import own_events


@attrs.frozen
class InMemory:
    log: MemoryEventLog
    long_name: str
    has_upstream: bool

    @property
    def clock(self) -> Clock:
        return self.log.clock

    async def kept(self) -> Sequence[str]:
        return [event.message_id for event in self.log.events]

    async def acknowledge(self, event: Event) -> None:
        self.log.deliver(event)

    async def stop(self) -> None:
        self.log.close()


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture(autouse=True, params=[True, False], ids=["upstream", "no upstream"])
    def _upstream(self, request: pytest.FixtureRequest) -> None:
        self.has_upstream: bool = request.param

    @asynccontextmanager
    @override
    async def event_log(self) -> AsyncIterator[LiveEventLog]:
        log = MemoryEventLog(
            VirtualClock(asyncio.get_running_loop()),
            SeededChance(1),
            "d1.memory",
            has_upstream=self.has_upstream,
            codec=LinkCodec(CORE_NAMESPACE),
            message_bytes_max=BYTES_MAX,
        )
        yield InMemory(log, "d1.memory", self.has_upstream)

    @in_virtual_time
    async def test_it_refuses_as_it_is_told(self) -> None:
        async with self.event_log() as live:
            assert isinstance(live.log, MemoryEventLog)
            live.log.refuse_with(StoreFull(7))
            assert live.log.generate_event(Note()) == Failure(StoreFull(7))
            live.log.accept()
            event = accepted(live.log.generate_event(Note())).event
            live.log.fail_with("no disk")
            assert await live.log.durable(event) == Failure(StoreFailed("no disk"))

    @in_virtual_time
    async def test_it_drops_what_it_is_told(self) -> None:
        if not self.has_upstream:
            return
        async with self.event_log() as live:
            assert isinstance(live.log, MemoryEventLog)
            dropped, other = (accepted(live.log.generate_event(Note())).event for _ in range(2))
            live.log.drop(dropped)
            assert await live.log.durable(dropped) == Success(Fate.DROPPED)
            assert await live.log.durable(other) == Success(Fate.DURABLE)


@attrs.frozen
class OfNode:
    family: Family
    node: SimulatedNode[RecorderContainer]

    @property
    def log(self) -> EventLog:
        return self.node.container.event_log()

    @property
    def clock(self) -> Clock:
        return self.family.clock

    @property
    def long_name(self) -> str:
        return self.node.proactor.name

    @property
    def has_upstream(self) -> bool:
        return self.node.container.core().upstream is not None

    async def kept(self) -> Sequence[str]:
        await self.clock.sleep(1.0)
        return [
            event["MessageId"]
            for event in own_events(self.node, self.family.broker)
            if event["TypeName"].startswith("gridworks.event.contract")
        ]

    async def acknowledge(self, event: Event) -> None:
        self.family.broker.start()
        await self.clock.sleep(100.0)

    async def stop(self) -> None:
        await self.node.proactor.stop_and_join()


class TestNodeEventLog(EventLogContract):
    @pytest.fixture(autouse=True, params=["active", "no broker", "no upstream"])
    def _links(self, request: pytest.FixtureRequest) -> None:
        self.links: str = request.param

    @asynccontextmanager
    @override
    async def event_log(self) -> AsyncIterator[LiveEventLog]:
        family = Family()
        no_links: dict[str, object] = {"links": {}} if self.links == "no upstream" else {}
        node = family.make(child_settings(message_bytes_max=BYTES_MAX, **no_links))
        if self.links == "no broker":
            family.broker.stop()
        family.parent.proactor.start()
        node.proactor.start()
        await family.clock.sleep(20.0)
        yield OfNode(family, node)
        await node.proactor.stop_and_join()
        await family.parent.proactor.stop_and_join()
