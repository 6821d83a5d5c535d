"""Whole nodes and messages that cannot be right: one clear problem each, and the node lives on."""

import json

import pytest

from gwproactor import Failure, LinkSettings, StateName, Success, to_peer
from gwproactor.domain.payloads import Shutdown
from gwproactor.ports.event_log import ContentTooLarge
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, PARENT, PARENT_SHORT, Family, Reading, child_settings
from tests.support.own_events import problems
from tests.support.raw_peer import RawPeer

MEBIBYTE = 1_048_576

HEADER = {"Src": PARENT, "Dst": "s", "MessageId": "m", "AckRequired": True}
# The bytes, and words that name what is wrong with them.
UNDECODABLE = {
    "empty": (b"", "not JSON"),
    "no JSON": (b"\xff\xfe\x00 hello", "not JSON"),
    "cut": (b'{"Header":{"Src":"d1', "not JSON"),
    "too deep": (b"[" * 100_000, "not JSON"),
    "no object": (b"[1,2]", "expected an object @ $"),
    "no payload": (b'{"Header":{"Src":"d1.house"},"TypeName":"gw"}', "object @ $.Payload"),
    "no type": (b'{"Header":{"Src":"d1.house"},"Payload":{}}', "string @ $.Payload.TypeName"),
    "no source": (b'{"Payload":{"TypeName":"gridworks.ping"}}', "a string as Src"),
    "other envelope": (
        b'{"Payload":{"TypeName":"gridworks.ping","Src":"d1.house"},"TypeName":"gx"}',
        "expected 'gw' @ $.TypeName",
    ),
    "bad field": (
        json.dumps({"Header": HEADER, "Payload": {"TypeName": "gridworks.ack"}}).encode(),
        "AckMessageID",
    ),
    "bad value": (
        json.dumps(
            {"Header": HEADER, "Payload": {"TypeName": "gridworks.shutdown", "Reason": [1]}}
        ).encode(),
        "Reason",
    ),
}


async def child_and_raw_parent(**changes: object) -> tuple[Family, RawPeer]:
    family = Family()
    family.child = family.make(child_settings(**changes))
    parent = RawPeer(family.broker)
    family.child.proactor.start()
    parent.connect()
    await family.clock.sleep(1.0)
    parent.ping()
    await family.clock.sleep(1.0)
    parent.heard.clear()
    return family, parent


async def is_alive(family: Family, parent: RawPeer) -> bool:
    """Whether the child still handles a message and acks it."""
    parent.send({"TypeName": "gridworks.shutdown"}, MessageId="still there?", AckRequired=True)
    await family.clock.sleep(1.0)
    is_active = family.child.state("parent") is StateName.ACTIVE
    return is_active and parent.acked_ids()[-1] == "still there?"


@pytest.mark.parametrize("kind", UNDECODABLE)
@in_virtual_time
async def test_an_undecodable_message_is_one_problem_that_says_what_is_wrong(kind: str) -> None:
    data, words = UNDECODABLE[kind]
    family, parent = await child_and_raw_parent()
    parent.send_bytes(data)
    await family.clock.sleep(1.0)

    [problem] = problems(family.child, family.broker)
    assert f"Decoding error topic [{parent.topic('test')}]" in problem
    assert words in problem
    assert family.child.container.recorder().messages == []
    assert parent.acked_ids() == []
    assert await is_alive(family, parent)
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_an_undecodable_message_is_no_sign_of_life() -> None:
    family = Family()
    parent = RawPeer(family.broker)
    parent.acks = lambda _: False
    family.child.proactor.start()
    parent.connect()
    await family.clock.sleep(1.0)
    parent.send_bytes(b"{}")
    await family.clock.sleep(1.0)
    assert family.child.state("parent") is StateName.AWAITING_PEER
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_flood_of_rubbish_is_one_problem_in_ten_minutes_with_a_count() -> None:
    family, parent = await child_and_raw_parent()
    for _ in range(1_000):
        parent.send_bytes(b"rubbish")
    await family.clock.sleep(1.0)
    assert len(problems(family.child, family.broker)) == 1
    stats = family.child.container.core().stats
    assert (stats.problems, stats.problems_suppressed) == (1_000, 999)

    await family.clock.sleep(600.0)
    parent.send_bytes(b"rubbish")
    await family.clock.sleep(1.0)
    [_, again] = problems(family.child, family.broker)
    assert "(999 more like it since the last report)" in again
    assert await is_alive(family, parent)
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_an_unknown_type_is_reported_once_and_not_acked() -> None:
    family, parent = await child_and_raw_parent()
    for _ in range(3):
        parent.send({"TypeName": "newer.command"}, MessageId="n", AckRequired=True)
        await family.clock.sleep(1_000.0)

    [problem] = problems(family.child, family.broker)
    assert "link 'parent' cannot read messages of type 'newer.command'" in problem
    assert family.child.container.core().links["parent"].stats.unknown_types == 3
    assert "n" not in parent.acked_ids()
    await family.child.proactor.stop_and_join()


# Too large


