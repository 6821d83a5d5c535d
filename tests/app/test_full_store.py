"""Whole nodes in an outage that is too long for their store.

What the store gives up is named by reports; everything else arrives, in order, once.
"""

import json
from typing import ClassVar, Final

import attrs
import pytest

from gwproactor import Event, Failure, Sequence, StateName, Success, event_type
from gwproactor.adapters.memory import EventDisk
from gwproactor.domain.events import StoreDroppedEvent
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.ports.event_log import Accepted, Fate, StoreFull
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import Quarantined
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.chain import CHILD as CHAINS_CHILD
from tests.support.chain import Chain
from tests.support.family import CHILD, Family, child_settings
from tests.support.own_events import own_types, problems

MEBIBYTE: Final = 1_048_576
# With its other fields an event has about this many bytes.
EVENT_BYTES: Final = 2_000
OLD: Final = "gridworks.event.old"
REPORT: Final = StoreDroppedEvent.wire.type_name


@attrs.frozen(kw_only=True)
class Picture(Event):
    """An event of some size, of a type that the parent does not know."""

    wire: ClassVar = event_type("gridworks.event.test.picture")

    pixels: str = "x" * (EVENT_BYTES - 170)


class Outage(Family):
    """A child whose store holds a mebibyte, about 520 pictures, and a parent."""

    def __init__(self, when_full: str = "drop-oldest", **changes: object) -> None:
        super().__init__()
        store = {"bytes_max": MEBIBYTE, "when_full": when_full}
        self.child = self.make(child_settings(event_store=store, **changes))
        self.log = self.child.container.event_log()
        self.stats = self.child.container.core().stats
        self.accepted: dict[int, Accepted] = {}
        self.refused: list[object] = []

    async def take_pictures(self, count: int, *, every_s: float = 1.0) -> None:
        for _ in range(count):
            match self.log.generate_event(Picture()):
                case Success(accepted):
                    assert accepted.sequence is not None
                    self.accepted[accepted.sequence.number] = accepted
                case Failure(refused):
                    self.refused.append(refused)
            await self.clock.sleep(every_s)

    def pictures(self) -> list[int]:
        """The numbers of those that the parent has, in order of arrival."""
        return [number_of(event) for event in self.of_child(Picture.wire.type_name)]

    def reports(self) -> list[dict[str, int]]:
        """Those that the parent has."""
        return [json.loads(event.payload) for event in self.of_child(REPORT)]

    def reported(self) -> set[int]:
        """The numbers that the parent knows to be lost."""
        return {
            number
            for report in self.reports()
            for number in range(report["FirstNumber"], report["LastNumber"] + 1)
        }

    def store_problems(self) -> list[str]:
        """What the child tells of its store."""
        told = problems(self.child, self.broker)
        return [text for text in told if text.startswith("event store")]

    def of_child(self, type_name: str) -> list[ReceivedEvent]:
        stored = self.parent.sink.stored.values()
        return [event for event in stored if (event.src, event.type_name) == (CHILD, type_name)]

    async def fate_of(self, number: int) -> Fate:
        return (await self.log.durable(self.accepted[number].event)).unwrap()


def number_of(event: ReceivedEvent) -> int:
    assert event.sequence is not None
    return event.sequence.number


@in_virtual_time
async def test_after_a_long_outage_the_parent_has_what_no_report_names() -> None:
    home = Outage()
    await home.start()
    home.broker.stop()
    await home.take_pictures(3_000)
    assert home.child.store.content().pending_bytes <= MEBIBYTE
    home.broker.start()
    await home.clock.sleep(300.0)

    generated, received, lost = set(home.accepted), home.pictures(), home.reported()
    assert lost & set(received) == set()
    assert generated <= lost | set(received)
    assert received == sorted(received)
    assert 450 <= len(received) <= 530
    assert min(received) > max(lost & generated), "the newest are there"

    counted = sum(report["Count"] for report in home.reports())
    assert counted == home.stats.events_dropped >= 3_000 - len(received)
    assert len(home.reports()) < 10, "reports that nobody had got were joined"
    assert home.child.store.content().pending == 0
    await home.stop()


