"""Events of a child of the original at a parent of ours."""

import orjson
import pytest

from gwproactor import AnyEvent, ProblemEvent, StateName
from gwproactor.domain.events import Event, StartupEvent
from tests.interop.our_node import DemoEvent
from tests.interop.pair import ODD_FIELDS, PATIENT_S, PROBLEM, UNKNOWN, Pair

pytestmark = pytest.mark.parametrize("role", ["parent"], ids=["ours is parent"])

BACKLOG = 100


async def test_known_and_unknown_types_arrive_whole_and_are_acked(pair: Pair) -> None:
    await pair.start()
    (demo_id,) = await pair.theirs.generate(payload={"Text": "häßlich ☀"}, first_index=7)
    problem = {"ProblemType": "warning", "Summary": "s", "Details": "d"}
    (problem_id,) = await pair.theirs.generate(type=PROBLEM, payload=problem)
    unknown_id = await pair.generate_unknown(ODD_FIELDS)

    await pair.all_delivered([demo_id, problem_id, unknown_id])

    demo = _event(pair, demo_id)
    assert isinstance(demo, DemoEvent)
    assert (demo.index, demo.text) == (7, "häßlich ☀")
    assert isinstance(_event(pair, problem_id), ProblemEvent)
    unknown = _event(pair, unknown_id)
    assert isinstance(unknown, AnyEvent)
    assert (unknown.type_name, unknown.src) == (UNKNOWN, pair.names.child[0])
    assert {name: unknown.json[name] for name in ODD_FIELDS} == ODD_FIELDS
    stored = {event.message_id: event.payload for event in pair.ours.stored}
    assert orjson.loads(stored[unknown_id]) == unknown.json


async def test_its_startup_and_link_events_are_read_by_their_types(pair: Pair) -> None:
    await pair.start()

    kinds = {type(event) for event in pair.ours.recorder.events}

    assert StartupEvent in kinds
    assert AnyEvent not in kinds


async def test_a_hundred_events_from_before_our_parent_came_are_uploaded(pair: Pair) -> None:
    await pair.start_theirs()
    await pair.theirs.wait(link="awaiting_peer")
    ids = await pair.generate(BACKLOG)

    await pair.start_ours()

    await pair.all_delivered(ids)


async def test_nothing_is_acked_before_it_is_stored_and_nothing_is_lost(pair: Pair) -> None:
    pair.hold_sink = True
    await pair.start_ours()
    await pair.ours.is_in(StateName.AWAITING_PEER)
    await pair.start_theirs()
    await pair.theirs.wait(link="active")
    ids = await pair.generate(10)
    timeouts = (await pair.theirs.state())["link_timeouts"]

    await pair.theirs.wait(link_timeouts=timeouts + 2)
    assert set(ids) <= set(pair.held_sink.held_ids)
    assert not set(ids) & set(pair.ours.acked_ids())
    pair.held_sink.release()

    await pair.all_delivered(ids)


async def test_the_shutdown_event_that_the_original_sends_twice_is_handled_once(
    pair: Pair,
) -> None:
    await pair.start()

    await pair.theirs.stop()
    await pair.start_theirs()
    await pair.settled()

    heard = [p.payload["MessageId"] for p in pair.ours.heard("gridworks.event.shutdown")]
    assert len(heard) >= 2
    (message_id,) = set(heard)
    assert pair.ours.handled()[message_id] == 1


async def test_an_event_of_a_type_that_only_its_sender_knows_keeps_nothing_else_back(
    pair: Pair,
) -> None:
    """Hazard 8: the original sends it for ever, and falls out of active each time."""
    pair.ack_timeout_s = PATIENT_S
    await pair.start()
    moves = len(pair.ours.transitions)
    await pair.theirs.generate(kind="foreign")
    ids = await pair.generate(5)

    await pair.ours.eventually(
        lambda: len(pair.ours.heard("demo.foreign.event")) >= 2, "the foreign event again"
    )
    await pair.ours.eventually(
        lambda: set(ids) <= set(pair.ours.acked_ids()), "the events after it acked"
    )

    handled = pair.ours.handled()
    assert {i: handled[i] for i in ids} == dict.fromkeys(ids, 1)
    (problem,) = await pair.our_problems()
    assert "demo.foreign.event" in problem
    assert pair.ours.transitions[moves:] == []


def _event(pair: Pair, message_id: str) -> Event:
    (event,) = (e for e in pair.ours.recorder.events if e.message_id == message_id)
    return event
