"""Brokers, the links they carry and their subscriptions. Hazards are those of link-states.md §4."""

from itertools import pairwise

import pytest

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.link_state import StateName, TransitionName
from gwproactor.domain.payloads import Ping
from gwproactor.domain.subscription import QOS, Subscription
from tests.support.core_driver import (
    EXTRA,
    KID_FILTER,
    UP_FILTER,
    CoreDriver,
    active,
    comm_events,
    driver,
    link_spec,
    live,
    of,
    problems,
    raised,
    sent,
    transitions,
    two_links,
)

# Connect


def test_a_connect_is_told_and_subscribes() -> None:
    node = driver()
    node.start()
    decisions = node.connect()

    assert decisions == [
        d.Announce(transitions(decisions)[0]),
        d.Raise(comm_events(decisions)[0]),
        d.Subscribe("b", 1, (Subscription(UP_FILTER, QOS.AtMostOnce),)),
    ]
    assert raised(decisions) == ["comm.mqtt.connect"]
    assert node.state() is StateName.AWAITING_SETUP_AND_PEER


def test_each_link_of_a_connection_sends_one_subscribe() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.feed(f.SubscriptionAdded("kid", EXTRA, QOS.AtLeastOnce))
    node.start()
    subscribes = of(d.Subscribe, node.connect())

    assert [[s.Topic for s in each.subscriptions] for each in subscribes] == [
        [UP_FILTER],
        [KID_FILTER, EXTRA],
    ]
    assert len({each.request for each in subscribes}) == 2


def test_nothing_is_published_before_the_suback() -> None:
    node = driver()
    node.start()

    assert sent(node.connect()) == []


def test_the_suback_is_told_and_a_ping_goes_out() -> None:
    node = driver()
    node.start()
    node.connect()
    decisions = node.suback()

    assert node.state() is StateName.AWAITING_PEER
    assert raised(decisions) == ["comm.mqtt.fully.subscribed"]
    assert sent(decisions) == ["ping"]


def test_a_ping_asks_the_peer_for_an_ack() -> None:
    node = driver()
    node.start()
    node.connect()
    ping = of(d.Publish, node.suback())[0]

    assert ping.topic == "gw/own-long/to/pup/gridworks-ping"
    assert ping.header.src == "own.long"
    assert ping.header.dst == "pup"
    assert ping.header.ack_required
    assert isinstance(ping.body, Ping)
    assert ping.body.message_id == ping.header.message_id != ""


def test_a_suback_goes_to_the_link_that_asked() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.start()
    node.connect()
    node.suback(0, request=2)

    assert node.state("kid") is StateName.AWAITING_PEER
    assert node.state("up") is StateName.AWAITING_SETUP_AND_PEER


def test_a_refused_filter_keeps_the_link_in_the_setup_and_is_a_problem() -> None:
    """Hazard 14: SUBACK codes are looked at."""
    node = driver()
    node.start()
    node.connect()
    decisions = node.suback(128)

    assert node.state() is StateName.AWAITING_SETUP_AND_PEER
    assert UP_FILTER in problems(decisions)[0].details
    assert sent(decisions) == []


def test_a_refused_filter_is_retried_with_back_off_and_told_once() -> None:
    """Hazard 14."""
    node = driver()
    node.grants = 128
    node.start()
    node.connect()
    start_s = node.now_s
    node.run(200)
    asked_s = [round(t - start_s) for t, x in node.log if isinstance(x, d.Subscribe)]

    assert asked_s == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert len(problems([decision for _, decision in node.log])) == 1


def test_a_filter_granted_at_last_completes_the_setup() -> None:
    node = driver()
    node.start()
    node.connect()
    node.suback(128)
    node.run(1.0)
    node.suback(0)

    assert node.state() is StateName.AWAITING_PEER


def test_a_refused_filter_that_is_taken_away_completes_the_setup() -> None:
    node = driver()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    node.start()
    node.connect()
    node.suback(0, 128)
    decisions = node.feed(f.SubscriptionRemoved("up", EXTRA))

    assert node.state() is StateName.AWAITING_PEER
    assert sent(decisions) == ["ping"]


def test_a_filter_taken_away_before_the_suback_leaves_the_setup_to_the_suback() -> None:
    node = driver()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    node.start()
    node.connect()
    node.feed(f.SubscriptionRemoved("up", UP_FILTER), f.SubscriptionRemoved("up", EXTRA))
    assert node.state() is StateName.AWAITING_SETUP_AND_PEER

    node.suback(0, 0)
    assert node.state() is StateName.AWAITING_PEER


def test_a_link_without_any_filter_sends_no_empty_subscribe() -> None:
    node = driver()
    node.feed(f.SubscriptionRemoved("up", UP_FILTER))
    node.start()
    decisions = node.connect()

    assert of(d.Subscribe, decisions) == []
    assert node.state() is StateName.AWAITING_PEER


