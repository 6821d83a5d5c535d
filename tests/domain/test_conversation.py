"""Messages, acks and pings of a link. Hazards are those of link-states.md §4."""

import pytest

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.link_state import StateName, TransitionName
from gwproactor.domain.message import Header, Message
from gwproactor.domain.payloads import Ack, DBGPayload, Ping, Shutdown
from tests.support.core_driver import (
    acked_ids,
    active,
    any_event,
    driver,
    link_spec,
    of,
    problems,
    raised,
    sent,
    sent_ids,
    transitions,
    two_links,
)

# Activation


def test_a_message_of_the_peer_activates_a_subscribed_link() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()
    moved = transitions(node.hear())

    assert [(m.transition_name, m.new_state) for m in moved] == [
        (TransitionName.MESSAGE_FROM_PEER, StateName.ACTIVE)
    ]


def test_a_message_before_the_suback_leaves_activation_to_the_suback() -> None:
    node = driver()
    node.start()
    node.connect()
    node.hear()
    assert node.state() is StateName.AWAITING_SETUP

    node.suback()
    assert node.state() is StateName.ACTIVE


def test_activation_announces_reads_the_backlog_tells_and_then_handles_the_message() -> None:
    node = driver()
    node.reads = False
    node.start()
    node.connect()
    node.suback()
    decisions = node.hear()

    assert [type(decision) for decision in decisions] == [
        d.Announce,
        d.ReadBacklog,
        d.Raise,
        d.Publish,
        d.Publish,
    ]
    assert raised(decisions) == ["comm.peer.active"]
    assert sent(decisions) == ["ack", "event.comm.peer.active"]


def test_activation_by_the_suback_is_told_after_the_subscription_and_the_ping() -> None:
    node = driver()
    node.start()
    node.connect()
    node.hear()
    decisions = node.suback()

    assert raised(decisions) == ["comm.mqtt.fully.subscribed", "comm.peer.active"]
    assert sent(decisions).count("ping") == 1


def test_a_link_that_is_not_upstream_is_pinged_on_activation() -> None:
    node = driver(link_spec("kid"))
    node.start()
    node.connect()
    node.suback()

    assert sent(node.hear(link="kid")) == ["ping", "ack"]


def test_an_upstream_link_is_not_pinged_on_activation_its_event_asks_for_an_ack() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()

    assert "ping" not in sent(node.hear())


def test_an_upstream_link_whose_event_is_left_out_is_pinged_on_activation() -> None:
    node = active()
    for _ in range(10):
        node.disconnect()
        node.run(1.0)
        node.connect()
    node.suback()

    decisions = node.hear()

    assert "comm.peer.active" not in raised(decisions)
    assert "ping" in sent(decisions)


def test_the_ack_that_activates_is_counted_as_one() -> None:
    node = driver()
    node.start()
    node.connect()
    ping = sent_ids(node.suback())[0]
    node.ack(ping)

    assert node.link().stats.acks_received == 1
    assert node.link().stats.acks_unmatched == 0


def test_pings_from_before_the_peer_was_there_are_no_loss() -> None:
    """Hazard 16: the original left `active` when their timers fired."""
    node = driver()
    node.start()
    node.connect()
    node.suback()
    node.run(4.0)
    node.acking = {"up"}
    node.hear()
    node.run(30.0)

    assert node.link().stats.timeouts == 0
    assert node.state() is StateName.ACTIVE


def test_a_message_from_before_the_peer_was_there_is_no_loss_either() -> None:
    """Hazard 16."""
    node = driver()
    node.start()
    node.connect()
    node.suback()
    node.feed(f.MessageSent("up", "early", ack_required=True))
    node.run(4.0)
    node.acking = {"up"}
    node.hear()
    node.run(30.0)

    assert node.link().stats.timeouts == 0
    assert node.link().stats.unanswered == 1


# Received messages


def test_a_message_goes_to_the_application_and_is_acked_after_it() -> None:
    node = active()
    message = node.arriving(Shutdown(), message_id="m1", ack_required=True)
    decisions = node.feed(message)

    assert decisions[0] == d.Deliver("up", message.message)
    assert acked_ids(decisions) == ["m1"]
    assert len(decisions) == 2


