"""Messages that are no events, and headers that say something else than their payloads."""

import json
from collections.abc import Mapping

from gwproactor import StateName, to_peer
from gwproactor.domain.message import Json
from gwproactor.domain.payloads import Shutdown
from tests.interop.pair import PATIENT_S, Pair


async def test_a_known_message_of_theirs_is_handled_and_acked(pair: Pair) -> None:
    await pair.start()
    payload = {"Reason": "only said"}

    reply = await pair.theirs.ask(
        "send", type="gridworks.shutdown", payload=payload, ack_required=True
    )
    message_id = reply["message_id"]
    await pair.ours.eventually(lambda: message_id in pair.ours.acked_ids(), "it acked")

    await pair.settled()
    handled = [message.payload for message in pair.ours.recorder.messages]
    assert Shutdown(reason="only said") in handled
    assert pair.ours.state is StateName.ACTIVE


async def test_a_known_message_of_ours_is_handled_and_acked(pair: Pair) -> None:
    await pair.start()
    message = to_peer(
        Shutdown(reason="only said"), src=pair.ours.long_name, message_id="m", ack_required=True
    )

    pair.ours.container.link_publisher().publish_message(pair.ours.link_name, message).unwrap()
    await pair.ours.eventually(lambda: "m" in pair.ours.ids_acked_by_peer(), "it acked")

    messages = await pair.theirs.events(also_messages=True)
    reasons = [m.fields["Reason"] for m in messages if m.type_name == "gridworks.shutdown"]
    assert reasons == ["only said"]


async def test_what_ours_cannot_read_is_one_problem_and_the_link_lives_on(pair: Pair) -> None:
    pair.ack_timeout_s = PATIENT_S
    await pair.start()
    moves = len(pair.ours.transitions)

    for number in range(3):
        await pair.theirs.ask("send", type="demo.message.unknown", payload={"Number": number})
    for text in ("no message", "{}", ""):
        await pair.theirs.ask("send", text=text, topic=_topic(pair, "demo.message.unreadable"))
    ids = await pair.generate(3)

    await pair.all_delivered(ids)
    unknown, undecodable = await pair.our_problems()
    assert "demo.message.unknown" in unknown
    assert "Decoding error" in undecodable
    assert pair.ours.transitions[moves:] == []
    assert (await pair.theirs.state())["link"] == "active"


async def test_an_unknown_message_that_asks_for_an_ack_costs_the_original_its_link_only_once(
    pair: Pair,
) -> None:
    pair.ack_timeout_s = PATIENT_S
    await pair.start()
    moves = len(pair.ours.transitions)

    reply = await pair.theirs.ask("send", type="demo.message.unknown", ack_required=True)
    await pair.theirs.wait(link_timeouts=1)

    await pair.all_delivered(await pair.generate(3))
    assert reply["message_id"] not in pair.ours.acked_ids()
    assert pair.ours.transitions[moves:] == []


async def test_the_id_of_the_payload_is_acked_and_not_that_of_the_header(pair: Pair) -> None:
    await pair.start()
    mark = len(pair.ours.packets)
    ping = {"TypeName": "gridworks.ping"}
    event = {"TypeName": "gridworks.event.x", "Src": "d1.elsewhere"}

    await _send_raw(pair, event | {"MessageId": "event-in-payload"}, message_id="event-in-header")
    await _send_raw(pair, event | {"MessageId": "quiet", "AckRequired": False}, message_id="q")
    await _send_raw(pair, ping | {"MessageId": "ping-in-payload"}, message_id="ping-in-header")
    await _send_raw(pair, ping, message_id="last-in-header")
    acked = {"event-in-payload", "ping-in-payload", "last-in-header"}
    await pair.ours.eventually(
        lambda: set(pair.ours.acked_ids(since=mark)) >= acked, "the three acks"
    )
    await pair.ours.eventually(lambda: "quiet" in pair.ours.handled(), "the quiet event handled")

    assert set(pair.ours.acked_ids(since=mark)) == acked
    sources = {e.message_id: e.src for e in pair.ours.stored if e.src == "d1.elsewhere"}
    assert sources.keys() == {"event-in-payload", "quiet"}


async def _send_raw(pair: Pair, payload: Mapping[str, Json], *, message_id: str) -> None:
    """Have the original publish bytes that it would not make by itself."""
    header = {
        "Src": pair.their_names[0],
        "Dst": pair.our_names[1],
        "MessageType": payload["TypeName"],
        "MessageId": message_id,
        "AckRequired": True,
        "TypeName": "gridworks.header",
    }
    text = json.dumps({"Header": header, "Payload": payload, "TypeName": "gw"})
    await pair.theirs.ask("send", text=text, topic=_topic(pair, str(payload["TypeName"])))


def _topic(pair: Pair, type_name: str) -> str:
    """Of a message of the original to ours."""
    return f"gw/{pair.their_names[0]}/to/{pair.our_names[1]}/{type_name}".replace(".", "-")
