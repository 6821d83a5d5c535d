"""Events that the peer does not acknowledge while it lives: promise 5 of the events, sentence by
sentence. Hazards are those of link-states.md §4.
"""

from typing import Final

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.link_state import StateName
from gwproactor.domain.node import NodeCore
from gwproactor.domain.stored_event import Quarantined
from tests.support.core_driver import (
    CoreDriver,
    active,
    child_only,
    live,
    node_spec,
    of,
    problems,
    sent_ids,
    two_links,
)

POISON: Final = "gridworks.event.poison"
OTHER_POISON: Final = "gridworks.event.other.poison"
HOUR_S: Final = 3600.0


def node_with_deaf_peer(*, ack_timeout_s: float = 5.0) -> CoreDriver:
    """Its peer acks everything but poison."""
    node = active(ack_timeout_s=ack_timeout_s)
    node.acking, node.unacked_types = {"up"}, {POISON, OTHER_POISON}
    return node


def flow(node: CoreDriver, seconds: int) -> list[d.Decision]:
    """A good event each second."""
    decisions: list[d.Decision] = []
    for _ in range(seconds):
        decisions += node.generate(node.chance.new_id())
        decisions += node.run(1.0)
    return decisions


def tries_s(node: CoreDriver, message_id: str) -> list[int]:
    """When this event was sent, from the start of the driver's time."""
    return [
        round(time_s - 1_000.0)
        for time_s, decision in node.log
        if isinstance(decision, d.Publish) and decision.header.message_id == message_id
    ]


def quarantined(node: CoreDriver) -> list[str]:
    return [node.stored[number].message_id for number in sorted(node.quarantined)]


# Strikes


def test_three_strikes_quarantine_an_event_that_is_tried_beside_others() -> None:
    """Hazard 8."""
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    decisions = flow(node, 60)

    assert tries_s(node, "p") == [0, 15, 40]
    (put,) = of(d.Quarantine, decisions)
    assert put.event.type_name == POISON
    assert put.event.since_ms == node.wall_ms
    assert "unanswered tries: 3, 3 of them" in put.event.reason
    assert node.stored_ids() == ["p"]
    assert node.state() is StateName.ACTIVE


def test_one_problem_event_tells_of_it() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    (problem,) = problems(flow(node, 60))

    assert problem.summary == f"link 'up': the peer does not acknowledge {POISON!r}"
    assert "is in quarantine" in problem.details


def test_the_ack_of_a_ping_is_no_comparison() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    node.run(300)

    assert node.link().stats.pings > 3
    assert node.core.uploads.strikes.records[max(node.stored)].strikes <= 1
    assert quarantined(node) == []


def test_an_event_sent_before_the_try_is_no_comparison() -> None:
    node = node_with_deaf_peer()
    node.acking = set()
    node.generate("good")
    node.generate("p", POISON)
    node.run(1.0)
    node.ack("good")
    node.acking = {"up"}
    node.run(5.0)

    assert node.core.uploads.strikes.records[max(node.stored)].uncompared == 1


def test_an_event_acked_after_the_deadline_is_no_comparison() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    node.run(4.0)
    node.acking = set()
    node.generate("good")
    node.run(1.5)
    node.ack("good")

    assert node.core.uploads.strikes.records[min(node.stored)].uncompared == 1


def test_an_ack_is_no_comparison_if_it_was_read_late_and_the_deadline_was_not_looked_at() -> None:
    """A loop that was blocked reads both at once, and cannot tell which came first."""
    node = node_with_deaf_peer()
    node.acking = set()
    node.generate("p", POISON)
    node.generate("good")
    node.run(4.0)
    node.now_s += 2.0
    node.ack("good")
    node.feed(f.TimePassed())

    assert node.core.uploads.strikes.records[min(node.stored)].uncompared == 1


