"""The receiving side: an ack says that the sink has it, and one link's flood starves no other."""

import asyncio
from typing import Final

import pytest

from gwproactor import LinkSettings, ProactorSettings, StateName
from gwproactor.domain.stats import LinkStats
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time, run_in_virtual_time
from tests.support.chain import CHILD as SENDER
from tests.support.chain import PARENT as RECEIVER
from tests.support.chain import Chain, settings
from tests.support.family import Family, RecorderContainer
from tests.support.own_events import problems
from tests.support.raw_peer import EVENT, RawPeer

NODE: Final = ("d1.house", "a")
QUIET, LOUD, ABOVE = ("d1.house.quiet", "q"), ("d1.house.loud", "l"), ("d1", "t")
EVENTS_MAX: Final = 50


class Crowd(Family):
    """A node with two children on one connection, and a parent above it if it is to relay."""

    def __init__(self, *, relays: bool) -> None:
        super().__init__()
        peers = {"quiet": QUIET, "loud": LOUD} | ({"above": ABOVE} if relays else {})
        links = {
            name: LinkSettings(
                peer_long_name=long_name,
                peer_short_name=short_name,
                upstream=name == "above",
                handler="recorder",
            )
            for name, (long_name, short_name) in peers.items()
        }
        values = {
            "long_name": NODE[0],
            "short_name": NODE[1],
            "links": links,
            "event_sink": {"events_max": EVENTS_MAX},
        }
        self.node: SimulatedNode[RecorderContainer] = self.make(
            ProactorSettings.model_validate(values)
        )
        self.peers = {name: RawPeer(self.broker, own, NODE) for name, own in peers.items()}
        self.quiet, self.loud = self.peers["quiet"], self.peers["loud"]

    async def begin(self) -> None:
        self.node.proactor.start()
        for peer in self.peers.values():
            peer.connect()
        await self.clock.sleep(1.0)
        for peer in self.peers.values():
            peer.ping("hello")
        await self.clock.sleep(1.0)
        for name in self.peers:
            assert self.node.state(name) is StateName.ACTIVE

    def stats(self, name: str) -> LinkStats:
        return self.node.container.core().links[name].stats

    def hold(self) -> None:
        self.node.store.hold()
        self.node.sink.hold()

    def release(self) -> None:
        self.node.store.release()
        self.node.sink.release()

    def kept(self, source: str) -> list[str]:
        """The ids of this source's events that the node has kept, or sent on, in order."""
        above = self.peers["above"].heard if "above" in self.peers else []
        sent_on = [m["Payload"] for m in above if m["Payload"].get("Src") == source]
        stored = [message_id for src, message_id in self.node.sink.stored if src == source]
        return stored + [payload["MessageId"] for payload in sent_on]


@pytest.mark.parametrize("relays", [False, True], ids=["sink", "relay"])
@in_virtual_time
async def test_a_flood_to_a_sink_that_hangs_starves_no_other_link(relays: bool) -> None:
    crowd = Crowd(relays=relays)
    await crowd.begin()
    crowd.hold()
    flood = [f"e{number}" for number in range(1_000)]
    for number, message_id in enumerate(flood):
        crowd.loud.send_event(message_id, number)
        if number % 100 == 0:
            crowd.quiet.ping(f"p{number}")
    message = {"TypeName": "gridworks.shutdown", "Reason": "x"}
    crowd.quiet.send(message, MessageId="m1", AckRequired=True)
    await crowd.clock.sleep(0.1)

    pings = [f"p{number}" for number in range(0, 1_000, 100)]
    assert crowd.quiet.acked_ids() == ["hello", *pings, "m1"]
    assert crowd.loud.acked_ids() == ["hello"]
    # What found no room is counted, and is no trouble to tell of.
    assert crowd.stats("loud").sink_busy == len(flood) - EVENTS_MAX
    assert crowd.stats("loud").received_by_type[EVENT] == len(flood)

    await crowd.clock.sleep(300.0)
    assert crowd.stats("quiet").timeouts == crowd.stats("loud").timeouts == 0
    assert all(crowd.node.state(name) is StateName.ACTIVE for name in crowd.peers)
    crowd.release()
    await crowd.clock.sleep(1.0)
    assert crowd.loud.acked_ids()[-EVENTS_MAX:] == flood[:EVENTS_MAX]
    assert crowd.kept(LOUD[0]) == flood[:EVENTS_MAX]
    assert problems(crowd.node, crowd.broker) == []
    await crowd.node.proactor.stop_and_join()