def test_a_filter_added_on_a_live_link_is_subscribed_at_once() -> None:
    node = active()
    decisions = node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtLeastOnce))

    assert [s.subscriptions for s in of(d.Subscribe, decisions)] == [
        (Subscription(EXTRA, QOS.AtLeastOnce),)
    ]


@pytest.mark.parametrize("code", [0, 128])
def test_a_filter_added_later_is_no_input_of_the_table(code: int) -> None:
    node = active()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    decisions = node.suback(code)

    assert transitions(decisions) == []
    assert sent(decisions) == ["event.problem"] * (code == 128)
    assert node.state() is StateName.ACTIVE
    assert "input" not in str(problems(decisions))


def test_a_filter_added_during_the_setup_is_no_input_either() -> None:
    node = driver()
    node.start()
    node.connect()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    node.suback(128)
    assert node.state() is StateName.AWAITING_SETUP_AND_PEER

    node.suback(0, request=1)
    assert node.state() is StateName.AWAITING_PEER


def test_the_answer_about_a_later_filter_does_not_complete_the_setup() -> None:
    node = driver()
    node.start()
    node.connect()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    node.feed(f.SubscriptionRemoved("up", UP_FILTER))
    node.suback(0, request=2)
    assert node.state() is StateName.AWAITING_SETUP_AND_PEER

    node.suback(0, request=1)
    assert node.state() is StateName.AWAITING_PEER


def test_a_filter_added_later_and_refused_is_told_and_retried() -> None:
    node = active()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))

    assert EXTRA in problems(node.suback(128))[0].details
    assert [s.Topic for x in of(d.Subscribe, node.run(1.0)) for s in x.subscriptions] == [EXTRA]


def test_adding_a_filter_twice_in_a_row_is_harmless() -> None:
    """Hazard 6."""
    node = active()
    added = f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce)
    node.feed(added, added)
    first, second = of(d.Subscribe, [decision for _, decision in node.log])[-2:]
    node.suback(0, request=first.request)
    node.suback(0, request=second.request)

    assert node.link().subscriptions.pending == set()


def test_removing_a_filter_unsubscribes() -> None:
    node = active()
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))

    assert node.feed(f.SubscriptionRemoved("up", EXTRA)) == [d.Unsubscribe("b", (EXTRA,))]
    assert node.feed(f.SubscriptionRemoved("up", EXTRA)) == []


def test_filters_of_a_link_that_is_not_connected_are_only_noted() -> None:
    node = driver()

    assert node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce)) == []
    assert node.feed(f.SubscriptionRemoved("up", EXTRA)) == []


def test_routes_follow_the_filters() -> None:
    node = active()
    owner = node.core.brokers["b"].routes.owner
    assert owner("weather/now") is None
    node.feed(f.SubscriptionAdded("up", EXTRA, QOS.AtMostOnce))
    assert owner("weather/now") is not None
    node.feed(f.SubscriptionRemoved("up", EXTRA))
    assert owner("weather/now") is None


def test_a_subscribe_that_is_not_answered_is_sent_again() -> None:
    node = driver()
    node.start()
    node.connect()

    assert len(of(d.Subscribe, node.run(14.9))) == 0
    assert len(of(d.Subscribe, node.run(0.1))) == 1


def test_stale_subacks_of_quick_reconnects_say_nothing() -> None:
    """Hazard 6: two reconnects handled late, then both SUBACKs."""
    node = driver()
    node.start()
    for _ in range(2):
        node.connect()
        node.disconnect()
    node.connect()
    node.suback(0, request=1)
    node.suback(0, request=2)
    assert node.state() is StateName.AWAITING_SETUP_AND_PEER

    node.suback(0, request=3)
    assert node.state() is StateName.AWAITING_PEER
    assert problems([decision for _, decision in node.log]) == []


# Several links


def test_a_broken_broker_leaves_links_on_another_alone() -> None:
    node = driver(link_spec("up"), link_spec("kid", broker="c"))
    node.activate()
    node.connect("c")
    node.disconnect("c")

    assert node.state("up") is StateName.ACTIVE
    assert node.state("kid") is StateName.CONNECTING


def test_a_link_started_on_a_live_connection_takes_start_and_connected_at_once() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.feed(f.LinkStartAsked("up"))
    node.connect()
    decisions = node.feed(f.LinkStartAsked("kid"))

    assert [m.transition_name for m in transitions(decisions)] == [
        TransitionName.START_CALLED,
        TransitionName.MQTT_CONNECTED,
    ]
    assert of(d.Connect, decisions) == []
    assert [s.subscriptions[0].Topic for s in of(d.Subscribe, decisions)] == [KID_FILTER]