def test_an_ack_goes_back_to_the_link_it_came_by() -> None:
    node = two_links()
    decisions = node.feed(node.arriving(Shutdown(), "kid", message_id="m1", ack_required=True))
    ack = of(d.Publish, decisions)[0]

    assert ack.topic == "gw/own-long/to/pkid/gridworks-ack"
    assert not ack.header.ack_required
    assert ack.header.message_id == ""


def test_a_message_that_wants_no_ack_gets_none() -> None:
    node = active()
    decisions = node.feed(node.arriving(Shutdown(), ack_required=False))

    assert [type(decision) for decision in decisions] == [d.Deliver]


def test_a_ping_is_acked_and_not_delivered() -> None:
    decisions = active().hear(Ping(message_id="p1"))

    assert acked_ids(decisions) == ["p1"]
    assert len(decisions) == 1


def test_an_ack_is_neither_acked_nor_delivered() -> None:
    node = active()

    assert node.feed(node.arriving(Ack(ack_message_id="x"), ack_required=True)) == []


def test_a_message_that_wants_an_ack_but_has_no_id_is_processed_and_not_acked() -> None:
    """Hazard 18."""
    node = active()
    decisions = node.feed(node.arriving(DBGPayload(), ack_required=True))

    assert [type(decision) for decision in decisions] == [d.Deliver]
    assert node.link().stats.without_id == 1


def test_an_event_is_kept_before_anything_else() -> None:
    node = active()
    node.keeps = False
    arriving = node.arriving(any_event("x1"))

    assert node.feed(arriving) == [d.Keep("up", arriving.message, from_peer=True)]


def test_an_event_that_is_kept_is_delivered_and_then_acked() -> None:
    node = active()
    node.keeps = False
    arriving = node.arriving(any_event("x1"))
    node.feed(arriving)
    decisions = node.feed(f.EventKept("up", arriving.message, from_peer=True, duplicate=False))

    assert decisions[0] == d.Deliver("up", arriving.message)
    assert acked_ids(decisions) == ["x1"]


def test_a_duplicate_is_acked_and_not_delivered() -> None:
    node = active()
    node.hear(any_event("x1"))
    decisions = node.hear(any_event("x1"))

    assert of(d.Deliver, decisions) == []
    assert acked_ids(decisions) == ["x1"]
    assert node.link().stats.duplicates == 1


def test_an_event_that_is_not_kept_is_not_acked_and_a_problem() -> None:
    """Hazard 4."""
    node = active()
    node.keeps = False
    node.hear(any_event("x1"))
    decisions = node.feed(f.EventNotKept("up", "disk full"))

    assert acked_ids(decisions) == []
    assert [problem.details for problem in problems(decisions)] == ["disk full"]
    assert node.link().stats.events_not_kept == 1


def test_an_event_without_an_id_is_delivered_each_time_for_it_has_no_duplicate() -> None:
    node = active()
    node.hear(any_event(""))
    decisions = node.hear(any_event(""))

    assert len(of(d.Deliver, decisions)) == 1
    assert of(d.Publish, decisions) == []


def test_an_event_kept_after_the_loss_of_the_link_is_delivered_and_not_acked() -> None:
    node = active()
    node.keeps = False
    arriving = node.arriving(any_event("x1"))
    node.feed(arriving)
    node.disconnect()

    decisions = node.feed(f.EventKept("up", arriving.message, from_peer=True, duplicate=False))
    assert decisions == [d.Deliver("up", arriving.message)]


def test_a_retained_message_goes_to_the_application_but_is_no_sign_of_life() -> None:
    """Hazard 22."""
    node = driver()
    node.start()
    node.connect()
    node.suback()
    decisions = node.feed(
        node.arriving(Shutdown(), message_id="m1", ack_required=True, retained=True)
    )

    assert [type(decision) for decision in decisions] == [d.Deliver]
    assert node.state() is StateName.AWAITING_PEER
    assert node.link().stats.retained == 1


