"""A node that is told to stop while its store or sink hangs as it is opened: it ends, too."""

import asyncio
from collections.abc import Callable

import pytest
from typing_extensions import override

from gwproactor import Failure, Outcome, StartError, Success, assemble, build_node
from gwproactor.adapters.memory import MemoryEventSink, MemoryEventStore
from gwproactor.app.proactor import Proactor
from gwproactor.domain.problems import Problems
from gwproactor.ports.event_sink import (
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreProblem,
)
from gwproactor.ports.event_store import StoreContent, StoreFailed
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, child_settings
from tests.support.leftovers import assert_nothing_is_left


async def hang() -> None:
    await asyncio.Event().wait()


class HangingStore(MemoryEventStore):
    """As those with a thread: what is asked of it while it opens waits for that."""

    asked_to_close = False

    @override
    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        await hang()
        return await super().open()

    @override
    async def close(self) -> Outcome[None, StoreFailed]:
        self.asked_to_close = True
        await hang()
        return await super().close()


class HangingSink(MemoryEventSink):
    asked_to_close = False

    @override
    async def open(self) -> Outcome[None, SinkFailed]:
        await hang()
        return await super().open()

    @override
    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy]:
        return Success(None)

    @override
    async def close(self) -> None:
        self.asked_to_close = True
        await hang()


class DamagedStore(MemoryEventStore):
    """Has to tell something as soon as it is open, which is an event for the sink."""

    @override
    async def open(self) -> Outcome[StoreContent, StoreFailed]:
        content = await super().open()
        self._tell(StoreProblem("it was damaged", Problems()))
        return content


def opening_node(
    family: Family, store: MemoryEventStore, sink: MemoryEventSink, *, has_upstream: bool
) -> Proactor:
    no_links: dict[str, object] = {} if has_upstream else {"links": {}}
    container = assemble(
        child_settings(handler="", **no_links),
        clock=family.clock,
        chance=family.chance,
        event_store=store,
        event_sink=sink,
        link_transports={"local": family.broker.transport("s-local")} if has_upstream else {},
    )
    return build_node(container)


@pytest.mark.parametrize("has_upstream", [True, False])
@pytest.mark.parametrize("name", ["event store", "event sink"])
@pytest.mark.parametrize("stop_at_s", [None, 0.0, 1000.0])
@in_virtual_time
async def test_a_stop_while_a_disk_hangs_at_the_start_ends(
    name: str, stop_at_s: float | None, has_upstream: bool
) -> None:
    family = Family()
    hanging = HangingStore() if name == "event store" else HangingSink()
    store = hanging if isinstance(hanging, HangingStore) else DamagedStore()
    sink = hanging if isinstance(hanging, HangingSink) else MemoryEventSink()
    proactor = opening_node(family, store, sink, has_upstream=has_upstream)
    if stop_at_s is None:
        proactor.stop()
    proactor.start()
    if stop_at_s is not None:
        await family.clock.sleep(stop_at_s)
    began_s = family.clock.monotonic_s()
    hangs = f"the {name} hangs: not open within 30 s after the stop"
    with pytest.raises(StartError, match=hangs):
        await proactor.stop_and_join()
    assert family.clock.monotonic_s() - began_s == pytest.approx(30.0)
    assert hanging.asked_to_close
    assert isinstance(store.put("id", "type", b"{}"), Failure), "it is closed"
    await assert_nothing_is_left()