def test_a_link_started_while_the_broker_is_called_waits_for_that_call() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.feed(f.LinkStartAsked("up"))
    decisions = node.feed(f.LinkStartAsked("kid"))

    assert of(d.Connect, decisions) == []
    assert node.state("kid") is StateName.CONNECTING


def test_stopping_a_link_unsubscribes_its_filters() -> None:
    node = two_links()
    node.feed(f.SubscriptionAdded("kid", EXTRA, QOS.AtMostOnce))
    decisions = node.feed(f.LinkStopAsked("kid"))

    assert of(d.Unsubscribe, decisions) == [d.Unsubscribe("b", (KID_FILTER, EXTRA))]
    assert of(d.Disconnect, decisions) == []
    assert node.state("kid") is StateName.STOPPED
    assert node.state("up") is StateName.ACTIVE


def test_stopping_the_last_link_disconnects() -> None:
    node = two_links()
    node.feed(f.LinkStopAsked("kid"))
    decisions = node.feed(f.LinkStopAsked("up"))

    assert of(d.Unsubscribe, decisions) == []
    assert of(d.Disconnect, decisions) == [d.Disconnect("b")]
    assert node.core.wake_s is None


def test_stopping_a_link_while_connecting_needs_no_unsubscribe() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.start()
    decisions = node.feed(f.LinkStopAsked("kid"))

    assert [type(decision) for decision in decisions] == [d.Announce]
    assert len(of(d.Subscribe, node.connect())) == 1


def test_stopping_the_last_link_while_connecting_gives_the_attempt_up() -> None:
    node = driver()
    node.start()

    assert of(d.Disconnect, node.feed(f.LinkStopAsked("up"))) == [d.Disconnect("b")]
    assert node.connect() == []
    assert node.state() is StateName.STOPPED


@pytest.mark.parametrize(
    "stale",
    [
        f.BrokerConnected("b"),
        f.BrokerConnectFailed("b", "tcp", "refused"),
        f.BrokerDisconnected("b", "gone"),
    ],
)
def test_what_a_given_up_connection_still_says_is_ignored(stale: f.Fact) -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.feed(f.LinkStartAsked("up"), f.LinkStopAsked("up"))

    assert node.feed(stale) == []
    assert of(d.Connect, node.run(100)) == []
    assert of(d.Connect, node.feed(f.LinkStartAsked("kid"))) == [d.Connect("b")]


def test_stopping_the_last_link_between_two_attempts_gives_the_next_one_up() -> None:
    node = driver()
    node.start()
    node.feed(f.BrokerConnectFailed("b", "tcp", "refused"))
    node.feed(f.LinkStopAsked("up"))

    assert of(d.Connect, node.run(100)) == []


def test_stopping_a_link_that_was_not_started_disconnects_nothing() -> None:
    decisions = driver().feed(f.LinkStopAsked("up"))

    assert [type(decision) for decision in decisions] == [d.Announce]


def test_stopping_a_link_twice_does_nothing_the_second_time() -> None:
    node = two_links()
    node.feed(f.LinkStopAsked("kid"))

    assert node.feed(f.LinkStopAsked("kid")) == []


def test_starting_a_started_or_stopped_link_is_a_problem_and_changes_nothing() -> None:
    node = two_links()
    decisions = node.feed(f.LinkStartAsked("kid"))
    assert [problem.details for problem in problems(decisions)] == [
        "link kid in state active refused start_called"
    ]
    assert not of(d.Connect, decisions)
    assert not of(d.Subscribe, decisions)

    node.feed(f.LinkStopAsked("kid"))
    node.feed(f.LinkStartAsked("kid"))
    assert node.state("kid") is StateName.STOPPED


def test_a_connection_whose_links_were_stopped_is_made_again_for_a_link_started_later() -> None:
    node = driver(link_spec("up"), link_spec("kid"))
    node.feed(f.LinkStartAsked("up"), f.LinkStopAsked("up"))

    assert of(d.Connect, node.feed(f.LinkStartAsked("kid"))) == [d.Connect("b")]


def test_stopping_the_upstream_link_keeps_its_events_for_later() -> None:
    node = two_links()
    node.generate("e1")
    node.feed(f.LinkStopAsked("up"))

    assert "e1" in node.stored_ids()
    assert sent(node.generate("e2")) == []


# Loss of the broker


def test_a_loss_is_told_for_each_link_of_the_connection() -> None:
    node = two_links()
    decisions = node.disconnect()

    assert [(event.type_name[-10:], event.peer_name) for event in comm_events(decisions)] == [
        ("disconnect", "up"),
        ("disconnect", "kid"),
    ]
    assert node.state("up") is node.state("kid") is StateName.CONNECTING