def test_a_retained_ack_acks_nothing() -> None:
    """Hazard 22."""
    node = active()
    node.generate("e1")

    assert node.feed(node.arriving(Ack(ack_message_id="e1"), retained=True)) == []
    assert "e1" in node.stored_ids()


def test_a_retained_event_is_kept_and_delivered_but_not_acked() -> None:
    node = active()
    decisions = node.feed(node.arriving(any_event("x1"), retained=True))

    assert len(of(d.Deliver, decisions)) == 1
    assert of(d.Publish, decisions) == []


def test_a_message_by_an_extra_filter_is_no_sign_of_life_and_never_acked() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()
    decisions = node.feed(
        node.arriving(Shutdown(), message_id="m1", ack_required=True, from_peer=False)
    )

    assert [type(decision) for decision in decisions] == [d.Deliver]
    assert node.state() is StateName.AWAITING_PEER


def test_a_message_on_a_link_that_is_not_connected_is_ignored() -> None:
    node = active()
    node.disconnect()

    assert node.hear(Ping(message_id="p1")) == []
    assert node.state() is StateName.CONNECTING


def test_what_cannot_be_decoded_is_no_sign_of_life() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()
    node.feed(f.UnreadableArrived("up", "topic", "detail"))

    assert node.state() is StateName.AWAITING_PEER


def test_a_message_without_a_received_part_is_taken_as_it_is() -> None:
    node = active()
    message = Message(Header("peer.up", message_type="gridworks.shutdown"), Shutdown())

    assert node.feed(f.MessageArrived("up", message, from_peer=True)) == [d.Deliver("up", message)]


# Silence


def test_a_ping_is_due_when_nothing_was_sent_for_the_poll_time() -> None:
    node = active(poll_s=60)
    for _ in range(5):
        node.run(11.9)
        node.ack("hello")
    assert node.link().stats.pings == 1

    assert sent(node.run(0.5)) == ["ping"]


def test_a_ping_is_due_when_nothing_was_heard_for_the_poll_time_whatever_is_sent() -> None:
    """Hazard 17: the original looked at sending alone, and never found out."""
    node = active(poll_s=60)
    for _ in range(5):
        node.run(11.9)
        node.feed(f.MessageSent("up", "", ack_required=False))
    assert node.link().stats.pings == 1

    assert sent(node.run(0.5)) == ["ping"]


def test_no_ping_is_due_while_both_sides_talk() -> None:
    node = active(poll_s=60)
    for _ in range(20):
        node.run(30)
        node.hear()

    assert node.link().stats.pings == 1


def test_an_original_peer_that_is_merely_quiet_stays_active() -> None:
    node = active()
    node.acking = {"up"}
    node.run(3600)

    assert node.state() is StateName.ACTIVE
    assert node.link().stats.timeouts == 0
    assert node.link().stats.pings in range(59, 62)


@pytest.mark.parametrize("sending_every_s", [1.0, 7.0, 59.0, 1000.0])
def test_a_silent_peer_is_found_within_poll_and_ack_timeout(sending_every_s: float) -> None:
    """Hazard 17."""
    node = active(poll_s=60, ack_timeout_s=5)
    node.hear()
    silent_s = node.now_s
    while node.state() is StateName.ACTIVE:
        node.run(min(sending_every_s, 0.5))
        if (node.now_s - silent_s) % sending_every_s < 0.5:
            node.feed(f.MessageSent("up", "", ack_required=False))

    assert node.now_s - silent_s <= 65.5


def test_an_ack_timeout_with_nothing_acked_since_is_a_lost_peer() -> None:
    node = active()
    node.generate("e1")
    node.run(4.99)
    assert node.state() is StateName.ACTIVE
    decisions = node.run(0.02)

    assert node.state() is StateName.AWAITING_PEER
    assert raised(decisions) == ["comm.response.timeout"]
    assert sent(decisions) == ["ping"]
    assert node.link().stats.timeouts == 1


def test_at_half_time_one_ping_asks_whether_the_peer_lives() -> None:
    node = active()
    node.generate("e1")
    assert sent(node.run(2.49)) == []

    assert sent(node.run(0.02)) == ["ping"]
    assert sent(node.run(2.4)) == []