@pytest.mark.parametrize("bytes_max", [2_000, MEBIBYTE])
@in_virtual_time
async def test_a_received_message_over_the_limit_is_one_problem_with_both_numbers(
    bytes_max: int,
) -> None:
    family, parent = await child_and_raw_parent(message_bytes_max=bytes_max)
    for extra in (1, 2):
        parent.send_bytes(b"x" * (bytes_max + extra))
        await family.clock.sleep(1.0)

    [problem] = problems(family.child, family.broker)
    assert f"{bytes_max + 1} bytes; the limit (message_bytes_max) is {bytes_max}" in problem
    assert family.child.container.core().links["parent"].stats.unreadable == 2
    assert await is_alive(family, parent)
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_received_message_at_the_limit_is_handled() -> None:
    family, parent = await child_and_raw_parent(message_bytes_max=2_000)
    payload = {"TypeName": "gridworks.shutdown", "Reason": ""}
    parent.send(payload)
    await family.clock.sleep(1.0)
    [size] = sizes_of_shutdowns(family)
    for reason in ("x" * (2_000 - size), "x" * (2_001 - size)):
        parent.send(payload | {"Reason": reason})
        await family.clock.sleep(1.0)

    assert sizes_of_shutdowns(family) == [size, 2_000, 2_001]
    assert len(family.child.container.recorder().messages) == 2
    await family.child.proactor.stop_and_join()


def sizes_of_shutdowns(family: Family) -> list[int]:
    published = [one for one in family.broker.published if one.topic.endswith("-shutdown")]
    return [len(one.payload) for one in published if one.client == "raw a"]


@in_virtual_time
async def test_what_this_node_would_send_over_the_limit_is_refused_to_who_asked() -> None:
    family, parent = await child_and_raw_parent()
    before = family.child.store.content()
    event = Reading(message_id="e" * MEBIBYTE, value=1)
    message = to_peer(Shutdown(reason="r" * MEBIBYTE), src=CHILD)
    refusals = [
        family.child.container.event_log().generate_event(event),
        family.child.container.link_publisher().publish_message("parent", message),
    ]
    await family.clock.sleep(1.0)

    for refusal in refusals:
        match refusal:
            case Failure(ContentTooLarge(size, bytes_max)):
                assert size > bytes_max == MEBIBYTE
            case other:
                raise AssertionError(other)
    assert family.child.store.content() == before
    assert parent.heard == []
    assert await is_alive(family, parent)
    await family.child.proactor.stop_and_join()


# Addressed to somebody else


@in_virtual_time
async def test_a_message_on_no_link_is_one_problem_with_its_topic() -> None:
    """A broker may deliver once more after an UNSUBSCRIBE, or what nobody asked for."""
    family, parent = await child_and_raw_parent()
    engine = family.child.container.engine()
    for _ in range(2):
        engine.received("local", "gw/d1-stranger/to/s/gridworks-ping", b"{}", retained=False)
    await family.clock.sleep(1.0)

    [problem] = problems(family.child, family.broker)
    assert "topic [gw/d1-stranger/to/s/gridworks-ping], which belongs to no link" in problem
    assert family.child.container.core().stats.stray_messages == 2
    assert await is_alive(family, parent)
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_message_for_nobody_here_is_one_problem_that_says_what_to_do() -> None:
    link = LinkSettings(peer_long_name=PARENT, peer_short_name=PARENT_SHORT)
    family, parent = await child_and_raw_parent(links={"parent": link})
    for _ in range(2):
        parent.send({"TypeName": "gridworks.shutdown"}, Dst="boiler")
        await family.clock.sleep(1.0)

    [problem] = problems(family.child, family.broker)
    assert "nobody handles gridworks.shutdown for 'boiler'" in problem
    assert "name a communicator" in problem
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_a_message_for_one_actor_goes_past_the_links_handler() -> None:
    link = LinkSettings(peer_long_name=PARENT, peer_short_name=PARENT_SHORT)
    family, parent = await child_and_raw_parent(links={"parent": link})
    parent.send({"TypeName": "gridworks.shutdown"}, Dst="recorder")
    await family.clock.sleep(1.0)
    assert len(family.child.container.recorder().messages) == 1
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_an_ack_of_nothing_is_counted_and_nothing_else() -> None:
    family, parent = await child_and_raw_parent()
    parent.send({"TypeName": "gridworks.ack", "AckMessageID": "never sent"})
    await family.clock.sleep(1.0)
    assert family.child.container.core().links["parent"].stats.acks_unmatched == 1
    assert problems(family.child, family.broker) == []
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_many_kinds_of_rubbish_between_events_lose_no_event() -> None:
    family = Family()
    await family.start()
    stranger = RawPeer(family.broker)
    stranger.acks = lambda _: False
    stranger.connect()
    await family.clock.sleep(1.0)
    for value, (data, _) in enumerate(UNDECODABLE.values()):
        assert isinstance(family.read(value), Success)
        stranger.send_bytes(data)
    await family.clock.sleep(60.0)
    assert family.parent.container.recorder().readings == list(range(len(UNDECODABLE)))
    assert family.child.store.content().pending == 0
    await family.stop()
