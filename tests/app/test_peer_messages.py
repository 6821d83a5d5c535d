"""Whole nodes and what peers say: events, acks, ids, retained messages, handlers that raise."""

import asyncio
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor import (
    HANDLED,
    AnyEvent,
    Communicator,
    Failure,
    Message,
    Outcome,
    Paths,
    ProactorSettings,
    StateName,
    Success,
    assemble,
    build_node,
    to_actor,
)
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryBroker
from gwproactor.adapters.persistence import SqliteSinkReader
from gwproactor.domain.stats import LinkStats
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import (
    CHILD,
    CHILD_SHORT,
    PARENT,
    PARENT_SHORT,
    TYPES,
    Family,
    Reading,
    Recorder,
    RecorderContainer,
    child_settings,
    parent_settings,
)
from tests.support.own_events import own_types, problems
from tests.support.raw_peer import TIME_MS, RawPeer

ODD_IDS = ["a/b", "../../etc/passwd", "x" * 300, "é ☃", "with space", "nul\0"]
ACKS_OF_PARENT = "gw/d1-house/to/s/gridworks-ack"


def raw_child(family: Family) -> RawPeer:
    return RawPeer(family.broker, (CHILD, CHILD_SHORT), (PARENT, PARENT_SHORT))


async def parent_with_raw_child() -> tuple[Family, RawPeer]:
    family = Family()
    child = raw_child(family)
    family.parent.proactor.start()
    child.connect()
    await family.clock.sleep(1.0)
    child.ping()
    await family.clock.sleep(1.0)
    assert family.parent.state("child") is StateName.ACTIVE
    child.heard.clear()
    return family, child


async def child_with_raw_parent() -> tuple[Family, RawPeer]:
    family = Family()
    parent = RawPeer(family.broker)
    family.child.proactor.start()
    parent.connect()
    await family.clock.sleep(1.0)
    parent.ping()
    await family.clock.sleep(1.0)
    assert family.child.state("parent") is StateName.ACTIVE
    parent.heard.clear()
    return family, parent


def stats_of_child(family: Family) -> LinkStats:
    return family.child.container.core().links["parent"].stats


# Handlers that raise


def raise_for(value: int) -> Recorder:
    """A recorder that cannot bear one reading."""
    recorder = Recorder()

    def process(message: Message[object]) -> Outcome[bool, BaseException]:
        if isinstance(message.payload, Reading) and message.payload.value == value:
            raise ArithmeticError(f"{value} is too much")
        return HANDLED

    recorder.on_message = process
    return recorder


@in_virtual_time
async def test_a_handler_that_raises_is_reported_once_and_the_event_is_stored_and_acked() -> None:
    """Hazard 13: the original stopped, sent no ack, and met the same event after each restart."""
    family = Family()
    family.parent.container.recorder().on_message = raise_for(7).on_message
    await family.start()
    for value in (6, 7, 8):
        family.read(value)
    await family.clock.sleep(120.0)

    assert family.parent.container.recorder().readings == [6, 7, 8]
    assert family.child.store.content().pending == 0
    assert family.parent.state("child") is StateName.ACTIVE
    [problem] = problems(family.parent, family.broker)
    assert "actor 'recorder' failed in process_message: ArithmeticError: 7 is too much" in problem
    await family.stop()


@in_virtual_time
async def test_a_handler_that_fails_is_reported_and_the_event_is_acked() -> None:
    """Hazard 13."""
    family = Family()
    family.parent.container.recorder().on_message = lambda _: Failure(OSError("relay is stuck"))
    await family.start()
    family.read(1)
    await family.clock.sleep(20.0)

    assert family.child.store.content().pending == 0
    assert "relay is stuck" in problems(family.parent, family.broker)[0]
    await family.stop()