@in_virtual_time
async def test_a_room_that_the_flood_has_left_is_anybodys() -> None:
    """The quiet child's event is dropped like others; it sends it again and finds room then."""
    crowd = Crowd(relays=False)
    await crowd.begin()
    crowd.hold()
    for number in range(EVENTS_MAX):
        crowd.loud.send_event(f"e{number}", number)
    await crowd.clock.sleep(0.1)
    crowd.quiet.send_event("mine", 1)
    await crowd.clock.sleep(0.1)
    assert crowd.stats("quiet").sink_busy == 1
    crowd.release()
    await crowd.clock.sleep(0.1)
    crowd.quiet.send_event("mine", 1)
    await crowd.clock.sleep(0.1)
    assert crowd.quiet.acked_ids() == ["hello", "mine"]
    await crowd.node.proactor.stop_and_join()


# The receiver's power fails

SINK_TURNS = 6
# All is done after twelve.
TURNS = 16


def test_a_power_cut_between_stored_and_acked_makes_a_duplicate_that_is_dropped() -> None:
    """The receiver's power fails once at each turn of the loop. The child sends again what was not
    acknowledged; what was stored all the same is acknowledged then, and not stored twice.
    """
    cuts = [run_in_virtual_time(cut_after(turns)) for turns in range(TURNS)]
    stored, acked, duplicates = zip(*cuts, strict=True)
    assert stored[0] == acked[0] == 0
    assert stored[-1] == acked[-1] == 3
    assert all(one <= other for one, other in zip(acked, stored, strict=True))
    assert set(duplicates) == {0, 3}


async def cut_after(turns: int) -> tuple[int, int, int]:
    """How many of three events the parent had stored, and acknowledged, when its power failed, and
    how many of them then came again.
    """
    chain = Chain(relays=1)
    parent = chain.make(settings(RECEIVER, down=SENDER))
    child = chain.make(settings(SENDER, up=RECEIVER))
    chain.parent, chain.child = parent, child
    parent.start()
    child.start()
    await chain.clock.sleep(30.0)
    parent.run.sink.hold()
    ids = [chain.read(value) for value in range(3)]
    for turn in range(turns):
        if turn == SINK_TURNS:
            parent.run.sink.release()
        await asyncio.sleep(0)
    parent.cut_power()
    stored = len(chain.received())
    acked = len(set(ids) & set(chain.acked_by(RECEIVER, SENDER)))
    parent.renew()
    parent.start()
    await chain.clock.sleep(60.0)
    assert list(chain.received()) == ids
    assert child.disk.events == {}
    # At most once: what was stored before the cut may have been handled by the run that ended.
    assert chain.handled() == [0, 1, 2][stored:]
    duplicates = parent.run.container.core().stats.links["down"].duplicates
    await child.stop()
    await parent.stop()
    return stored, acked, duplicates


# One id, two sources


@pytest.mark.parametrize("parent", ["there", "away at first", "takes the second only later"])
@in_virtual_time
async def test_events_of_two_children_with_one_id_are_both_sent_on(parent: str) -> None:
    """An ack names the id alone: it must not clear what another child sent under the same."""
    crowd = Crowd(relays=True)
    await crowd.begin()
    above = crowd.peers["above"]
    if parent == "away at first":
        await above.disconnect()
        await crowd.clock.sleep(100.0)
    above.acks = lambda _: parent != "takes the second only later"
    crowd.loud.send_event("same", 1)
    crowd.quiet.send_event("same", 2)
    await crowd.clock.sleep(1.0)
    assert "same" in crowd.loud.acked_ids()
    assert "same" in crowd.quiet.acked_ids()
    if parent == "away at first":
        above.connect()
    await crowd.clock.sleep(8.0)
    above.acks = lambda _: True
    await crowd.clock.sleep(100.0)

    assert crowd.kept(LOUD[0])[-1] == crowd.kept(QUIET[0])[-1] == "same"
    assert crowd.node.store.disk.events == {}
    await crowd.node.proactor.stop_and_join()