def test_a_peer_that_acks_that_ping_stays_active() -> None:
    node = active()
    node.generate("e1")
    node.acking = {"up"}
    decisions = node.run(6)

    assert node.state() is StateName.ACTIVE
    assert raised(decisions) == []
    assert node.link().stats.unanswered == 1


def test_one_lost_ping_is_not_a_lost_peer() -> None:
    node = active(poll_s=60)
    assert sent(node.run(60)) == ["ping"]
    node.acking = {"up"}
    node.run(10)

    assert node.link().stats.timeouts == 0


def test_a_message_that_can_have_no_ack_is_not_waited_for() -> None:
    """Hazard 18: without an id, or before the subscriptions are granted."""
    node = active()
    node.acking = {"up"}
    node.feed(f.MessageSent("up", "", ack_required=True))
    node.run(20)
    assert node.link().stats.timeouts == node.link().stats.unanswered == 0

    early = driver()
    early.start()
    early.connect()
    early.feed(f.MessageSent("up", "m", ack_required=True))
    early.run(14)
    assert problems([decision for _, decision in early.log]) == []


def test_messages_sent_while_there_is_no_connection_are_not_collected() -> None:
    node = driver()
    node.start()
    for number in range(10):
        node.feed(f.MessageSent("up", str(number), ack_required=True))

    assert node.link().acks.waiting == {}


def test_after_a_lost_peer_nothing_more_is_judged_until_the_next_ping() -> None:
    node = active(poll_s=60)
    for number in range(5):
        node.generate(f"e{number}")
        node.run(0.5)
    node.run(3)
    assert node.link().stats.timeouts == 1
    decisions = node.run(50)

    assert raised(decisions) == []
    assert sent(decisions) == []
    # the ping that followed the loss was not answered: that is counted, and no more
    assert node.link().stats.timeouts == 2


def test_a_peer_that_was_not_heard_yet_is_not_probed() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback()
    node.run(3)

    assert node.feed(f.TimePassed()) == []


def test_a_loss_of_the_connection_ends_the_waiting_for_acks() -> None:
    node = active()
    node.generate("e1")
    node.disconnect()

    assert node.link().acks.waiting == {}


def test_a_peer_that_comes_back_is_active_again_and_gets_all() -> None:
    node = active()
    node.generate("e1")
    node.run(10)
    node.acking = {"up"}
    node.hear()
    node.run(10)

    assert node.state() is StateName.ACTIVE
    assert node.stored == {}


def test_the_timeout_of_one_link_leaves_the_upload_of_another_alone() -> None:
    """Hazard 7: the original cleared the upstream reupload."""
    node = driver(link_spec("up"), link_spec("kid"))
    node.start()
    node.connect()
    for number in range(20):
        node.generate(f"e{number}")
    node.suback(request=1)
    node.suback(request=2)
    node.hear(link="kid")
    node.hear(link="up")
    before = dict(node.core.uploads.un_acked)
    for _ in range(6):
        node.run(1.0)
        for ping in [i for i in node.link("up").acks.waiting if i.startswith("id-")]:
            node.ack(ping)
    assert node.state("kid") is StateName.AWAITING_PEER
    assert node.state("up") is StateName.ACTIVE

    node.acking = {"up"}
    node.run(30)
    assert before
    assert node.stored == {}
    assert node.core.uploads.stats.reuploads_started == 1
    assert node.core.uploads.stats.reuploads_completed == 1


# Memory


def test_topics_of_many_types_do_not_fill_the_memory() -> None:
    """Hazard 25."""
    link = active().link()
    for number in range(2500):
        link.topic(f"type.{number}")

    assert len(link._topics) <= 1000


def test_topics_of_long_types_are_not_remembered() -> None:
    """Hazard 25: a relay sends on what its peers name."""
    link = active().link()
    topics = {link.topic(f"{'x' * 60_000}.{number}") for number in range(10)}

    assert len(topics) == 10
    assert sum(map(len, link._topics)) < 1_000
