"""Filters of one link: wanted, granted, refused, asked for again."""

from gwproactor.domain.link_subscriptions import Answer, LinkSubscriptions
from gwproactor.domain.subscription import QOS, Subscription


def subscriptions(*filters: str) -> LinkSubscriptions:
    return LinkSubscriptions(dict.fromkeys(filters, QOS.AtMostOnce))


def names(asked: tuple[Subscription, ...]) -> list[str]:
    return [subscription.Topic for subscription in asked]


def test_a_connect_asks_for_every_filter_in_the_order_of_adding() -> None:
    assert names(subscriptions("b", "a").connected(1, 0.0)) == ["b", "a"]


def test_granted_filters_leave_the_setup() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)

    answer = mine.acked(1, (0, 2), 0.1)

    assert answer == Answer({}, for_setup=True)
    assert not mine.setup
    assert not mine.pending
    assert mine.next_s() is None


def test_a_refused_filter_stays_in_the_setup_and_is_due_again() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)

    answer = mine.acked(1, (0, 128), 10.0)

    assert answer == Answer({"b": 128}, for_setup=True)
    assert mine.setup == mine.pending == {"b"}
    assert mine.next_s() == 11.0
    assert mine.to_retry(10.99) == ()
    assert names(mine.to_retry(11.0)) == ["b"]


def test_refusals_are_retried_with_growing_delays_up_to_a_minute() -> None:
    mine = subscriptions("a")
    mine.connected(0, 0.0)
    delays = []
    for request in range(9):
        mine.acked(request, (128,), 100.0)
        assert mine.retry_s is not None
        delays.append(mine.retry_s - 100.0)
        mine.to_retry(mine.retry_s)
        mine.asked(("a",), request + 1, 100.0)

    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_grant_of_everything_starts_the_delays_anew() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.acked(1, (128,), 0.0)
    mine.asked(("a",), 2, 1.0)
    mine.acked(2, (0,), 1.0)
    mine.asked(("a",), 3, 2.0)
    mine.acked(3, (128,), 2.0)

    assert mine.retry_s == 3.0


def test_a_filter_without_a_code_counts_as_refused() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)

    assert mine.acked(1, (0,), 0.0) == Answer({"b": 128}, for_setup=True)


def test_an_answer_that_nobody_asked_for_says_nothing() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)

    assert mine.acked(99, (0,), 0.0) is None
    assert mine.setup == {"a"}


def test_a_second_answer_says_nothing() -> None:
    """Hazard 6: the original raised KeyError here."""
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.acked(1, (0,), 0.0)

    assert mine.acked(1, (0,), 0.0) is None


def test_an_answer_from_before_the_connect_says_nothing() -> None:
    """Hazard 6, two quick reconnects."""
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.disconnected()
    mine.connected(2, 1.0)

    assert mine.acked(1, (0,), 1.0) is None
    assert mine.setup == {"a"}


def test_a_request_that_is_not_answered_is_made_again_once() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)

    assert mine.next_s() == 15.0
    assert names(mine.to_retry(15.0)) == ["a"]
    assert mine.to_retry(15.0) == ()


def test_a_filter_asked_for_already_is_not_asked_for_beside() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)
    mine.acked(1, (128, 128), 0.0)
    mine.asked(("a",), 2, 0.5)

    assert names(mine.to_retry(1.0)) == ["b"]


def test_a_filter_added_later_is_not_of_the_setup() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.wanted["b"] = QOS.AtMostOnce
    mine.asked(("b",), 2, 0.0)

    assert mine.acked(2, (128,), 0.0) == Answer({"b": 128}, for_setup=False)
    assert mine.setup == {"a"}
    assert mine.pending == {"a", "b"}


def test_a_filter_added_later_joins_the_setup_at_the_next_connect() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.wanted["b"] = QOS.AtMostOnce
    mine.disconnected()
    mine.connected(2, 1.0)

    assert mine.setup == {"a", "b"}


def test_a_removed_filter_is_no_longer_waited_for() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)
    mine.acked(1, (0, 128), 0.0)

    assert mine.removed("b")
    assert not mine.removed("b")
    assert not mine.setup
    assert mine.to_retry(1.0) == ()
    assert mine.next_s() is None


def test_the_answer_for_a_removed_filter_brings_it_not_back() -> None:
    mine = subscriptions("a", "b")
    mine.connected(1, 0.0)
    mine.removed("b")

    assert mine.acked(1, (0, 128), 0.0) == Answer({}, for_setup=True)
    assert not mine.pending


def test_a_filter_removed_and_added_again_is_retried_if_refused() -> None:
    """The answer to the first SUBSCRIBE must not hide that the second was refused."""
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.removed("a")
    mine.wanted["a"] = QOS.AtMostOnce
    mine.asked(("a",), 2, 0.0)
    mine.acked(1, (0,), 0.0)
    mine.acked(2, (128,), 0.0)

    assert names(mine.to_retry(1.0)) == ["a"]


def test_after_a_disconnect_nothing_is_due() -> None:
    mine = subscriptions("a")
    mine.connected(1, 0.0)
    mine.acked(1, (128,), 0.0)
    mine.disconnected()

    assert mine.next_s() is None
    assert mine.to_retry(1e9) == ()


def test_without_filters_nothing_is_asked_for() -> None:
    none = subscriptions()

    assert none.connected(1, 0.0) == ()
    assert none.next_s() is None
