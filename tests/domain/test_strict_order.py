"""`upload_order = strict`: one event un-acked at a time, in the order of creation."""

from typing import Final

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.node import NodeCore, UploadOrder
from tests.support.core_driver import CoreDriver, node_spec, of, problems, sent_ids

POISON: Final = "gridworks.event.poison"
PROBLEM: Final = "gridworks.event.problem"
HOUR_S: Final = 3600.0


def strict() -> CoreDriver:
    """An active node; its peer acks everything but poison, and its broker comes back."""
    node = CoreDriver(NodeCore(node_spec(upload_order=UploadOrder.STRICT)))
    node.activate()
    assert node.stored == {}
    node.acking, node.unacked_types = {"up"}, {POISON}
    node.is_up, node.grants = True, 0
    return node


def generate(node: CoreDriver, *ids: str) -> None:
    """Events, of which those that begin with p are poison."""
    for message_id in ids:
        node.generate(message_id, POISON if message_id[0] == "p" else "gridworks.event.test")


def sent(node: CoreDriver) -> list[str]:
    """The tests' own events in the order of their sending."""
    return [i for i in sent_ids([x for _, x in node.log]) if i and not i.startswith("id-")]


def acked(node: CoreDriver) -> list[str]:
    forgets = of(d.Forget, [decision for _, decision in node.log])
    return [x.message_id for x in forgets if not x.message_id.startswith("id-")]


def reports(node: CoreDriver) -> list[str]:
    """What told of poison, each time that it was sent."""
    publishes = of(d.Publish, [decision for _, decision in node.log])
    return [x.header.message_id for x in publishes if x.header.message_type == PROBLEM]


def test_one_event_is_un_acked_at_a_time() -> None:
    node = strict()
    node.acking = set()
    generate(node, "a", "b", "c")
    assert sent(node) == ["a"]

    node.ack("a")
    assert sent(node) == ["a", "b"]
    node.ack("b")
    node.ack("c")
    assert node.stored == {}


def test_live_events_wait_behind_the_backlog() -> None:
    node = strict()
    node.disconnect()
    generate(node, *(f"e{number}" for number in range(150)))
    for number in range(150, 200):
        node.run(0.1)
        generate(node, f"e{number}")
    node.run(10.0)

    assert acked(node) == [f"e{number}" for number in range(200)]


def test_the_order_of_arrival_is_that_of_creation_through_losses_and_a_sink_that_is_down() -> None:
    node = strict()
    for number in range(300):
        generate(node, f"e{number}")
        node.sinks = not 100 <= number < 150
        if number % 40 == 7:
            node.disconnect()
        node.run(1.0)
    node.run(300.0)

    assert acked(node) == [f"e{number}" for number in range(300)]
    assert of(d.Quarantine, [decision for _, decision in node.log]) == []


def test_what_is_unanswered_keeps_its_place_and_blocks() -> None:
    node = strict()
    generate(node, "p", "a", "b")
    node.run(80.0)

    assert sent(node) == ["p", "p", "p"]


def test_the_report_alone_overtakes_and_after_quarantine_the_others_follow_in_order() -> None:
    node = strict()
    generate(node, "a", "p", "b", "c")
    node.run(400.0)

    assert sent(node) == ["a", *["p"] * 6, "b", "c"]
    assert acked(node) == ["a", "b", "c"]
    assert node.stored_ids() == ["p"]
    assert len(node.quarantined) == 1


def test_one_report_is_stored_and_sent_with_each_try_that_is_to_be_compared() -> None:
    """The peer drops duplicates."""
    node = strict()
    generate(node, "p", "b")
    node.run(400.0)

    assert len(problems([decision for _, decision in node.log])) == 1
    assert len(reports(node)) == 3
    assert len(set(reports(node))) == 1


def test_the_next_poison_event_is_compared_at_once_with_the_same_report() -> None:
    node = strict()
    generate(node, "p1", "p2", "b")
    node.run(400.0)
    start_s = next(t for t, x in node.log if "p2" in sent_ids([x]))
    put_s = [t for t, x in node.log if isinstance(x, d.Quarantine)]

    assert acked(node) == ["b"]
    assert len(problems([decision for _, decision in node.log])) == 1
    # 5 s, then back-offs of 10, 20 and 40 s, each with 5 s to be found unanswered
    assert put_s[1] - start_s <= 91


def test_a_report_that_is_not_acked_either_proves_nothing() -> None:
    node = strict()
    node.sinks = False
    generate(node, "a", "b")
    node.run(600.0)
    assert len(set(reports(node))) == 1
    assert node.quarantined == {}

    node.sinks = True
    node.run(120.0)
    assert acked(node) == ["a", "b"]
    assert node.stored == {}


def test_an_event_that_ends_the_connection_is_found_and_the_others_follow_in_order() -> None:
    node = strict()
    node.unacked_types, node.killing_types = set(), {POISON}
    generate(node, "a", "p", "b", "c")
    node.run(900.0)

    assert acked(node) == ["a", "b", "c"]
    assert node.stored_ids() == ["p"]
    assert len(node.quarantined) == 1
    assert len(set(reports(node))) == 1


def test_the_shutdown_event_does_not_overtake() -> None:
    node = strict()
    node.acking = set()
    generate(node, "a", "b")
    decisions = node.feed(f.StopAsked("end"))

    assert sent_ids(decisions) == []
    assert node.core.stopped
    assert [e.type_name for e in node.stored.values()][-1] == "gridworks.event.shutdown"


def test_if_nothing_else_is_to_be_sent_the_shutdown_event_is() -> None:
    node = strict()
    node.feed(f.StopAsked("end"))
    node.run(1.0)

    assert node.core.stopped
    assert node.stored == {}


def test_a_quarantined_event_is_tried_hourly_between_two_others() -> None:
    node = strict()
    generate(node, "p", "b")
    node.run(400.0)
    before = len(node.log)
    node.run(2 * HOUR_S)
    tried = sent_ids([decision for _, decision in node.log[before:]])
    assert tried.count("p") == 2

    node.unacked_types = set()
    node.run(HOUR_S)
    assert node.stored == {}
    assert acked(node) == ["b", "p"]
