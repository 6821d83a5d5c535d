"""Two whole nodes, of which the parent does not take some events. Hazards are those of
link-states.md §4.
"""

import json
from typing import ClassVar, Final

import attrs
import pytest

from gwproactor import Event, MessageNamespace, StateName, event_type
from gwproactor.adapters.memory import SeededChance
from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.testing.simulated_node import simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import (
    TYPES,
    Family,
    Reading,
    RecorderContainer,
    child_settings,
    parent_settings,
)
from tests.support.own_events import own_events, own_types, problems

HOUR_S: Final = 3600.0


@attrs.frozen(kw_only=True)
class NewerReading(Event):
    """Of a newer child: a name that does not begin with gridworks.event is unknown to its parent,
    which therefore never acks it.
    """

    wire: ClassVar = event_type("test.newer.reading")

    value: int


class Poisoned(Family):
    """A family whose child also has events that the parent does not know."""

    def __init__(self, seed: int = 1, **child: object) -> None:
        super().__init__(seed)
        if child:
            self.child = self.make(child_settings(**child))

    def generate(self, *events: Event) -> list[str]:
        """Events of the child; their ids."""
        log = self.child.container.event_log()
        return [log.generate_event(event).unwrap().event.message_id for event in events]

    def pending(self) -> list[str]:
        return [event.message_id for event in self.child.store.kept.values()]

    def quarantined(self) -> list[str]:
        store = self.child.store
        return [store.kept[number].message_id for number in store.in_quarantine]

    def told(self) -> list[str]:
        """The reports of what the parent does not acknowledge."""
        return [p for p in problems(self.child, self.broker) if "does not acknowledge" in p]

    def timeouts(self) -> int:
        return self.child.container.core().links["parent"].stats.timeouts

    async def restart_parent(self, namespace: MessageNamespace) -> None:
        await self.parent.proactor.stop_and_join()
        self.parent = simulated_node(
            parent_settings(),
            self.broker,
            self.clock,
            self.chance,
            RecorderContainer,
            namespace=namespace,
        )
        self.parent.proactor.start()

    def lose(self, share: float, seed: int) -> None:
        """Lose so many of the messages each way."""
        chance = SeededChance(seed)
        self.broker.drop(lambda *_: chance.fraction() < share)


@in_virtual_time
async def test_an_event_that_the_parent_does_not_know_blocks_nothing() -> None:
    """Hazard 8, the capture `pair_11`: the original timed out, and sent it again, for ever."""
    family = Poisoned()
    await family.start()
    family.broker.published.clear()
    (poison,) = family.generate(NewerReading(value=1))
    good = []
    for value in range(120):
        good += family.generate(Reading(value=value))
        await family.clock.sleep(1.0)

    assert [i for i in family.received() if i in good] == good
    assert family.pending() == family.quarantined() == [poison]
    assert len(family.told()) == 1
    assert family.timeouts() == 0
    assert family.child.state("parent") is StateName.ACTIVE
    tries = [p for p in family.broker.published if b"test.newer.reading" in p.payload]
    assert len([p for p in tries if b'"Value":1' in p.payload]) == 3
    await family.stop()


@in_virtual_time
async def test_a_lone_poison_event_is_only_backed_off() -> None:
    """`pair_11` once more, with nothing else to be sent."""
    family = Poisoned()
    await family.start()
    (poison,) = family.generate(NewerReading(value=1))
    await family.clock.sleep(2 * HOUR_S)

    assert family.pending() == [poison]
    assert family.quarantined() == []
    assert len(family.told()) == 1
    assert family.timeouts() == 0
    assert family.child.state("parent") is StateName.ACTIVE
    await family.stop()


@pytest.mark.parametrize("upload_order", ["live-first", "strict"])
@in_virtual_time
async def test_more_poison_events_than_the_window_do_not_stop_the_backlog(
    upload_order: str,
) -> None:
    family = Poisoned(upload_order=upload_order)
    family.child.proactor.start()
    await family.clock.sleep(5.0)
    good = family.generate(*(Reading(value=value) for value in range(10)))
    poison = family.generate(*(NewerReading(value=value) for value in range(7)))
    good += family.generate(*(Reading(value=value) for value in range(10, 200)))
    family.parent.proactor.start()
    for value in range(200, 600):
        good += family.generate(Reading(value=value))
        await family.clock.sleep(2.0)

    arrived = [i for i in family.received() if i in good]
    assert sorted(arrived) == sorted(good)
    assert arrived == good or upload_order == "live-first"
    assert sorted(family.quarantined()) == sorted(poison)
    assert family.child.state("parent") is StateName.ACTIVE
    assert "response.timeout" not in own_types(family.child, family.broker)
    assert len(family.told()) <= 2
    await family.stop()


@pytest.mark.parametrize("upload_order", ["live-first", "strict"])
@in_virtual_time
async def test_a_sink_that_is_down_for_five_minutes_while_pings_are_acked_quarantines_nothing(
    upload_order: str,
) -> None:
    family = Poisoned(upload_order=upload_order)
    await family.start()
    family.parent.sink.fail_with("disk full")
    ids = []
    for value in range(300):
        ids += family.generate(Reading(value=value))
        await family.clock.sleep(1.0)
    assert family.child.state("parent") is StateName.ACTIVE
    family.parent.sink.recover()
    await family.clock.sleep(120.0)

    arrived = [i for i in family.received() if i in ids]
    assert sorted(arrived) == sorted(ids)
    assert arrived == ids or upload_order == "live-first"
    assert family.pending() == []
    assert family.child.container.core().uploads.stats.quarantined == 0
    await family.stop()