@in_virtual_time
async def test_a_handler_that_raises_at_a_message_that_is_no_event_lets_it_be_acked() -> None:
    """Hazard 13."""
    family, parent = await child_with_raw_parent()

    def process(message: Message[object]) -> Outcome[bool, BaseException]:
        raise ArithmeticError(message.header.message_id)

    family.child.container.recorder().on_message = process
    for message_id in ("m1", "m2"):
        payload = {"TypeName": "gridworks.shutdown", "Reason": "no"}
        parent.send(payload, MessageId=message_id, AckRequired=True)
    await family.clock.sleep(1.0)

    assert parent.acked_ids() == ["m1", "m2"]
    assert len(problems(family.child, family.broker)) == 1
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_what_is_in_flight_survives_a_handler_that_raises() -> None:
    """Hazard 3: an exception stopped the original, which stored nothing that was in flight."""
    family = Family()
    await family.start()
    mute = family.broker.drop(lambda topic, _: topic == ACKS_OF_PARENT)
    for value in range(3):
        family.read(value)
    recorder = family.child.container.recorder()
    recorder.on_message = raise_for(99).on_message
    family.child.container.message_bus().send(to_actor("x", "recorder", Reading(value=99)))
    await family.clock.sleep(1.0)
    assert recorder.readings == [99]
    assert family.child.state("parent") is StateName.ACTIVE
    kept = {event.type_name for event in family.child.store.disk.events.values()}
    assert Reading.wire.type_name in kept

    mute.lift()
    await family.clock.sleep(120.0)
    assert sorted(family.parent.container.recorder().readings) == [0, 1, 2]
    assert family.child.store.content().pending == 0
    await family.stop()


# Acked is stored


@in_virtual_time
async def test_an_event_that_the_sink_did_not_store_is_not_acked_and_comes_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hazard 4: the original acked it, and it was gone on both sides."""
    family = Family()
    await family.start()
    family.parent.sink.fail_with("disk is full")
    for value in range(3):
        family.read(value)
    await family.clock.sleep(30.0)
    assert family.child.store.content().pending == 3
    assert family.parent.container.recorder().readings == []
    assert family.parent.container.core().links["child"].stats.events_not_kept >= 3

    family.parent.sink.recover()
    await family.clock.sleep(120.0)
    assert sorted(family.parent.container.recorder().readings) == [0, 1, 2]
    assert family.child.store.content().pending == 0
    assert caplog.text.count("event not stored: the event sink failed: disk is full") == 1
    # The problem event waited for the same sink.
    assert caplog.text.count("events of this node wait for the event sink: disk is full") == 1
    refused, failed, mended = problems(family.parent, family.broker)
    assert refused.startswith("child: event not stored")
    assert failed == "event sink: write failed: disk is full"
    assert mended.startswith("event sink: works again")
    await family.stop()


@in_virtual_time
async def test_a_sink_whose_queue_is_full_acks_what_it_took_and_gets_the_rest_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hazard 4."""
    family = Family()
    await family.start()
    family.parent.sink.events_max = 2
    family.parent.sink.hold()
    for value in range(10):
        family.read(value)
    await family.clock.sleep(3.0)
    family.parent.sink.release()
    await family.clock.sleep(400.0)

    assert sorted(family.parent.container.recorder().readings) == list(range(10))
    assert family.child.store.content().pending == 0
    # Back-pressure is no trouble: it is counted, not reported.
    assert family.parent.container.core().stats.links["child"].sink_busy > 0
    assert "event not stored" not in caplog.text
    await family.stop()


@in_virtual_time
async def test_a_held_up_sink_delays_the_acks_and_nothing_else() -> None:
    """Hazard 2 and 4: an ack says that the event is stored."""
    family, child = await parent_with_raw_child()
    family.parent.sink.hold()
    child.send_event("e1", 1)
    child.ping("p1")
    await family.clock.sleep(1.0)
    assert child.acked_ids() == ["p1"]
    family.parent.sink.release()
    await family.clock.sleep(1.0)
    assert child.acked_ids() == ["p1", "e1"]
    await family.parent.proactor.stop_and_join()


def test_ids_that_are_no_file_names_are_stored_on_both_disks(tmp_path: Path) -> None:
    """Hazard 4: the original could not store the id `a/b`, or a long one, and acked it all the
    same. Here two nodes keep their events in files.
    """
    assert asyncio.run(send_odd_ids(tmp_path)) == list(range(len(ODD_IDS)))
    reader = SqliteSinkReader(tmp_path / "parent" / "received.sqlite")
    assert reader.contains(CHILD, ODD_IDS) == set(ODD_IDS)


class Starting(Communicator):
    """Says when the node starts."""

    def __init__(self, started: asyncio.Event) -> None:
        super().__init__("starting")
        self.started = started

    @override
    def start(self) -> None:
        self.started.set()


