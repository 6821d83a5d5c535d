"""The life of a node, and its time. Hazards are those of link-states.md §4."""

from collections.abc import Callable

import attrs
import pytest

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.events import ShutdownEvent, StartupEvent
from gwproactor.domain.link_state import StateName
from gwproactor.domain.message import Sequence
from gwproactor.domain.moment import Moment
from gwproactor.domain.node import NodeCore, NodeSpec
from gwproactor.domain.payloads import Ping
from gwproactor.domain.subscription import QOS
from tests.support.core_driver import (
    EXTRA,
    CoreDriver,
    active,
    any_event,
    child_only,
    driver,
    link_spec,
    live,
    node_spec,
    of,
    raised,
    sent,
    sent_ids,
    transitions,
)

# Construction


def test_links_that_clash_are_refused() -> None:
    with pytest.raises(ValueError, match="two links named 'up'"):
        NodeCore(node_spec(link_spec("up"), link_spec("up")))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("poll_s", lambda: node_spec(poll_s=0)),
        ("ack_timeout_s", lambda: node_spec(ack_timeout_s=0)),
        ("reupload_window", lambda: node_spec(reupload_window=0)),
        ("un_acked_max", lambda: node_spec(un_acked_max=0)),
    ],
)
def test_a_setting_that_would_spin_or_stall_is_refused(
    name: str, make: Callable[[], NodeSpec]
) -> None:
    with pytest.raises(ValueError, match=name):
        make()


def test_upstream_and_primary_peer_are_the_links_marked_so() -> None:
    kid = attrs.evolve(link_spec("kid"), primary_peer=True)
    core = NodeCore(node_spec(link_spec("up"), kid))

    assert core.upstream is core.links["up"]
    assert core.primary_peer is core.links["kid"]


def test_before_the_start_nothing_is_waited_for() -> None:
    assert driver().core.wake_s is None


# Start


def test_the_start_is_told_and_the_broker_called() -> None:
    decisions = driver().start()

    assert of(d.Raise, decisions)[0] == d.Raise(StartupEvent())
    assert of(d.Connect, decisions) == [d.Connect("b")]


def test_the_start_takes_each_link_to_connecting() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    moved = transitions(node.start())

    assert [(m.link_name, m.new_state) for m in moved] == [
        ("up", StateName.CONNECTING),
        ("kid", StateName.CONNECTING),
    ]


def test_links_on_one_broker_share_one_connection() -> None:
    assert len(of(d.Connect, driver(link_spec("up"), link_spec("kid")).start())) == 1


def test_each_broker_gets_a_connection() -> None:
    node = driver(link_spec("up"), link_spec("kid", broker="c"))

    assert of(d.Connect, node.start()) == [d.Connect("b"), d.Connect("c")]


# Stop


def stop(node: CoreDriver) -> list[d.Decision]:
    return node.feed(f.StopAsked("enough"))


def is_finished(decisions: list[d.Decision]) -> bool:
    return d.FinishStop() in decisions


def test_a_stop_is_told_and_waits_for_the_ack() -> None:
    node = active()
    decisions = stop(node)

    assert [
        e.event.reason for e in of(d.Raise, decisions) if isinstance(e.event, ShutdownEvent)
    ] == ["enough"]
    assert sent(decisions) == ["event.shutdown"]
    assert not is_finished(decisions)
    assert node.core.stopping


def test_the_ack_of_the_shutdown_event_finishes_the_stop() -> None:
    """Hazard 32: the original's shutdown event always arrived twice."""
    node = active()
    shutdown_id = sent_ids(stop(node))[0]
    decisions = node.ack(shutdown_id)

    assert decisions[0] == d.Forget(max(node.forgotten), shutdown_id)
    assert decisions[-2:] == [d.Disconnect("b"), d.FinishStop()]
    assert node.stored == {}
    assert node.core.stopped


def test_another_ack_does_not_finish_the_stop() -> None:
    node = active()
    node.generate("e1")
    stop(node)

    assert not is_finished(node.ack("e1"))


@pytest.mark.parametrize(("ack_timeout_s", "waits_s"), [(5.0, 2.0), (1.0, 1.0)])
def test_without_an_ack_the_stop_is_finished_soon(ack_timeout_s: float, waits_s: float) -> None:
    node = active(ack_timeout_s=ack_timeout_s)
    stop(node)
    assert not is_finished(node.run(waits_s - 0.01))

    assert is_finished(node.run(0.02))