def test_an_event_acked_in_time_is_a_comparison() -> None:
    node = node_with_deaf_peer()
    node.acking = set()
    node.generate("p", POISON)
    node.generate("good")
    node.run(4.0)
    node.ack("good")
    node.run(1.0)

    assert node.core.uploads.strikes.records[min(node.stored)].strikes == 1


def test_strikes_are_not_forgotten_when_the_link_is_lost() -> None:
    node = node_with_deaf_peer()
    node.is_up, node.grants = True, 0
    node.generate("p", POISON)
    flow(node, 25)
    node.disconnect()
    flow(node, 3)
    assert quarantined(node) == []

    flow(node, 8)
    assert tries_s(node, "p")[:2] == [0, 15]
    assert len(tries_s(node, "p")) == 3
    assert quarantined(node) == ["p"]


# Nothing to compare


def test_a_lone_poison_event_is_only_backed_off_and_reported_once() -> None:
    """As in the capture `pair_11`: nothing but this event and pings is sent."""
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    decisions = node.run(4 * HOUR_S)

    assert tries_s(node, "p")[:6] == [0, 15, 40, 85, 150, 215]
    assert len(tries_s(node, "p")) > 4 * 55
    assert len(problems(decisions)) == 1
    assert quarantined(node) == []
    assert node.core.uploads.strikes.records[min(node.stored)].strikes == 1
    assert node.link().stats.timeouts == 0


def test_after_three_tries_with_nothing_to_compare_a_report_is_sent_after_the_fourth() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    node.run(84.0)
    assert problems([decision for _, decision in node.log]) == []

    decisions = node.run(1.0)
    (problem,) = problems(decisions)
    assert sent_ids(decisions)[:2] == ["p", problem.message_id]
    assert "sent again, and put in quarantine where" in problem.details


def test_its_ack_counts_against_every_lone_event_and_once() -> None:
    node = node_with_deaf_peer()
    for number in range(4):
        node.generate(f"p{number}", POISON)
    decisions = node.run(4 * HOUR_S)

    assert len(problems(decisions)) == 1
    assert quarantined(node) == []
    assert {r.strikes for r in node.core.uploads.strikes.records.values()} == {1}


def test_one_report_at_a_time_is_out() -> None:
    node = node_with_deaf_peer()
    node.unacked_types |= {"gridworks.event.problem"}
    node.generate("p", POISON)
    node.generate("o", OTHER_POISON)
    assert len(problems(node.run(HOUR_S))) == 1

    node.unacked_types -= {"gridworks.event.problem"}
    assert [OTHER_POISON in p.summary for p in problems(node.run(HOUR_S))] == [True]


def test_what_was_reported_is_not_reported_again_when_it_is_quarantined() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    node.run(HOUR_S)
    decisions = flow(node, 200)

    assert quarantined(node) == ["p"]
    assert problems(decisions) == []


def test_a_peer_whose_sink_is_down_while_it_acks_pings_quarantines_nothing() -> None:
    node = node_with_deaf_peer()
    node.sinks = False
    for number in range(300):
        node.generate(f"e{number}")
        node.run(1.0)
    node.sinks = True
    node.run(120.0)

    assert of(d.Quarantine, [decision for _, decision in node.log]) == []
    assert node.stored == {}
    assert node.link().stats.timeouts == 0


# In quarantine


def test_in_quarantine_the_oldest_of_each_type_is_tried_alone_and_hourly() -> None:
    node = node_with_deaf_peer()
    for number in range(3):
        node.generate(f"p{number}", POISON)
        node.generate(f"o{number}", OTHER_POISON)
    flow(node, 100)
    assert len(quarantined(node)) == 6

    before = len(node.log)
    node.run(2.1 * HOUR_S)
    tried = sent_ids([decision for _, decision in node.log[before:]])
    events = [i for i in tried if i[:1] in "po"]
    assert sorted(events) == ["o0", "o0", "p0", "p0"]