@pytest.mark.parametrize("seed", range(4))
@in_virtual_time
async def test_with_a_fifth_of_all_messages_lost_each_way_poison_alone_is_in_quarantine(
    seed: int,
) -> None:
    """Three tries in a row fail for one in twenty, while others arrive; nine for one in 10,000."""
    family = Poisoned(seed)
    await family.start()
    family.lose(0.2, seed)
    good, poison = [], []
    for value in range(1500):
        good += family.generate(Reading(value=value))
        if value < 600 and value % 100 == 50:
            poison += family.generate(NewerReading(value=value))
        await family.clock.sleep(0.5)
    await family.clock.sleep(300.0)

    assert set(good) <= set(family.received())
    assert sorted(family.quarantined()) == sorted(poison)
    assert family.child.container.core().uploads.stats.quarantined == len(poison)
    await family.stop()


@pytest.mark.parametrize("seed", range(3))
@in_virtual_time
async def test_strict_order_is_kept_through_loss_outage_and_restarts(seed: int) -> None:
    family = Poisoned(seed, upload_order="strict")
    await family.start()
    family.lose(0.2, seed)
    ids = []
    for value in range(100):
        ids += family.generate(Reading(value=value))
        if value == 30:
            family.broker.stop()
        if value == 60:
            family.broker.start()
        if value == 80:
            family.broker.cut("s-local")
        await family.clock.sleep(5.0)
    await family.clock.sleep(4 * HOUR_S)

    assert [i for i in family.received() if i in ids] == ids
    assert family.child.container.core().uploads.stats.quarantined == 0
    await family.stop()


@in_virtual_time
async def test_a_parent_that_learned_the_type_gets_all_of_it_within_the_hour() -> None:
    family = Poisoned()
    await family.start()
    poison = family.generate(*(NewerReading(value=value) for value in range(20)))
    for value in range(200):
        family.generate(Reading(value=value))
        await family.clock.sleep(1.0)
    assert sorted(family.quarantined()) == sorted(poison)

    await family.restart_parent(TYPES | MessageNamespace.of(NewerReading))
    await family.clock.sleep(60.0)
    assert not set(poison) & set(family.received())
    await family.clock.sleep(HOUR_S)
    assert set(poison) <= set(family.received())
    assert family.pending() == []
    assert family.quarantined() == []
    await family.stop()


@in_virtual_time
async def test_quarantine_outlives_a_restart_of_the_child() -> None:
    family = Poisoned()
    await family.start()
    poison = family.generate(NewerReading(value=1), NewerReading(value=2))
    for value in range(60):
        family.generate(Reading(value=value))
        await family.clock.sleep(1.0)
    assert family.quarantined() == poison
    await family.child.proactor.stop_and_join()
    family.broker.published.clear()

    family.child = family.make(child_settings(), family.child.store.disk)
    family.child.proactor.start()
    await family.clock.sleep(30.0)
    assert family.quarantined() == poison
    assert not [p for p in family.broker.published if b"test.newer.reading" in p.payload]

    await family.restart_parent(TYPES | MessageNamespace.of(NewerReading))
    await family.clock.sleep(60.0)
    assert family.pending() == []
    await family.stop()


JUNK: Final = (
    b"",
    b'{"MessageId":"cut',
    b"\xff\xfe",
    b"no json",
    b'{"MessageId":"%b"}',
    b'{"MessageId":"other","Src":"s","TypeName":"gridworks.event.x"}',
    b"{}",
)


@pytest.mark.parametrize("window", [1, 5])
@in_virtual_time
async def test_stored_junk_is_put_in_quarantine_and_stops_nothing(window: int) -> None:
    """Hazard 5: one such file stopped the original at every activation, and 33: each took a place
    of the window for good.
    """
    family = Poisoned(num_initial_event_reuploads=window)
    disk = family.child.store.disk
    for number in range(1, 40):
        junk = JUNK[number % len(JUNK)].replace(b"%b", b"e%d" % number)
        reading = {"MessageId": f"e{number}", "TimeCreatedMs": 1_700_000_000_000, "Src": "d1"}
        good = json.dumps({**reading, "TypeName": "gridworks.event.test.reading", "Value": number})
        payload = junk if number % 2 else good.encode()
        event = StoredEvent(Sequence(disk.epoch, number), f"e{number}", "t", payload)
        disk.events[number] = event
    disk.reserved = 10_000
    await family.start()

    arrived = {i for _, i in family.parent.sink.stored}
    assert {f"e{number}" for number in range(2, 40, 2)} <= arrived
    assert sorted(family.child.store.in_quarantine) == list(range(1, 40, 2))
    assert {each.type_name for each in family.child.store.in_quarantine.values()} == {""}
    told = [event for event in family.parent.sink.stored.values() if b"unreadable" in event.payload]
    assert len(told) == 1
    await family.clock.sleep(2 * HOUR_S)
    assert len(family.child.store.in_quarantine) == 20
    assert family.child.state("parent") is StateName.ACTIVE
    await family.stop()


@in_virtual_time
async def test_reports_of_poison_are_events_like_all_others() -> None:
    family = Poisoned()
    await family.start()
    family.generate(NewerReading(value=1))
    await family.clock.sleep(300.0)
    (report,) = [
        event
        for event in own_events(family.child, family.broker)
        if "does not acknowledge" in event.get("Summary", "")
    ]

    assert report["MessageId"] in family.received()
    assert report["MessageId"] not in family.pending()
    await family.stop()