@in_virtual_time
async def test_what_became_of_each_event_is_known() -> None:
    home = Outage()
    await home.start()
    home.broker.stop()
    await home.take_pictures(1_000)
    oldest, newest = min(home.accepted), max(home.accepted)
    assert (await home.fate_of(oldest), await home.fate_of(newest)) == (Fate.DROPPED, Fate.DURABLE)
    home.broker.start()
    await home.clock.sleep(300.0)
    assert {number: await home.fate_of(number) for number in home.accepted} == {
        number: Fate.DELIVERED if number in home.pictures() else Fate.DROPPED
        for number in home.accepted
    }
    await home.stop()


@pytest.mark.parametrize("loss", [0, 7])
@in_virtual_time
async def test_a_store_that_overflows_while_it_is_uploaded_stalls_nothing(loss: int) -> None:
    """Hazard 10: in the original the window stood still once what was in flight was trimmed.

    Hazard 9: and what was trimmed were not always the oldest.
    """
    home = Outage(un_acked_events_max=20, num_initial_event_reuploads=5)
    await home.start()
    acks = iter(range(10**9))
    slow = home.broker.delay(2.0, lambda topic, _: topic.endswith("gridworks-ack"))
    lossy = home.broker.drop(lambda *_: loss > 0 and next(acks) % loss == 1)
    await home.take_pictures(4_000, every_s=0.02)
    lossy.lift()
    slow.lift()
    await home.clock.sleep(600.0)

    received = set(home.pictures())
    assert home.stats.events_dropped > 500
    assert set(home.accepted) <= received | home.reported()
    dropped = {n for n in home.accepted if await home.fate_of(n) is Fate.DROPPED}
    assert set(home.accepted) - received <= dropped
    if not loss:
        assert dropped & received == set(), "dropped while in flight"
    assert sum(report["Count"] for report in home.reports()) == home.stats.events_dropped
    assert home.child.store.content().pending == 0
    assert home.child.state("parent") is StateName.ACTIVE
    await home.stop()


@in_virtual_time
async def test_a_store_that_refuses_says_so_to_the_caller_and_keeps_what_it_has() -> None:
    home = Outage("refuse-new")
    await home.start()
    home.broker.stop()
    await home.take_pictures(1_000)
    assert home.refused == [StoreFull(MEBIBYTE)] * (1_000 - len(home.accepted))
    assert 500 < len(home.accepted) < 530
    assert home.stats.events_refused == len(home.refused)
    home.broker.start()
    await home.clock.sleep(300.0)

    assert home.pictures() == sorted(home.accepted)
    assert (home.stats.events_dropped, home.reports()) == (0, [])
    nearly, full = home.store_problems()
    assert nearly.startswith("event store: 90 % full")
    assert "new events are refused" in nearly
    assert full.startswith("event store: full, new events are refused: the limit")
    await home.take_pictures(1)
    assert home.pictures() == sorted(home.accepted)
    await home.stop()


@in_virtual_time
async def test_what_a_node_tells_of_itself_is_taken_by_a_full_store_for_a_while() -> None:
    home = Outage("refuse-new")
    await home.start()
    home.parent.proactor.stop()
    await home.take_pictures(600)
    for _ in range(10):
        home.broker.cut("s-local")
        await home.clock.sleep(30.0)
        await home.take_pictures(1)
    told = own_types(home.child, home.broker)
    assert told.count("comm.mqtt.disconnect") > 5
    assert MEBIBYTE < home.child.store.content().pending_bytes < MEBIBYTE + 10_000
    assert home.refused[-10:] == [StoreFull(MEBIBYTE)] * 10
    await home.stop()


@in_virtual_time
async def test_at_90_percent_there_is_one_warning() -> None:
    home = Outage()
    await home.start()
    home.broker.stop()
    await home.take_pictures(800)
    [warning] = home.store_problems()
    assert warning.startswith("event store: 90 % full")
    assert "the oldest events are dropped for new ones" in warning
    await home.stop()