def test_while_one_is_tried_alone_new_events_wait_and_then_follow() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    flow(node, 50)
    due_s = node.core.uploads.alone.quarantine.due_s
    assert due_s is not None
    node.run(due_s - node.now_s - 0.005)
    node.generate("before")
    node.run(0.006)
    assert "p" not in sent_ids([decision for _, decision in node.log[-3:]])

    node.run(0.02)
    assert sent_ids(node.generate("during")) == []
    assert ways(node) == ["alone"]
    assert "during" in sent_ids(node.run(5.0))
    assert node.core.uploads.strikes.records == {}


def test_its_ack_releases_all_of_its_type() -> None:
    node = node_with_deaf_peer()
    for number in range(20):
        node.generate(f"p{number}", POISON)
    node.generate("o", OTHER_POISON)
    flow(node, 300)
    assert len(quarantined(node)) == 21

    node.unacked_types = {OTHER_POISON}
    decisions = node.run(HOUR_S)
    assert of(d.Release, decisions) == [d.Release(POISON)]
    assert node.stored_ids() == ["o"]
    assert tries_s(node, "p5")[-1] - tries_s(node, "p0")[-1] < 1


def test_a_late_ack_releases_them_too() -> None:
    node = node_with_deaf_peer()
    node.generate("p1", POISON)
    node.generate("p2", POISON)
    flow(node, 60)
    node.unacked_types = set()
    decisions = [*node.ack("p2"), *node.run(1.0)]

    assert of(d.Release, decisions) == [d.Release(POISON)]
    assert node.stored == {}


def test_if_the_oldest_is_gone_the_next_one_is_tried() -> None:
    node = node_with_deaf_peer()
    node.generate("p1", POISON)
    node.generate("p2", POISON)
    flow(node, 60)
    gone = min(node.quarantined)
    del node.stored[gone], node.quarantined[gone]
    before = len(node.log)
    node.run(2.1 * HOUR_S)

    assert "p2" in sent_ids([decision for _, decision in node.log[before:]])


def test_after_a_restart_the_store_says_what_to_try() -> None:
    node = live()
    node.unacked_types = {POISON}
    for number in range(2):
        event = node.accept(f"p{number}", POISON).sequence.number
        node.quarantined[event] = Quarantined(event, POISON, "why", 0)
    assert of(d.ReadQuarantine, node.start()) == [d.ReadQuarantine()]
    node.run(50.0)
    assert tries_s(node, "p0") == []

    node.run(2 * HOUR_S)
    assert [round(t, -1) for t in tries_s(node, "p0")] == [60, 3660]
    assert tries_s(node, "p1") == []


def test_a_node_without_upstream_asks_for_no_quarantine() -> None:
    node = two_links()
    assert len(node.all(d.ReadQuarantine)) == 1

    assert child_only().all(d.ReadQuarantine) == []


# Connections that end


def ways(node: CoreDriver) -> list[str]:
    return [upload.way.value for upload in node.core.uploads.un_acked.values()]


def killed(node: CoreDriver, type_name: str = POISON) -> CoreDriver:
    """Sending an event of this type ends the connection; it comes back by itself."""
    node.is_up, node.grants, node.acking = True, 0, {"up"}
    node.unacked_types, node.killing_types = set(), {type_name}
    return node


def test_an_event_that_ends_the_connection_is_found_and_all_others_arrive() -> None:
    node = killed(live())
    node.start()
    node.run(5.0)
    node.disconnect()
    for number in range(30):
        node.generate(f"e{number}", POISON if number == 12 else "gridworks.event.test")
    node.run(600.0)

    assert quarantined(node) == ["e12"]
    assert node.stored_ids() == ["e12"]
    assert node.state() is StateName.ACTIVE
    assert len(tries_s(node, "e12")) <= 6
    assert len([p for p in problems([x for _, x in node.log]) if POISON in p.summary]) == 1


