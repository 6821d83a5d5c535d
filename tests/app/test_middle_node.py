"""A node between a parent and a child: what happens on one link does not disturb the other."""

import pytest

from gwproactor import (
    HANDLED,
    Event,
    LinkSettings,
    Message,
    MQTTClient,
    Outcome,
    ProactorSettings,
    StateName,
    Success,
)
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, CHILD_SHORT, Family, Reading, RecorderContainer
from tests.support.raw_peer import RawPeer

BELOW, BELOW_SHORT = "d1.house.scada.s2", "s2"
STORED = 30
# One event at a time, each acked a second later: the re-upload takes half a minute.
ACK_DELAY_S = 1.0
ACKS_FROM_ABOVE = "gw/d1-house/to/s/gridworks-ack"


def link(long_name: str, short_name: str, *, broker: str, upstream: bool) -> LinkSettings:
    return LinkSettings(
        broker=broker,
        peer_long_name=long_name,
        peer_short_name=short_name,
        upstream=upstream,
        handler="recorder",
    )


class Tree(Family):
    """A family whose child, in the middle, has a child of its own, behind a broker of its own."""

    def __init__(self, **changes: object) -> None:
        super().__init__()
        links = {
            "up": link("d1.house", "a", broker="local", upstream=True),
            "down": link(BELOW, BELOW_SHORT, broker="inside", upstream=False),
        }
        values = {
            "long_name": CHILD,
            "short_name": CHILD_SHORT,
            "links": links,
            "brokers": {"local": MQTTClient(), "inside": MQTTClient()},
            "num_initial_event_reuploads": 1,
            "mqtt_link_poll_seconds": 5.0,
            "ack_timeout_seconds": 3.0,
        }
        self.middle: SimulatedNode[RecorderContainer] = self.make(
            ProactorSettings.model_validate(values | changes)
        )
        self.below = RawPeer(self.broker, (BELOW, BELOW_SHORT), (CHILD, CHILD_SHORT))

    async def start_without_parent(self) -> None:
        """The middle node, its child, and thirty events that wait for the parent."""
        self.middle.proactor.start()
        self.below.connect()
        await self.clock.sleep(1.0)
        self.below.ping()
        await self.clock.sleep(10.0)
        assert self.middle.state("down") is StateName.ACTIVE
        for value in range(STORED):
            self.generate(Reading(value=value))

    def generate(self, event: Event) -> None:
        assert isinstance(self.middle.container.event_log().generate_event(event), Success)

    async def end(self) -> None:
        await self.middle.proactor.stop_and_join()
        await self.parent.proactor.stop_and_join()


@pytest.mark.parametrize("trouble", ["loss", "silence"])
@in_virtual_time
async def test_trouble_downstream_does_not_end_the_upload_upstream(trouble: str) -> None:
    """Hazard 7: in the original stored events then waited for the next upstream activation."""
    tree = Tree()
    await tree.start_without_parent()
    tree.broker.delay(ACK_DELAY_S, lambda topic, _: topic == ACKS_FROM_ABOVE)
    tree.parent.proactor.start()
    await tree.clock.sleep(8.0)
    uploads = tree.middle.container.core().uploads.stats
    assert tree.middle.state("up") is StateName.ACTIVE

    if trouble == "loss":
        tree.broker.refuse_login(5, "s-inside")
        tree.broker.cut("s-inside")
    else:
        tree.below.acks = lambda _: False
    await tree.clock.sleep(12.0)
    assert tree.middle.state("down") is not StateName.ACTIVE
    assert (uploads.reuploads_started, uploads.reuploads_completed) == (1, 0)

    await tree.clock.sleep(60.0)
    assert sorted(tree.parent.container.recorder().readings) == list(range(STORED))
    assert (uploads.reuploads_started, uploads.reuploads_completed) == (1, 1)
    assert tree.middle.state("up") is StateName.ACTIVE
    assert tree.middle.container.recorder().transitions[-1].link_name == "down"
    await tree.end()


@in_virtual_time
async def test_an_ack_on_another_link_than_the_events_is_ignored_and_counted() -> None:
    tree = Tree()
    await tree.start_without_parent()
    tree.broker.drop(lambda topic, _: topic == ACKS_FROM_ABOVE)
    tree.parent.proactor.start()
    await tree.clock.sleep(3.0)
    ids = [event.message_id for event in tree.middle.store.kept.values()]
    assert set(ids) & {i for _, i in tree.parent.sink.stored}
    for message_id in ids:
        tree.below.send({"TypeName": "gridworks.ack", "AckMessageID": message_id})
    await tree.clock.sleep(1.0)

    links = tree.middle.container.core().links
    assert links["down"].stats.acks_unmatched == len(ids)
    assert {event.message_id for event in tree.middle.store.kept.values()} >= set(ids)
    await tree.end()


@in_virtual_time
async def test_an_application_can_pass_on_a_childs_event_with_its_source_and_id() -> None:
    """As in the original, where a relay's application had to."""
    tree = Tree(event_sink={"kind": "sqlite"})

    def pass_on(message: Message[object]) -> Outcome[bool, BaseException]:
        if isinstance(message.payload, Event):
            tree.generate(message.payload)
        return HANDLED

    tree.middle.container.recorder().on_message = pass_on
    await tree.start_without_parent()
    tree.parent.proactor.start()
    tree.below.send_event("e1", 77)
    await tree.clock.sleep(60.0)

    assert tree.below.acked_ids().count("e1") == 1
    assert (BELOW, "e1") in tree.middle.sink.stored
    assert (BELOW, "e1") in tree.parent.sink.stored
    assert 77 in tree.parent.container.recorder().readings
    await tree.end()


@in_virtual_time
async def test_both_links_can_share_one_connection() -> None:
    """The links of a broker take nothing of each other."""
    tree = Tree()
    links = {
        "up": link("d1.house", "a", broker="local", upstream=True),
        "down": link(BELOW, BELOW_SHORT, broker="local", upstream=False),
    }
    tree.middle = tree.make(ProactorSettings(long_name=CHILD, short_name=CHILD_SHORT, links=links))
    await tree.start_without_parent()
    tree.parent.proactor.start()
    tree.below.send_event("e1", 77)
    await tree.clock.sleep(20.0)
    tree.below.acks = lambda _: False
    await tree.clock.sleep(70.0)

    assert tree.middle.state("up") is StateName.ACTIVE
    assert tree.middle.state("down") is StateName.AWAITING_PEER
    assert sorted(tree.parent.container.recorder().readings) == [*range(STORED), 77]
    assert tree.middle.container.recorder().readings == [77]
    await tree.end()