def test_a_stop_is_told_even_if_as_much_is_un_acked_as_may_be() -> None:
    node = CoreDriver(NodeCore(node_spec(un_acked_max=1)))
    node.activate()
    node.generate("e1")
    decisions = stop(node)
    assert sent(decisions) == ["event.shutdown"]
    assert not is_finished(decisions)

    assert is_finished(node.ack(sent_ids(decisions)[0]))
    assert node.stored_ids() == ["e1"]


def test_a_stop_that_nobody_acks_is_finished_once() -> None:
    node = active()
    stop(node)

    assert of(d.FinishStop, node.run(10)) == [d.FinishStop()]


def test_a_stop_without_an_active_upstream_link_is_finished_at_once() -> None:
    node = driver()
    node.start()

    assert is_finished(stop(node))


def test_a_stop_is_finished_when_the_upstream_link_is_lost() -> None:
    node = active()
    stop(node)

    assert is_finished(node.disconnect())


def test_a_stop_without_an_upstream_link_is_finished_at_once() -> None:
    assert is_finished(stop(child_only()))


def test_a_stop_whose_event_is_refused_is_finished_at_once() -> None:
    node = active()
    node.stores = False

    assert is_finished(stop(node))


def test_a_childs_shutdown_event_is_not_taken_for_the_own() -> None:
    """A relay forwards its child's events as its own."""
    node = active()
    node.stores = False
    assert not is_finished(stop_without_store(node))
    decisions = node.generate("childs", ShutdownEvent.wire.type_name)

    assert not is_finished(decisions)
    assert not is_finished(node.ack("childs"))


def stop_without_store(node: CoreDriver) -> list[d.Decision]:
    """The stop is asked; the store has not answered yet."""
    return node.core.decide(f.StopAsked("x"), Moment(node.now_s, 0, node.chance))


def test_a_stop_ends_each_link_and_each_connection() -> None:
    node = driver(link_spec("up"), link_spec("kid"), link_spec("far", broker="c"))
    node.start()
    node.connect("b")
    decisions = stop(node)

    assert {node.state(name) for name in ("up", "kid", "far")} == {StateName.STOPPED}
    assert of(d.Disconnect, decisions) == [d.Disconnect("b"), d.Disconnect("c")]
    assert len(of(d.FinishStop, decisions)) == 1


def test_a_second_stop_does_nothing() -> None:
    node = active()
    stop(node)

    assert stop(node) == []


def test_a_stop_before_the_start_is_finished_and_nothing_starts_later() -> None:
    node = driver()

    assert is_finished(stop(node))
    assert node.start() == []
    assert node.state() is StateName.STOPPED


def test_a_start_while_the_node_stops_starts_nothing() -> None:
    node = driver()
    stop_without_store(node)

    assert node.start() == []


def test_a_stop_does_not_wait_for_a_second_try_of_its_event() -> None:
    node = active(ack_timeout_s=1)
    node.acking, node.unacked_types = {"up"}, {"gridworks.event.shutdown"}
    stop(node)

    assert is_finished(node.run(1.01))


def test_a_stop_now_ends_everything_and_waits_for_nobody() -> None:
    node = active()
    decisions = node.feed(f.StopNow("cancelled"))

    assert raised(decisions) == []
    assert decisions[-2:] == [d.Disconnect("b"), d.FinishStop()]
    assert node.state() is StateName.STOPPED
    assert node.core.stopping
    assert node.core.wake_s is None


def test_a_stop_now_ends_a_stop_that_waits() -> None:
    node = active()
    stop(node)
    decisions = node.feed(f.StopNow("cancelled"))

    assert decisions[-2:] == [d.Disconnect("b"), d.FinishStop()]
    assert len(of(d.FinishStop, decisions)) == 1


def test_a_stop_now_before_the_start_is_finished_and_nothing_starts_later() -> None:
    node = driver()

    assert is_finished(node.feed(f.StopNow("cancelled")))
    assert node.start() == []


def test_no_link_starts_while_the_node_stops() -> None:
    node = driver(link_spec("up"), link_spec("kid", broker="c"))
    node.feed(f.LinkStartAsked("up"))
    node.connect()
    node.suback()
    node.hear()
    node.ack_all()
    stop(node)

    assert node.feed(f.LinkStartAsked("kid")) == []