def test_many_that_end_the_connection_are_found_by_a_node_that_has_one_event_un_acked() -> None:
    """Else those whose turn was longest ago would be forgotten, and found anew for ever."""
    node = killed(CoreDriver(NodeCore(node_spec(un_acked_max=1, reupload_window=1))))
    node.start()
    node.run(5.0)
    node.disconnect()
    for number in range(60):
        node.generate(f"e{number}", "gridworks.event.test" if number % 3 else POISON)
    node.run(HOUR_S)

    assert quarantined(node) == [f"e{number}" for number in range(0, 60, 3)]
    assert quarantined(node) == node.stored_ids()


def test_it_is_sent_last_and_alone_once_another_event_was_acked_on_that_connection() -> None:
    node = killed(live())
    node.start()
    node.run(5.0)
    node.disconnect()
    for number in range(30):
        node.generate(f"e{number}", POISON if number == 2 else "gridworks.event.test")
    node.run(600.0)
    starts = [i for i, (_, x) in enumerate(node.log) if isinstance(x, d.Subscribe)]
    log = [decision for _, decision in node.log]
    tries = [i for i, x in enumerate(log) if "e2" in sent_ids([x])]

    for at in tries[3:]:
        connected = max(start for start in starts if start < at)
        here, before = log[connected:at], log[:at]
        assert of(d.Forget, here)
        assert set(sent_ids(here)) & {f"e{number}" for number in range(30)} <= acked(here)
        assert acked(before) >= {f"e{number}" for number in range(30) if number != 2}
    assert len(tries) >= 5
    assert quarantined(node) == ["e2"]


def acked(decisions: list[d.Decision]) -> set[str]:
    return {forget.message_id for forget in of(d.Forget, decisions)}


def cut_while_waiting(node: CoreDriver, times: int) -> None:
    """The connection ends so often while "e" is waited for, and comes back."""
    node.generate("e")
    for _ in range(times):
        node.disconnect()
        node.connect()
        node.suback()
        node.hear()


def test_the_hourly_try_that_ends_the_connection_blames_nobody_and_is_due_in_an_hour() -> None:
    node = killed(live())
    node.start()
    node.run(5.0)
    node.disconnect()
    node.generate("e0", POISON)
    flow(node, 300)
    assert quarantined(node) == ["e0"]
    before_s = tries_s(node, "e0")[-1]
    while len([t for t in tries_s(node, "e0") if t > before_s]) < 2:
        flow(node, 60)

    first_s, second_s = tries_s(node, "e0")[-2:]
    assert HOUR_S <= second_s - first_s < HOUR_S + 120
    assert node.core.uploads.strikes.records == {}
    assert quarantined(node) == ["e0"]


def test_one_connection_that_ends_makes_no_suspect() -> None:
    node = active()
    cut_while_waiting(node, 1)

    assert "e" in node.link().acks.waiting


def test_a_suspect_waits_until_something_else_was_acked() -> None:
    node = active()
    cut_while_waiting(node, 2)
    assert "e" not in node.link().acks.waiting
    assert node.core.uploads.alone.suspects.keys() == {"e"}

    node.ack_all()
    assert node.stored == {}


def test_if_nothing_else_is_acked_a_suspect_waits_for_a_minute_and_its_end_is_no_strike() -> None:
    node = active()
    cut_while_waiting(node, 2)
    node.acking, node.unacked_types = {"up"}, {e.type_name for e in node.stored.values()}
    number = next(n for n, e in node.stored.items() if e.message_id == "e")
    node.run(59.0)
    assert "e" not in node.link().acks.waiting

    while "e" not in node.link().acks.waiting:
        node.run(0.1)
    assert 60 <= tries_s(node, "e")[-1] <= 66
    assert ways(node).count("alone") == 1
    node.disconnect()
    assert node.core.uploads.strikes.records[number].strikes == 0


def test_a_link_that_is_stopped_makes_no_suspect() -> None:
    node = active()
    node.generate("e")
    node.feed(f.LinkStopAsked("up"))

    assert node.core.uploads.strikes.records == {}


