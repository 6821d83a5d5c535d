"""What a relay sends on: the JSON object as received, under its own name, with the source's place
in its own history.
"""

import json
from typing import Final

import pytest

from gwproactor import StateName
from gwproactor.domain.events import EVENT_PREFIX
from gwproactor.domain.message import Sequence
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.chain import CHILD, PARENT, RELAYS, Chain, acks_of, short
from tests.support.family import Reading
from tests.support.own_events import JsonDict
from tests.support.raw_peer import TIME_MS, RawPeer

FIRST, SECOND = RELAYS
READING: Final = Reading.wire.type_name

EVENTS: Final[dict[str, JsonDict]] = {
    "known, of a newer version": {
        "TimeCreatedMs": TIME_MS,
        "Src": CHILD,
        "TypeName": "gridworks.event.problem",
        "ProblemType": "warning",
        "Summary": "pump",
        "Details": "",
        "Version": "002",
        "Room": "cellar",
    },
    "known, with fields that it does not know": {
        "TypeName": READING,
        "Src": CHILD,
        "Unit": {"Name": "°C", "Digits": [1, None]},
        "Value": 21,
        "TimeCreatedMs": TIME_MS,
    },
    "unknown": {"TypeName": f"{EVENT_PREFIX}.of.tomorrow", "Src": CHILD, "Zz": True},
    "known, with a value that it does not know": {
        "TypeName": f"{EVENT_PREFIX}.problem",
        "Src": CHILD,
        "TimeCreatedMs": TIME_MS,
        "ProblemType": "odd",
        "Summary": "\u2603",
        "Details": "",
    },
    "with integers beyond 64 bits": {
        "TypeName": READING,
        "Src": CHILD,
        "TimeCreatedMs": TIME_MS,
        "Value": 2**63,
        "Sums": [2**64, -(10**30), 10**18, 1234567890123456789012345678901234567890],
        "Ratio": [0.1, 1e-300, -0.0, 1.5e300],
    },
    "of somebody further below": {
        "TypeName": READING,
        "Src": "d1.child.of.child",
        "TimeCreatedMs": TIME_MS,
        "Value": 1,
    },
    "without a source": {
        "TypeName": READING,
        "Src": "",
        "TimeCreatedMs": TIME_MS,
        "Value": 1,
    },
}


async def two_relays() -> tuple[Chain, RawPeer]:
    """Running, with a child of our making."""
    chain = Chain(relays=2)
    child = RawPeer(chain.broker, (CHILD, short(CHILD)), (SECOND, short(SECOND)))
    for node in (chain.parent, *chain.relays):
        node.start()
    child.connect()
    await chain.clock.sleep(1.0)
    child.ping()
    await chain.clock.sleep(30.0)
    assert chain.relays[1].run.state("down") is StateName.ACTIVE
    return chain, child


async def end(chain: Chain) -> None:
    for node in (*reversed(chain.relays), chain.parent):
        await node.stop()


def headers(chain: Chain, message_id: str) -> dict[str, JsonDict]:
    """The header of this message by who published it."""
    found: dict[str, JsonDict] = {}
    for published in chain.broker.published:
        message = json.loads(published.payload)
        if message["Header"]["MessageId"] == message_id:
            found[published.client] = message["Header"]
    return found


@pytest.mark.parametrize("kind", EVENTS)
@in_virtual_time
async def test_an_event_passes_two_relays_as_it_was(kind: str) -> None:
    """Hazard 31: at the original's relays the fields of newer children vanished."""
    chain, child = await two_relays()
    event = {"MessageId": "e1"} | EVENTS[kind]
    child.send(event, AckRequired=True)
    await chain.clock.sleep(10.0)

    assert child.acked_ids().count("e1") == 1
    stored = chain.parent.run.sink.stored
    [received] = [one for (_, message_id), one in stored.items() if message_id == "e1"]
    as_sent = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    assert received.payload == as_sent
    assert received.type_name == event["TypeName"]
    on_the_way = [p.payload for p in chain.broker.published if b'"e1"' in p.payload]
    assert sum(as_sent in payload for payload in on_the_way) == 2
    await end(chain)


