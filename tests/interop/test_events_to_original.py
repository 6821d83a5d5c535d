"""Events of a child of ours at a parent of the original."""

from collections import Counter

import pytest

from gwproactor import ProblemEvent, StateName, TransitionName
from gwproactor.domain.events import ProblemType
from tests.interop.our_node import DemoEvent
from tests.interop.pair import ODD_FIELDS, PATIENT_S, UNKNOWN, Pair

pytestmark = pytest.mark.parametrize("role", ["child"], ids=["ours is child"])

BACKLOG = 100


async def test_known_and_unknown_types_arrive_whole_and_are_acked(pair: Pair) -> None:
    await pair.start()
    ids = pair.ours.generate(
        DemoEvent(index=7, text="häßlich ☀"),
        ProblemEvent(problem_type=ProblemType.WARNING, summary="s", details="d"),
    )
    ids.append(await pair.generate_unknown(ODD_FIELDS))

    await pair.all_delivered(ids)

    events = {event.message_id: event for event in await pair.theirs.events()}
    demo, problem, unknown = (events[i] for i in ids)
    assert demo.class_name == "DemoEvent"
    assert (demo.fields["Index"], demo.fields["Text"]) == (7, "häßlich ☀")
    assert problem.class_name == "ProblemEvent"
    assert (problem.fields["ProblemType"], problem.fields["Summary"]) == ("warning", "s")
    assert (unknown.class_name, unknown.type_name) == ("AnyEvent", UNKNOWN)
    assert {name: unknown.fields[name] for name in ODD_FIELDS} == ODD_FIELDS
    assert {event.src for event in (demo, problem, unknown)} == {pair.ours.long_name}


async def test_its_own_events_are_known_to_the_original_by_their_types(pair: Pair) -> None:
    pair.ack_timeout_s = PATIENT_S
    await pair.start()

    received = {event.type_name: event.class_name for event in await pair.theirs.events()}

    assert received == {
        "gridworks.event.startup": "StartupEvent",
        "gridworks.event.comm.mqtt.connect": "MQTTConnectEvent",
        "gridworks.event.comm.mqtt.fully.subscribed": "MQTTFullySubscribedEvent",
        "gridworks.event.comm.peer.active": "PeerActiveEvent",
    }


async def test_a_hundred_events_from_before_the_parent_came_are_uploaded(pair: Pair) -> None:
    await pair.start_ours()
    await pair.ours.is_in(StateName.AWAITING_PEER)
    ids = await pair.generate(BACKLOG)

    await pair.start_theirs()
    await pair.all_delivered(ids)

    demo = await pair.their_events("gridworks.event.demo.n")
    first_arrivals = list(Counter(event.message_id for event in demo))
    assert first_arrivals == ids


@pytest.mark.parametrize("late_acks", [False, True], ids=["acks never sent", "acks sent late"])
async def test_a_parent_that_withholds_acks_is_left_and_taken_back(
    pair: Pair, late_acks: bool
) -> None:
    await pair.start()

    await pair.theirs.ask("pause_acks")
    ids = await pair.generate(10)
    await pair.ours.eventually(lambda: _has_timed_out(pair), "the peer found silent")
    assert pair.ours.pending >= len(ids)
    await pair.theirs.ask("resume_acks", send_withheld=late_acks)

    await pair.all_delivered(ids)


async def test_a_stopping_child_says_so_and_leaves_nothing_behind(pair: Pair) -> None:
    pair.ack_timeout_s = PATIENT_S
    await pair.start()

    pair.ours.proactor.stop("the test is over")
    await pair.ours.proactor.join()

    (shutdown,) = await pair.their_events("gridworks.event.shutdown")
    assert shutdown.fields["Reason"] == "the test is over"
    await pair.start_ours()
    await pair.settled()
    assert len(await pair.their_events("gridworks.event.shutdown")) == 1


def _has_timed_out(pair: Pair) -> bool:
    names = [transition.transition_name for transition in pair.ours.transitions]
    return TransitionName.RESPONSE_TIMEOUT in names