def test_a_response_timeout_is_an_end_too() -> None:
    node = active()
    node.generate("e")
    node.run(5.0)
    assert node.state() is StateName.AWAITING_PEER

    (record,) = node.core.uploads.strikes.records.values()
    assert record.cuts == 1


# Many


def test_a_thousand_poison_events_of_one_type_make_few_reports_and_none_is_silent() -> None:
    node = node_with_deaf_peer()
    for number in range(1000):
        node.generate(f"p{number}", POISON)
    node.generate("o", OTHER_POISON)
    flow(node, 4000)

    told = problems([decision for _, decision in node.log])
    assert len(node.quarantined) == 1001
    assert {OTHER_POISON in problem.summary for problem in told} == {True, False}
    assert len(told) <= 2 + 4000 / 600


def test_more_poison_than_may_be_un_acked_does_not_keep_good_events_behind_it() -> None:
    node = CoreDriver(NodeCore(node_spec(un_acked_max=10)))
    node.activate()
    node.acking, node.unacked_types = {"up"}, {POISON}
    for number in range(60):
        node.generate(f"p{number}", POISON)
    for number in range(60):
        node.generate(f"e{number}")
    node.run(900.0)

    assert {i for i in node.stored_ids() if i.startswith("e")} == set()
    node.run(HOUR_S)
    assert {i for i in node.stored_ids() if not i.startswith("p")} == set()


# What cannot be read


def test_what_cannot_be_read_is_put_in_quarantine_and_passed_over() -> None:
    """Hazard 5: in the original such a file stopped the node at every activation."""
    node = active()
    node.disconnect()
    events = [node.accept(f"j{i}") for i in range(12)]
    node.feed(*events)
    junk = tuple(f.UnreadableStored(event.sequence.number, "no") for event in events)
    node.reads = False
    node.connect()
    node.suback()
    node.generate("last")
    (read,) = of(d.ReadBacklog, node.hear())
    decisions = node.feed(f.BacklogRead(read.round, (), junk))

    assert [q.event.number for q in of(d.Quarantine, decisions)] == [j.number for j in junk]
    assert {q.event.type_name for q in of(d.Quarantine, decisions)} == {""}
    (problem,) = problems(decisions)
    assert problem.summary == "event store: 12 unreadable events are in quarantine"
    assert problem.details.count("\n") == 10
    (again,) = of(d.ReadBacklog, decisions)
    assert again.after == junk[-1].number


def test_what_cannot_be_read_takes_no_place_of_the_window() -> None:
    """Hazard 33."""
    node = active()
    node.disconnect()
    numbers = [node.accept(f"e{i}").sequence.number for i in range(20)]
    node.reads = False
    node.connect()
    node.suback()
    (read,) = of(d.ReadBacklog, node.hear())
    junk = tuple(f.UnreadableStored(number, "no") for number in numbers[1:6])
    good = tuple(node.stored[n] for n in sorted(node.stored) if n not in numbers[1:6])
    node.feed(f.BacklogRead(read.round, good, junk))

    # The live one is the problem event that tells of it.
    assert sorted(way for way in ways(node)) == [*["backlog"] * 5, "live", "live"]


def test_a_retry_that_cannot_be_read_any_more_is_not_tried_again() -> None:
    node = node_with_deaf_peer()
    node.generate("p", POISON)
    node.run(5.0)
    node.reads = False
    (read,) = of(d.ReadRetries, node.run(10.0))
    junk = (f.UnreadableStored(read.numbers[0], "no"),)
    decisions = node.feed(f.RetriesRead(read.round, read.numbers, (), junk))

    assert [q.event for q in of(d.Quarantine, decisions)] == [
        Quarantined(read.numbers[0], "", "no", node.wall_ms)
    ]
    assert "p" not in node.core.uploads.un_acked
