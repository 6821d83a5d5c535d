"""Events of the node on their way up. Hazards are those of link-states.md §4."""

from typing import Final

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Header
from gwproactor.domain.node import NodeCore
from tests.support.core_driver import (
    LATENCY_S,
    CoreDriver,
    active,
    child_only,
    driver,
    live,
    node_spec,
    of,
    problems,
    sent,
    sent_ids,
    two_links,
)

POISON: Final = "gridworks.event.poison"


def test_an_event_is_sent_at_once_while_upstream_is_active() -> None:
    node = active()
    publish = of(d.Publish, node.generate("e1"))[0]

    assert publish == d.Publish(
        "up",
        "b",
        "gw/own-long/to/pup/gridworks-event-test",
        Header(
            "own.long",
            "pup",
            "gridworks.event.test",
            "e1",
            ack_required=True,
            sequence=node.stored[max(node.stored)].sequence,
        ),
        b"{}",
    )


def test_an_event_is_only_stored_while_upstream_is_not_active() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()

    assert sent(node.generate("e1")) == []


def test_the_ack_of_an_event_forgets_it() -> None:
    node = active()
    node.generate("e1")

    assert [forget.message_id for forget in of(d.Forget, node.ack("e1"))] == ["e1"]


def test_the_ack_of_an_event_on_another_link_is_ignored_and_counted() -> None:
    """Hazard 22."""
    node = two_links()
    node.generate("e1")

    assert node.ack("e1", link="kid") == []
    assert node.link("kid").stats.acks_unmatched == 1
    assert "e1" in node.stored_ids()


def test_the_ack_of_a_ping_on_another_link_is_no_answer() -> None:
    node = two_links(poll_s=10)
    node.acking = {"kid"}
    ping = next(x.header.message_id for x in of(d.Publish, node.run(10.0)) if x.link_name == "up")
    node.ack(ping, link="kid")
    node.run(5.0)

    assert node.state("up") is StateName.AWAITING_PEER


def test_an_ack_of_nothing_is_a_sign_of_life_and_counted() -> None:
    node = active()
    node.now_s += 10
    node.ack("unknown")

    assert node.link().stats.acks_unmatched == 1
    assert node.link().last_heard_s == node.now_s


def test_what_was_stored_goes_up_on_activation_a_window_at_a_time() -> None:
    node = driver()
    node.start()
    node.connect()
    for number in range(10):
        node.generate(f"e{number}")
    node.suback()
    ids = sent_ids(node.hear())

    # startup and connect were stored first, fully.subscribed last; peer.active goes up beside
    assert [i for i in ids if i.startswith("e")] == ["e0", "e1", "e2"]
    assert len([i for i in ids if i]) == 5 + 1
    assert sent_ids(node.ack("e1")) == ["e3"]


def test_everything_stored_during_an_outage_arrives_and_is_forgotten_once() -> None:
    node = live()
    node.start()
    node.run(1)
    node.disconnect()
    for number in range(500):
        node.generate(f"e{number}")
    node.run(60)

    assert node.stored == {}
    assert len(node.forgotten) == len(set(node.forgotten))


def test_after_a_loss_an_un_acked_event_goes_up_again() -> None:
    node = active()
    node.generate("e1")
    node.disconnect()
    node.connect()
    node.suback()

    assert "e1" in sent_ids(node.hear())


def test_an_unanswered_event_goes_up_again_while_the_link_stays_active() -> None:
    node = active()
    node.acking, node.unacked_types = {"up"}, {"gridworks.event.poison"}
    node.generate("poison", "gridworks.event.poison")
    tries_s = [round(node.now_s, 1)]
    start_s = node.now_s
    node.run(200)
    tries_s = [
        round(t - start_s)
        for t, x in node.log
        if isinstance(x, d.Publish) and x.header.message_id == "poison"
    ]

    # 5 s to be found unanswered, then 10, 20, 40, 60, 60 … s
    assert tries_s == [0, 15, 40, 85, 150]
    assert node.state() is StateName.ACTIVE


def test_an_event_that_the_peer_never_acks_does_not_hold_the_others() -> None:
    """Hazard 8."""
    node = active()
    node.acking, node.unacked_types = {"up"}, {"gridworks.event.poison"}
    for number in range(7):
        node.generate(f"p{number}", "gridworks.event.poison")
    node.generate("good")
    node.run(60)

    assert sorted(node.stored_ids()) == [f"p{number}" for number in range(7)]
    assert node.link().stats.timeouts == 0


