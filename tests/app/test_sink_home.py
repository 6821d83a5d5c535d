"""A node without upstream link, and a sink that cannot take its events: they wait, in order."""

import asyncio
import logging

import pytest

from gwproactor import Event, Failure, ProactorSettings, Success
from gwproactor.adapters.memory import MemoryEventSink, VirtualClock
from gwproactor.app.sink_home import BYTES_MAX, EVENTS_MAX, NOT_STORED, SinkHome
from gwproactor.ports.event_log import Fate
from gwproactor.ports.event_sink import SinkBusy
from gwproactor.ports.event_store import StoreFailed
from gwproactor.testing.event_sink_contract import received
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, Reading

OWN = "d1.alone"


class Alone(Family):
    """A running node without links."""

    def __init__(self, *, events_max: int = 1000) -> None:
        super().__init__()
        choice = {"events_max": events_max}
        values = {"long_name": OWN, "short_name": "x", "event_sink": choice}
        self.node = self.make(ProactorSettings.model_validate(values))
        self.log = self.node.container.event_log()

    async def begin(self) -> None:
        self.node.proactor.start()
        await self.clock.sleep(1.0)
        self.node.sink.stored.clear()

    def generate(self, value: int) -> Event:
        event = Reading(message_id=f"e{value}", value=value)
        return self.log.generate_event(event).unwrap().event

    def stored(self) -> list[str]:
        """The ids of the readings in the sink, in order."""
        return [
            message_id
            for (_, message_id), event in self.node.sink.stored.items()
            if event.type_name == Reading.wire.type_name
        ]


def ids(count: int) -> list[str]:
    return [f"e{value}" for value in range(count)]


@in_virtual_time
async def test_what_the_sink_fails_to_store_is_stored_when_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alone = Alone()
    await alone.begin()
    alone.node.sink.fail_with("disk is full")
    for value in range(100):
        alone.generate(value)
        await alone.clock.sleep(0.1)
    assert alone.stored() == []
    alone.node.sink.recover()
    alone.generate(100)
    await alone.clock.sleep(2.0)

    assert alone.stored() == ids(101)
    waits = "events of this node wait for the event sink: disk is full"
    assert caplog.text.count(waits) == 1
    assert caplog.text.count("the event sink works again") == 1
    await alone.node.proactor.stop_and_join()


@in_virtual_time
async def test_a_sink_that_fails_is_not_flooded_with_tries() -> None:
    """What peers send needs its queue, too, when it works again."""
    alone = Alone(events_max=3)
    await alone.begin()
    alone.node.sink.fail_with("disk is full")
    for value in range(40):
        alone.generate(value)
    await alone.clock.sleep(5.0)
    alone.node.sink.hold()
    await alone.clock.sleep(5.0)
    for peers in ("p1", "p2"):
        assert alone.node.sink.put(received(peers), print) == Success(None)
    alone.node.sink.release()
    alone.node.sink.recover()
    await alone.clock.sleep(2.0)
    assert alone.stored() == ids(40)
    await alone.node.proactor.stop_and_join()


@in_virtual_time
async def test_what_a_busy_sink_has_no_room_for_waits_for_it() -> None:
    alone = Alone(events_max=2)
    await alone.begin()
    alone.node.sink.hold()
    for value in range(20):
        alone.generate(value)
    await alone.clock.sleep(5.0)
    alone.node.sink.release()
    await alone.clock.sleep(5.0)
    assert alone.stored() == ids(20)
    await alone.node.proactor.stop_and_join()


@in_virtual_time
async def test_an_event_that_waits_is_not_durable_and_may_be_waited_for_again() -> None:
    alone = Alone()
    await alone.begin()
    alone.node.sink.fail_with("no disk")
    first, second = alone.generate(0), alone.generate(1)
    for event in (first, second, second, first):
        assert await alone.log.durable(event) == Failure(StoreFailed("no disk"))
    alone.node.sink.recover()
    assert await alone.log.durable(second) == Success(Fate.DURABLE)
    assert await alone.log.durable(first) == Success(Fate.DURABLE)
    await alone.node.proactor.stop_and_join()


@pytest.mark.parametrize("size", [1, BYTES_MAX // 100])
@in_virtual_time
async def test_more_than_the_bound_is_refused_and_nothing_that_was_accepted_is_lost(
    size: int,
) -> None:
    alone = Alone()
    await alone.begin()
    alone.node.sink.hold()
    accepted: list[str] = []
    for number in range(EVENTS_MAX + 1):
        event = Reading(message_id=f"{number}".rjust(size, "x"), value=1)
        outcome = alone.log.generate_event(event)
        if isinstance(outcome, Failure):
            assert outcome == Failure(SinkBusy(EVENTS_MAX, BYTES_MAX))
            break
        accepted.append(event.message_id)
    assert len(accepted) == (EVENTS_MAX if size == 1 else 99)
    alone.node.sink.release()
    await alone.clock.sleep(20.0)
    assert alone.stored() == accepted
    alone.generate(1)
    await alone.node.proactor.stop_and_join()


@in_virtual_time
async def test_a_full_hold_is_told_with_the_sinks_own_words() -> None:
    alone = Alone()
    await alone.begin()
    alone.node.sink.fail_with("no disk")
    big = Reading(message_id="x" * 400_000, value=1)
    outcomes = []
    for _ in range(30):
        outcomes.append(alone.log.generate_event(big))
        await alone.clock.sleep(0.1)
    assert outcomes[-1] == Failure(StoreFailed("no disk"))
    alone.node.sink.recover()
    await alone.node.proactor.stop_and_join()


@pytest.mark.parametrize("trouble", ["was busy", "failed before"])
@in_virtual_time
async def test_what_waits_is_stored_before_the_node_ends(trouble: str) -> None:
    alone = Alone(events_max=2)
    await alone.begin()
    if trouble == "was busy":
        alone.node.sink.hold()
    else:
        alone.node.sink.fail_with("no disk")
    for value in range(20):
        alone.generate(value)
    await alone.clock.sleep(0.5)
    alone.node.sink.release()
    alone.node.sink.recover()
    await alone.node.proactor.stop_and_join()
    assert alone.stored() == ids(20)


@in_virtual_time
async def test_what_a_failing_sink_never_took_is_counted_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alone = Alone()
    await alone.begin()
    alone.node.sink.fail_with("no disk")
    for value in range(20):
        alone.generate(value)
    await alone.clock.sleep(5.0)
    with caplog.at_level(logging.ERROR):
        await alone.node.proactor.stop_and_join()
    # Twenty, the report that the sink fails, and the node's own last one.
    assert "22 events of this node were lost: no disk" in caplog.text


@in_virtual_time
async def test_after_its_end_nothing_is_tried_or_taken_any_more() -> None:
    """Also of a node whose sink was never open, so that nothing was handed over."""
    clock, sink = VirtualClock(asyncio.get_running_loop()), MemoryEventSink()
    home = SinkHome(sink, clock)
    event = Reading(src=OWN, message_id="e1", value=1)
    home.put(event, b"{}", own=True).unwrap()
    await clock.sleep(0.5)
    assert await home.end() == 1
    assert await home.durable(event) == Failure(StoreFailed("it is not open"))
    assert home.put(event, b"{}", own=True) == Failure(NOT_STORED)
    await sink.open()
    await clock.sleep(10.0)
    assert not sink.stored