@pytest.mark.parametrize("delay", ["at once", "after an outage"])
@pytest.mark.parametrize("sequence", [{"Epoch": "of the child", "Number": 2**62}, None])
@in_virtual_time
async def test_a_relay_names_itself_and_the_place_that_the_source_gave(
    sequence: JsonDict | None, delay: str
) -> None:
    """Also a second relay; nothing is made up where the source, an original node, gave none."""
    chain, child = await two_relays()
    if delay == "after an outage":
        await chain.parent.stop()
        await chain.clock.sleep(30.0)
    header: JsonDict = {} if sequence is None else {"Sequence": sequence}
    child.send({"MessageId": "e1"} | EVENTS["unknown"], AckRequired=True, **header)
    await chain.clock.sleep(10.0)
    if delay == "after an outage":
        chain.parent.renew()
        chain.parent.start()
        await chain.clock.sleep(60.0)

    expected = {
        "Src": FIRST,
        "Dst": short(PARENT),
        "MessageType": EVENTS["unknown"]["TypeName"],
        "MessageId": "e1",
        "AckRequired": True,
        "TypeName": "gridworks.header",
        "Version": "001",
    }
    sent = headers(chain, "e1")
    assert sent[f"{short(FIRST)}-local"] == expected | header
    assert sent[f"{short(SECOND)}-local"] == expected | header | {
        "Src": SECOND,
        "Dst": short(FIRST),
    }
    received = chain.parent.run.sink.stored[CHILD, "e1"]
    place = None if sequence is None else Sequence("of the child", 2**62)
    assert received.sequence == place
    await end(chain)


@in_virtual_time
async def test_what_passed_two_relays_can_be_put_in_the_order_of_its_making() -> None:
    """Numbers of one epoch, without a gap, whatever was sent again on the way."""
    chain = Chain(relays=2)
    await chain.start()
    lost = chain.broker.drop(acks_of(SECOND))
    ids = [chain.read(value) for value in range(10)]
    await chain.clock.sleep(1.0)
    lost.lift()
    chain.relays[0].cut_power()
    ids += [chain.read(value) for value in range(10, 20)]
    await chain.clock.sleep(20.0)
    chain.relays[0].renew()
    chain.relays[0].start()
    await chain.clock.sleep(120.0)

    places = {
        message_id: event.sequence
        for message_id, event in chain.received().items()
        if event.sequence is not None
    }
    assert {place.epoch for place in places.values()} == {chain.child.disk.epoch}
    assert sorted(places, key=lambda message_id: places[message_id].number) == ids
    await chain.stop()


@in_virtual_time
async def test_an_id_that_is_no_file_name_is_kept_and_sent_on() -> None:
    """Hazard 4: the original acked the id `a/b`, could not store it, and it was gone."""
    chain, child = await two_relays()
    await chain.parent.stop()
    odd = ["a/b", "../../etc/passwd", "x" * 3000, "é ☃", "nul\0", "with space"]
    for message_id in odd:
        child.send({"MessageId": message_id} | EVENTS["unknown"], AckRequired=True)
    await chain.clock.sleep(10.0)
    assert set(odd) <= set(child.acked_ids())
    for relay in reversed(chain.relays):
        relay.cut_power()
        relay.renew()
        relay.start()
    chain.parent.renew()
    chain.parent.start()
    await chain.clock.sleep(60.0)
    assert {i for source, i in chain.parent.run.sink.stored if source == CHILD} == set(odd)
    await end(chain)


@pytest.mark.parametrize("ending", ["a+b", "#", "nul\0", "x" * 70_000])
@in_virtual_time
async def test_an_event_whose_type_no_topic_can_carry_is_kept_and_told_of(ending: str) -> None:
    """Hazard 4. It came by a topic that says otherwise; the others pass it."""
    chain, child = await two_relays()
    event = {"MessageId": "e1", "Src": CHILD, "TypeName": f"{EVENT_PREFIX}.{ending}"}
    header = {"Src": CHILD, "Dst": short(SECOND), "MessageId": "e1", "AckRequired": True}
    message = {"Header": header, "Payload": event, "TypeName": "gw"}
    child.send_bytes(json.dumps(message).encode(), child.topic("odd"))
    child.send({"MessageId": "e2"} | EVENTS["unknown"], AckRequired=True)
    await chain.clock.sleep(200.0)

    assert {"e1", "e2"} <= set(child.acked_ids())
    assert [i for source, i in chain.parent.run.sink.stored if source == CHILD] == ["e2"]
    store = chain.relays[1].run.store
    [quarantined] = store.in_quarantine.values()
    assert store.disk.events[quarantined.number].message_id == "e1"
    assert any("in quarantine" in problem for problem in chain.problems_of(SECOND))
    await end(chain)


@in_virtual_time
async def test_an_event_without_an_id_is_neither_kept_nor_acked() -> None:
    """No ack could ever name it, so that it could never be forgotten either."""
    chain, child = await two_relays()
    child.send({"MessageId": ""} | EVENTS["unknown"], AckRequired=True, MessageId="")
    await chain.clock.sleep(10.0)
    assert "" not in child.acked_ids()
    assert chain.relays[1].run.container.core().links["down"].stats.without_id == 1
    assert EVENTS["unknown"]["TypeName"] not in {
        event.type_name for event in chain.relays[1].run.store.kept.values()
    }
    await end(chain)