async def send_odd_ids(folder: Path) -> list[int]:
    """What the parent's recorder was given."""
    broker = MemoryBroker()

    def node(settings: ProactorSettings) -> RecorderContainer:
        return assemble(
            settings,
            RecorderContainer,
            namespace=TYPES,
            clock=LoopClock(),
            link_transports={"local": broker.transport(settings.short_name)},
        )

    child = node(child_settings(paths=Paths(data_dir=folder / "child")))
    parent = node(parent_settings(paths=Paths(data_dir=folder / "parent")))
    complete, started = asyncio.Event(), asyncio.Event()

    def process(_: Message[object]) -> Outcome[bool, BaseException]:
        if len(parent.recorder().readings) == len(ODD_IDS):
            complete.set()
        return HANDLED

    parent.recorder().on_message = process
    child.registry().add_communicator(Starting(started))
    nodes = [build_node(container) for container in (child, parent)]
    for one in nodes:
        one.start()
    await asyncio.wait_for(started.wait(), 20.0)
    for value, message_id in enumerate(ODD_IDS):
        reading = Reading(message_id=message_id, value=value)
        assert isinstance(child.event_log().generate_event(reading), Success)
    await asyncio.wait_for(complete.wait(), 20.0)
    for one in nodes:
        await one.stop_and_join()
    return parent.recorder().readings


@in_virtual_time
async def test_a_duplicate_is_handled_and_stored_once_and_acked_twice() -> None:
    family, child = await parent_with_raw_child()
    for _ in range(2):
        child.send_event("e1", 1)
        await family.clock.sleep(1.0)

    assert family.parent.container.recorder().readings == [1]
    assert [i for source, i in family.parent.sink.stored if source == CHILD] == ["e1"]
    assert child.acked_ids() == ["e1", "e1"]
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_an_unknown_event_is_kept_whole_and_acked() -> None:
    family, child = await parent_with_raw_child()
    event = {
        "MessageId": "e1",
        "TimeCreatedMs": TIME_MS,
        "Src": CHILD,
        "TypeName": "gridworks.event.of.tomorrow",
        "Big": 2**70,
        "Deep": {"er": [None, True]},
    }
    child.send(event, AckRequired=True)
    await family.clock.sleep(1.0)

    [message] = family.parent.container.recorder().messages
    assert isinstance(message.payload, AnyEvent)
    assert message.payload.json == event
    assert b'"Big":1180591620717411303424' in family.parent.sink.stored[CHILD, "e1"].payload
    assert child.acked_ids() == ["e1"]
    await family.parent.proactor.stop_and_join()


# Ids


@in_virtual_time
async def test_a_message_without_the_id_that_its_ack_needs_is_handled_and_not_acked() -> None:
    """Hazard 18."""
    family, parent = await child_with_raw_parent()
    parent.send({"TypeName": "gridworks.shutdown", "Reason": "x"}, AckRequired=True, MessageId="")
    await family.clock.sleep(10.0)

    [message] = family.child.container.recorder().messages
    assert message.header.ack_required
    assert parent.acked_ids() == []
    assert stats_of_child(family).without_id == 1
    assert family.child.state("parent") is StateName.ACTIVE
    await family.child.proactor.stop_and_join()


# Retained messages