BIG: Final = bytes(1_000_000)


def test_after_the_peers_sink_was_down_a_window_of_retries_follows_the_acks() -> None:
    """Not all of them at once, and not a few each back-off: what is due goes on with each ack."""
    node = active()
    node.acking, node.unacked_types = {"up"}, {"gridworks.event.big"}
    for number in range(150):
        node.generate(f"e{number}", "gridworks.event.big", BIG)
    node.run(120)
    assert len(node.stored) == 150
    assert node.core.uploads.retries.in_flight <= 5

    node.unacked_types = set()
    back_s, most, left = node.now_s, 0, {}
    while node.now_s < back_s + 60:
        node.run(LATENCY_S)
        most = max(most, node.core.uploads.retries.in_flight)
        left[round(node.now_s - back_s)] = len(node.stored)

    # Up to 5 s pass until the tries of before are found unanswered; the last back-off was 20 s.
    assert most == 5
    assert left[6] < 100
    assert left[30] == 0
    assert all(len(read.numbers) == 1 for read in node.all(d.ReadRetries))
    assert node.state() is StateName.ACTIVE


def test_poison_does_not_hold_up_what_is_tried_again() -> None:
    node = active()
    node.acking, node.unacked_types = {"up"}, {POISON, "gridworks.event.test"}
    for number in range(7):
        node.generate(f"p{number}", POISON)
    for number in range(100):
        node.generate(f"e{number}")
    node.run(60)
    node.unacked_types = {POISON}
    node.run(30)

    assert sorted(node.stored_ids()) == [f"p{number}" for number in range(7)]


def test_a_window_full_of_retries_costs_no_wakes() -> None:
    node = active()
    node.acking, node.unacked_types = {"up"}, {POISON}
    for number in range(50):
        node.generate(f"p{number}", POISON)
    node.run(60)
    node.wakes = 0
    node.run(600)

    # A window each 5 s: its probe and its verdict.
    assert node.wakes <= 600 / 5 * 3


def test_a_late_ack_clears_an_unanswered_event() -> None:
    node = active()
    node.acking, node.unacked_types = {"up"}, {"gridworks.event.slow"}
    node.generate("slow", "gridworks.event.slow")
    node.run(6)
    node.ack("slow")

    assert node.stored == {}
    assert node.link().stats.acks_unmatched == 0


def test_a_failed_read_of_the_store_is_told_and_repeated() -> None:
    node = driver()
    node.reads = False
    node.start()
    node.connect()
    node.suback()
    read = of(d.ReadBacklog, node.hear())[0]
    node.ack_all()
    node.acking = {"up"}

    assert "disk" in problems(node.feed(f.ReadFailed(read.round, "disk")))[0].details
    assert len(of(d.ReadBacklog, node.run(5.0))) == 1


def test_an_event_accepted_while_the_store_reads_is_sent_once() -> None:
    node = driver()
    node.reads = False
    node.start()
    node.connect()
    node.suback()
    read = of(d.ReadBacklog, node.hear())[0]
    node.generate("e1")
    node.feed(node.read(read))
    node.ack_all()

    ids = sent_ids([decision for _, decision in node.log])
    assert ids.count("e1") == 1
    assert node.stored == {}


def test_a_read_answered_after_a_loss_changes_nothing() -> None:
    node = driver()
    node.reads = False
    node.start()
    node.connect()
    node.suback()
    read = of(d.ReadBacklog, node.hear())[0]
    node.disconnect()

    assert node.feed(node.read(read)) == []


def test_a_node_without_upstream_sends_no_events() -> None:
    node = child_only()

    assert node.core.upstream is None
    assert sent(node.generate("e1")) == []


def test_an_unanswered_event_takes_no_place_of_what_may_be_in_flight() -> None:
    """Hazard 8: else as many of them as may be un-acked would block the link for ever."""
    node = CoreDriver(NodeCore(node_spec(un_acked_max=1)))
    node.activate()
    node.acking, node.unacked_types = {"up"}, {POISON}
    node.generate("poison", POISON)
    node.generate("next")
    node.run(4.9)
    assert "next" in node.stored_ids()

    assert "next" in sent_ids(node.run(0.2))