def test_after_the_stop_nothing_is_decided_or_waited_for() -> None:
    node = active()
    stop(node)
    node.run(3)
    late: list[f.Fact] = [
        f.BrokerConnected("b"),
        f.BrokerConnectFailed("b", "tcp", ""),
        f.BrokerDisconnected("b", ""),
        f.SubscribeAcked("b", 1, (0,)),
        f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce),
        f.LinkStartAsked("up"),
        f.LinkStopAsked("up"),
        f.EventRefused("gridworks.event.shutdown", "closed"),
        f.EventNotKept("up", "closed"),
        f.ProblemFound("a", "b", "c", "d"),
        f.ReadFailed(1, "closed"),
        f.StopAsked("again"),
        f.StopNow("again"),
        f.TimePassed(),
        f.EventAccepted(Sequence("e", 99), "m", "t", b""),
        node.arriving(Ping(message_id="p")),
    ]

    assert node.feed(*late) == []
    assert node.core.wake_s is None


def test_an_event_kept_after_the_stop_is_still_delivered() -> None:
    """As a duplicate after the restart it would only be acked."""
    node = active()
    message = node.arriving(any_event("x1")).message
    stop(node)
    node.run(3)

    kept = f.EventKept("up", message, from_peer=True, duplicate=False)
    assert node.feed(kept) == [d.Deliver("up", message)]
    assert node.feed(attrs.evolve(kept, duplicate=True)) == []


# Time


def test_while_the_broker_is_away_the_core_sleeps() -> None:
    """Hazard 1: the original turned 110,000 times a second."""
    node = live(poll_s=1)
    node.start()
    node.run(30)
    node.is_up = False
    node.disconnect()
    node.wakes = 0
    node.run(3600)

    assert node.wakes < 3600 / 60 * 2 + 20


def test_while_the_peer_is_away_the_core_wakes_for_its_pings_only() -> None:
    """Hazard 1."""
    node = live()
    node.acking = set()
    node.start()
    node.run(10)
    node.wakes = 0
    node.run(3600)

    # a ping and its deadline each minute
    assert node.wakes <= 2 * 60 + 2


@pytest.mark.parametrize("poll_s", [1.0, 5.0, 7.0])
def test_pings_to_an_absent_peer_keep_their_time_beside_the_ack_timeouts(poll_s: float) -> None:
    """Hazard 1, where a ping and a timeout fall on one instant."""
    node = live(poll_s=poll_s)
    node.acking = set()
    node.start()
    node.run(1)
    before = node.link().stats.pings
    node.run(700)

    assert node.link().stats.pings - before == 700 // poll_s


def test_a_quiet_live_link_wakes_for_its_pings_only() -> None:
    node = live()
    node.start()
    node.run(10)
    node.wakes = 0
    node.run(3600)

    # a ping, and half of its timeout, each minute
    assert node.wakes <= 2 * 60 + 2


def test_a_busy_live_link_wakes_no_more_often_than_its_deadlines() -> None:
    node = live()
    node.start()
    node.run(10)
    node.wakes = 0
    for number in range(1000):
        node.generate(f"e{number}")
        node.run(0.1)

    assert node.wakes <= 100 / 2 + 2


def test_time_that_passes_early_does_no_harm() -> None:
    node = active()
    node.generate("e1")
    before = node.core.wake_s
    for _ in range(5):
        assert node.feed(f.TimePassed()) == []

    assert node.core.wake_s == before


def test_time_that_passes_very_late_is_dealt_with_once() -> None:
    node = active()
    node.generate("e1")
    node.now_s += 1000
    decisions = node.feed(f.TimePassed())

    assert raised(decisions) == ["comm.response.timeout"]
    assert node.core.wake_s is not None
    assert node.core.wake_s > node.now_s


@pytest.mark.parametrize("step_ms", [-31_536_000_000, -3_600_000, 3_600_000, 31_536_000_000])
def test_a_step_of_the_wall_clock_changes_nothing(step_ms: int) -> None:
    """Hazard 20."""

    def history(step: int) -> list[tuple[float, d.Decision]]:
        node = live(link_spec("up"), link_spec("kid"))
        node.start()
        for number in range(20):
            node.run(20)
            node.generate(f"e{number}")
            node.wall_ms += step
        return node.log

    assert history(step_ms) == history(0)


# Counting


def test_a_node_counts_what_happens() -> None:
    node = active()
    node.generate("e1")
    node.feed(f.EventRefused("t", "full"))
    stats = node.core.stats

    # startup, connect, subscribed, peer.active and e1
    assert stats.events_generated == 5
    assert stats.events_refused == 1
    assert stats.links["up"].connects == 1
    assert stats.links["up"].received_by_type["gridworks.ping"] == 1