@pytest.mark.parametrize("message_type", ["gridworks.ping", "gridworks.shutdown", "event"])
@in_virtual_time
async def test_a_retained_message_is_no_sign_of_life_and_never_acked(message_type: str) -> None:
    """Hazard 22: in the original it made the link active with nobody there."""
    family = Family()
    gone = RawPeer(family.broker)
    gone.connect()
    await family.clock.sleep(1.0)
    payload = {"MessageId": "r1", "TypeName": message_type, "Reason": "kept"}
    if message_type == "event":
        payload |= {"TypeName": "gridworks.event.test.kept", "Src": PARENT}
    gone.send(payload, retain=True, MessageId="r1", AckRequired=True)
    await family.clock.sleep(1.0)
    await gone.disconnect()

    family.child.proactor.start()
    await family.clock.sleep(300.0)

    assert stats_of_child(family).retained == 1
    assert family.child.state("parent") is StateName.AWAITING_PEER
    assert stats_of_child(family).acks_sent == 0
    assert "comm.peer.active" not in own_types(family.child, family.broker)
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_retained_message_goes_to_the_application_which_can_tell() -> None:
    """Hazard 22."""
    family, parent = await child_with_raw_parent()
    parent.send({"TypeName": "gridworks.shutdown", "Reason": "kept"}, retain=True)
    await family.clock.sleep(1.0)
    family.broker.cut("s-local")
    await family.clock.sleep(60.0)

    received = [message.received for message in family.child.container.recorder().messages]
    assert [one.retained for one in received if one is not None] == [False, True]
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_retained_ack_clears_nothing() -> None:
    """Hazard 22: any client of the broker could else make us forget events."""
    family, parent = await child_with_raw_parent()
    await family.clock.sleep(10.0)
    parent.acks = lambda message: message["Header"]["MessageId"] != "e1"
    family.child.container.event_log().generate_event(Reading(message_id="e1", value=1))
    await family.clock.sleep(0.1)
    assert parent.types()[-1] == Reading.wire.type_name
    family.broker.cut("s-local")
    parent.send({"AckMessageID": "e1", "TypeName": "gridworks.ack"}, retain=True)
    await family.clock.sleep(10.0)

    assert stats_of_child(family).retained == 1
    kept = {event.message_id for event in family.child.store.kept.values()}
    assert "e1" in kept
    await family.child.proactor.stop_and_join()


# Who says so


@in_virtual_time
async def test_the_payload_overrides_the_header_and_only_the_topic_says_who_sent() -> None:
    """Hazard 24."""
    family, parent = await child_with_raw_parent()
    payload = {
        "TypeName": "gridworks.shutdown",
        "Reason": "x",
        "Src": "d1.somebody.else",
        "Dst": "recorder",
        "MessageId": "payload's",
        "AckRequired": True,
    }
    parent.send(payload, MessageId="header's", AckRequired=False)
    await family.clock.sleep(1.0)

    [message] = family.child.container.recorder().messages
    header, received = message.header, message.received
    assert (header.src, header.dst, header.message_id) == (
        "d1.somebody.else",
        "recorder",
        "payload's",
    )
    assert received is not None
    assert (received.link_name, received.topic) == ("parent", parent.topic("gridworks.shutdown"))
    wire = received.wire_header
    assert (wire.src, wire.message_id, wire.ack_required) == (PARENT, "header's", False)
    assert parent.acked_ids() == ["payload's"]
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_payload_may_forbid_the_ack_that_its_header_asks_for() -> None:
    """Hazard 24."""
    family, parent = await child_with_raw_parent()
    payload = {"TypeName": "gridworks.shutdown", "Reason": "x", "AckRequired": False}
    parent.send(payload, MessageId="m1", AckRequired=True)
    await family.clock.sleep(1.0)
    assert len(family.child.container.recorder().messages) == 1
    assert parent.acked_ids() == []
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_an_event_keeps_its_originator_and_is_acked_to_who_brought_it() -> None:
    """Hazard 24: a relayed event has another Src than the link's peer."""
    family, child = await parent_with_raw_child()
    child.send_event("e1", 1, Src="d1.house.scada.s2")
    child.send_event("e2", 2, Src="")
    await family.clock.sleep(1.0)

    named = [key for key in family.parent.sink.stored if key[1] in {"e1", "e2"}]
    assert named == [("d1.house.scada.s2", "e1"), (CHILD, "e2")]
    assert child.acked_ids() == ["e1", "e2"]
    assert family.parent.container.recorder().readings == [1, 2]
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_a_stranger_that_claims_to_be_the_peer_in_its_header_is_not_heard() -> None:
    """Hazard 24."""
    family = Family()
    stranger = RawPeer(family.broker, ("d1.stranger", "x"))
    stranger.connect()
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    family.child.container.link_publisher().subscribe("parent", stranger.topic("#"))
    await family.clock.sleep(1.0)
    stranger.send({"MessageId": "p", "TypeName": "gridworks.ping"}, Src=PARENT, AckRequired=True)
    await family.clock.sleep(1.0)

    assert stats_of_child(family).received == 1
    assert family.child.state("parent") is StateName.AWAITING_PEER
    assert stats_of_child(family).acks_sent == 0
    await family.child.proactor.stop_and_join()