def test_the_broker_is_called_again_after_a_random_delay() -> None:
    node = active()
    node.chance.fixed = 0.5
    node.disconnect()
    assert of(d.Connect, node.run(0.49)) == []

    assert of(d.Connect, node.run(0.02)) == [d.Connect("b")]


def test_delays_are_half_of_the_limit_at_half_the_chance_up_to_a_minute() -> None:
    """Hazard 15: uniform in [0, min(60, 2^n)), so never over a minute."""
    node = driver()
    node.is_up = False
    node.chance.fixed = 0.999999
    node.start()
    start_s = node.now_s
    node.run(1000)
    calls_s = [t - start_s for t, x in node.log if isinstance(x, d.Connect)]
    delays = [later - earlier for earlier, later in pairwise(calls_s)]

    assert [round(delay) for delay in delays[:7]] == [1, 2, 4, 8, 16, 32, 60]
    assert max(delays) < 60.1


def test_the_broker_is_found_within_a_minute_of_its_return() -> None:
    """Hazard 15."""
    node = live()
    node.is_up, node.chance.fixed = False, 0.999999
    node.start()
    node.run(10_000)
    node.is_up = True
    node.run(60.1)

    assert node.state() is StateName.ACTIVE


def test_a_connection_of_a_minute_starts_the_delays_anew() -> None:
    node = live()
    node.is_up, node.chance.fixed = False, 0.5
    node.start()
    node.run(600)
    node.is_up = True
    node.run(120)
    node.disconnect()

    assert len(of(d.Connect, node.run(0.51))) == 1


def test_a_shorter_connection_does_not() -> None:
    node = live()
    node.is_up, node.chance.fixed = False, 0.5
    node.start()
    node.run(600)
    node.is_up = True
    while node.state() is not StateName.ACTIVE:
        node.run(0.1)
    node.run(30)
    node.disconnect()

    assert len(of(d.Connect, node.run(29))) == 0
    assert len(of(d.Connect, node.run(1.1))) == 1


def test_an_outage_is_told_once() -> None:
    """Hazard 15: the original stored one problem for each try."""
    node = driver()
    node.is_up = False
    node.start()
    node.run(36_000)

    told = problems([decision for _, decision in node.log])
    assert [problem.summary for problem in told] == [
        "broker 'b' cannot be reached: it takes no connection (tcp)"
    ]


def test_the_next_outage_is_told_again() -> None:
    node = live()
    node.is_up = False
    node.start()
    node.run(1200)
    node.is_up = True
    node.run(120)
    node.is_up = False
    node.disconnect()
    node.run(60)

    assert len(problems([decision for _, decision in node.log])) == 2


def test_a_refused_login_is_no_connection() -> None:
    """Hazard 14: no connect and disconnect events, one problem."""
    node = driver()
    node.start()
    decisions = node.feed(f.BrokerConnectFailed("b", "connack", "bad password"))

    assert comm_events(decisions) == []
    assert node.state() is StateName.CONNECTING
    assert "connack" in problems(decisions)[0].summary


def test_a_second_connected_or_disconnected_is_ignored() -> None:
    node = active()
    assert node.connect() == []
    node.disconnect()
    assert node.disconnect() == []


def outage(node: CoreDriver, *causes: str) -> list[str]:
    """The summaries of the problems of one outage, which the broker ends."""
    decisions = node.disconnect()
    for cause in causes:
        decisions += node.feed(f.BrokerConnectFailed("b", cause, "detail"))
    node.connect()
    return [problem.summary for problem in problems(decisions)]


def test_each_outage_is_a_problem_however_soon_after_the_last_one() -> None:
    """Hazard 14."""
    node = active()
    told = []
    for _ in range(4):
        told.append(outage(node, "tcp", "tcp"))
        node.run(120)

    assert told == [["broker 'b' cannot be reached: it takes no connection (tcp)"]] * 4


def test_each_new_cause_within_an_outage_is_told_once() -> None:
    node = active()

    assert outage(node, "tcp", "tcp", "connack", "tcp", "connack") == [
        "broker 'b' cannot be reached: it takes no connection (tcp)",
        "broker 'b' cannot be reached: connack",
    ]


def test_a_broker_that_flaps_is_told_ten_times_a_minute_with_a_count_of_the_rest() -> None:
    node = active()
    told = []
    for _ in range(13):
        told += outage(node, "tcp")
    assert len(told) == 10
    node.run(61)

    assert outage(node, "tcp") == [
        "broker 'b' cannot be reached: it takes no connection (tcp) "
        "(3 more like it since the last report)"
    ]


def test_an_outage_that_begins_amid_too_many_is_still_told_if_it_lasts() -> None:
    node = active()
    for _ in range(13):
        outage(node, "tcp")
    node.is_up = False
    node.disconnect()

    assert len(problems(node.run(600))) == 1