@in_virtual_time
async def test_a_store_that_opens_above_its_limit_is_relieved_also_of_the_quarantined() -> None:
    home = Outage()
    disk = EventDisk("epoch", reserved=1_000)
    for number in range(1, 1_001):
        event = StoredEvent(Sequence("epoch", number), f"old-{number}", OLD, b"x" * EVENT_BYTES)
        disk.events[number] = event
        if number <= 100:
            disk.quarantine[number] = Quarantined(number, OLD, "poison", 1)
    child = home.make(child_settings(event_store={"bytes_max": MEBIBYTE}), disk)
    child.proactor.start()
    await home.clock.sleep(10.0)

    assert MEBIBYTE * 0.8 < child.store.content().pending_bytes <= MEBIBYTE
    left = [number for number in disk.events if number <= 1_000]
    assert left == list(range(min(left), 1_001))
    assert (disk.quarantine, child.store.content().quarantined) == ({}, 0)
    [report] = [json.loads(e.payload) for e in disk.events.values() if e.type_name == REPORT]
    assert (report["FirstNumber"], report["LastNumber"]) == (1, min(left) - 1)
    assert (report["Epoch"], report["Count"]) == ("epoch", min(left) - 1)
    await child.proactor.stop_and_join()


def relay_chain(when_full: str) -> Chain:
    return Chain(event_store={"bytes_max": MEBIBYTE, "when_full": when_full})


async def overflow(chain: Chain) -> dict[int, str]:
    """The child sends 1,000 pictures while the parent is away; number and id of each."""
    for node in (chain.relay, chain.child):
        node.start()
    await chain.clock.sleep(30.0)
    numbers = {}
    log = chain.child.run.container.event_log()
    for _ in range(1_000):
        accepted = log.generate_event(Picture()).unwrap()
        assert accepted.sequence is not None
        numbers[accepted.sequence.number] = accepted.event.message_id
        await chain.clock.sleep(0.1)
    await chain.clock.sleep(10.0)
    return numbers


def from_below(chain: Chain) -> set[int]:
    """The numbers of the child's pictures that the parent has."""
    return {
        number_of(event)
        for (src, _), event in chain.parent.run.sink.stored.items()
        if (src, event.type_name) == (CHAINS_CHILD, Picture.wire.type_name)
    }


@in_virtual_time
async def test_a_full_relay_reports_what_it_drops_by_the_numbers_of_the_child() -> None:
    chain = relay_chain("drop-oldest")
    numbers = await overflow(chain)
    assert chain.child.run.store.content().pending == 0
    chain.parent.start()
    await chain.clock.sleep(300.0)

    sink = chain.parent.run.sink.stored
    found = [json.loads(event.payload) for event in sink.values() if event.type_name == REPORT]
    lost = {
        number
        for report in found
        if report["Epoch"] == chain.child.disk.epoch
        for number in range(report["FirstNumber"], report["LastNumber"] + 1)
    }
    received = from_below(chain)
    assert 450 < len(received) < 530
    assert set(numbers) <= received | lost
    assert received & lost == set()
    stats = chain.relay.run.container.core().stats
    assert sum(report["Count"] for report in found) == stats.events_dropped
    await chain.stop()


@in_virtual_time
async def test_a_full_relay_that_refuses_leaves_events_with_the_child() -> None:
    chain = relay_chain("refuse-new")
    numbers = await overflow(chain)
    content = chain.relay.run.store.content()
    assert MEBIBYTE * 0.9 < content.pending_bytes < MEBIBYTE + 10_000
    assert chain.child.run.store.content().pending > 450
    assert chain.child.run.state("up") is StateName.ACTIVE
    chain.parent.start()
    await chain.clock.sleep(600.0)

    assert from_below(chain) == set(numbers)
    assert chain.child.run.store.content().pending == 0
    told = chain.problems_of(chain.relay.run.proactor.name)
    assert any("event not stored: the event store is full" in text for text in told)
    await chain.stop()
