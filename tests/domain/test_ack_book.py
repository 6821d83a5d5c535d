"""The silence of a peer as a verdict (architecture.md, "Links"), with a timeout of 10 s."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from gwproactor.domain.ack_book import AckBook, AckKind, Verdict, Waiting

LIVE = AckKind.EVENT


def book(**sent_s: float) -> AckBook:
    """A book with these messages, sent at these times."""
    made = AckBook(10.0)
    for message_id, time_s in sent_s.items():
        made.sent(message_id, LIVE, time_s)
    return made


def unanswered(verdict: Verdict) -> list[str]:
    return [message_id for message_id, _ in verdict.unanswered]


def test_an_empty_book_has_nothing_to_say() -> None:
    empty = book()

    assert empty.look(1e9) == Verdict()
    assert empty.next_s(probing=True) is None


def test_before_half_time_nothing_is_wanted() -> None:
    assert book(m=0).look(4.99) == Verdict()


def test_at_half_time_a_probe_is_wanted() -> None:
    assert book(m=0).look(5.0) == Verdict(probe=True)


def test_one_probe_is_enough() -> None:
    waiting = book(m=0)
    waiting.sent("probe", AckKind.PING, 5.0)
    waiting.probe_sent()

    assert waiting.look(9.99) == Verdict()


def test_a_probe_is_not_probed_itself() -> None:
    waiting = book(m=0)
    waiting.sent("probe", AckKind.PING, 5.0)
    waiting.probe_sent()
    waiting.acked("m")

    assert waiting.look(14.99) == Verdict()


def test_another_ping_is_probed_like_any_message() -> None:
    """One lost ping is not a lost peer."""
    waiting = AckBook(10.0)
    waiting.sent("poll", AckKind.PING, 0.0)

    assert waiting.look(5.0).probe


def test_a_message_after_the_probe_gets_its_own() -> None:
    waiting = book(m=0)
    waiting.sent("probe", AckKind.PING, 5.0)
    waiting.probe_sent()
    waiting.sent("later", LIVE, 6.0)
    waiting.acked("m")
    waiting.acked("probe")

    assert not waiting.look(10.99).probe
    assert waiting.look(11.0).probe


def test_no_probe_where_something_later_was_acked() -> None:
    waiting = book(m=0, n=1)
    waiting.acked("n")

    assert waiting.look(9.99) == Verdict()


def test_a_probe_is_wanted_where_only_something_earlier_was_acked() -> None:
    waiting = book(m=0, n=1)
    waiting.acked("m")

    assert waiting.look(6.0).probe


def test_the_peer_is_silent_if_nothing_later_was_acked() -> None:
    assert book(m=0).look(10.0).timed_out


def test_the_peer_is_not_silent_before_the_deadline() -> None:
    assert not book(m=0).look(9.99).timed_out


def test_an_ack_of_something_earlier_does_not_prove_that_the_peer_lives() -> None:
    waiting = book(early=0, m=1)
    waiting.acked("early")

    assert waiting.look(11.0) == Verdict(timed_out=True)


def test_a_message_is_unanswered_if_something_later_was_acked() -> None:
    waiting = book(m=0)
    waiting.sent("probe", AckKind.PING, 5.0)
    waiting.probe_sent()
    waiting.acked("probe")

    verdict = waiting.look(10.0)

    assert unanswered(verdict) == ["m"]
    assert not verdict.timed_out


def test_an_unanswered_message_is_told_once() -> None:
    waiting = book(m=0, n=1)
    waiting.acked("n")
    waiting.look(10.0)

    assert waiting.look(10.0) == Verdict()
    assert waiting.next_s(probing=True) is None


def test_only_what_is_overdue_is_unanswered() -> None:
    waiting = book(a=0, b=1, c=2)
    waiting.acked("c")

    assert unanswered(waiting.look(10.5)) == ["a"]
    assert unanswered(waiting.look(11.0)) == ["b"]


def test_what_lies_before_the_last_ack_is_unanswered_though_the_peer_fell_silent_later() -> None:
    waiting = book(a=0, b=1, c=2)
    waiting.acked("b")

    verdict = waiting.look(12.0)

    assert unanswered(verdict) == ["a"]
    assert verdict.timed_out


def test_an_id_sent_again_waits_from_then_on() -> None:
    waiting = book(m=0)
    waiting.sent("m", LIVE, 8.0)

    assert waiting.look(10.0) == Verdict()
    assert waiting.look(18.0).timed_out


def test_an_id_sent_again_does_not_hide_what_is_overdue_behind_it() -> None:
    waiting = book(m=0, n=1)
    waiting.sent("m", LIVE, 2.0)

    assert waiting.look(11.0).timed_out


def test_an_id_sent_again_comes_after_what_was_sent_between() -> None:
    waiting = book(m=0, n=1)
    waiting.sent("m", LIVE, 2.0)
    waiting.acked("m")

    assert unanswered(waiting.look(11.0)) == ["n"]


def test_an_ack_is_taken_once() -> None:
    waiting = book(m=0)

    assert waiting.acked("m") is not None
    assert waiting.acked("m") is None


def test_an_ack_of_something_unknown_changes_nothing() -> None:
    waiting = book(m=0)

    assert waiting.acked("other") is None
    assert waiting.look(10.0).timed_out


def test_a_late_ack_is_nobodys() -> None:
    waiting = book(m=0, n=1)
    waiting.acked("n")
    waiting.look(10.0)

    assert waiting.acked("m") is None


def test_activation_drops_pings_and_nothing_else() -> None:
    waiting = book(m=0)
    waiting.sent("ping", AckKind.PING, 1.0)
    waiting.sent("message", AckKind.MESSAGE, 2.0)

    waiting.drop_pings()

    assert list(waiting.waiting) == ["m", "message"]


def test_a_cleared_book_waits_for_nothing_and_does_not_take_old_acks_for_life() -> None:
    waiting = book(m=0, n=1)
    waiting.clear()
    waiting.sent("x", LIVE, 2.0)

    assert waiting.acked("n") is None
    assert waiting.look(12.0) == Verdict(timed_out=True)


def test_it_wants_to_be_looked_at_at_half_time_and_at_the_deadline() -> None:
    waiting = book(m=1)

    assert waiting.next_s(probing=True) == 6.0
    assert waiting.next_s(probing=False) == 11.0


def test_after_the_probe_only_the_deadline_counts() -> None:
    waiting = book(m=1)
    waiting.sent("probe", AckKind.PING, 6.0)
    waiting.probe_sent()

    assert waiting.next_s(probing=True) == 11.0


def test_sending_says_when_to_look() -> None:
    assert AckBook(10.0).sent("m", LIVE, 3.0) == 8.0


class Counted(dict[str, Waiting]):
    """Counts how often one of them is looked at."""

    looks = 0

    @override
    def values(self) -> Any:
        for waiting in super().values():
            self.looks += 1
            yield waiting

    @override
    def get(self, *key: Any) -> Any:
        self.looks += 1
        return super().get(*key)


def test_what_was_probed_is_not_looked_at_again_each_time() -> None:
    """Else a peer whose sink is down would cost its node a whole core at some 1,000 events/s."""
    counted = Counted()
    waiting = AckBook(10.0, counted)
    for number in range(1000):
        waiting.sent(str(number), LIVE, 0.0)
    waiting.probe_sent()
    for _ in range(100):
        assert waiting.look(9.0) == Verdict()
        assert waiting.next_s(probing=True) == 10.0

    assert counted.looks <= 1000 + 3 * 100


@given(
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abcd"), st.booleans()), max_size=30),
)
def test_what_it_asks_for_is_given_at_that_time_and_not_asked_for_again(
    steps: list[tuple[float, str, bool]],
) -> None:
    """`next_s` is never in the past after a look, and looking then always has a result."""
    waiting, now_s = AckBook(10.0), 0.0
    for pause_s, message_id, is_ack in steps:
        end_s = now_s + pause_s
        while (next_s := waiting.next_s(probing=True)) is not None and next_s <= end_s:
            assert next_s >= now_s
            now_s = next_s
            verdict = waiting.look(now_s)
            assert verdict != Verdict()
            if verdict.timed_out:
                waiting.clear()
            elif verdict.probe:
                waiting.sent(f"probe {now_s}", AckKind.PING, now_s)
                waiting.probe_sent()
            after_s = waiting.next_s(probing=True)
            assert after_s is None or after_s > now_s
        now_s = end_s
        if is_ack:
            waiting.acked(message_id)
        else:
            waiting.sent(message_id, LIVE, now_s)


# Comparing


def test_a_message_is_compared_by_the_ack_of_an_event_sent_after_it() -> None:
    book = AckBook(5.0)
    book.sent("x", AckKind.EVENT, 0.0)
    book.sent("later", AckKind.EVENT, 0.0)
    x = book.waiting["x"]
    assert not book.is_compared(x)

    book.acked("later")
    assert book.is_compared(x)


@pytest.mark.parametrize("kind", [AckKind.PING, AckKind.MESSAGE])
def test_only_events_compare(kind: AckKind) -> None:
    book = AckBook(5.0)
    book.sent("x", AckKind.EVENT, 0.0)
    book.sent("later", kind, 0.0)
    x = book.waiting["x"]
    book.acked("later")

    assert not book.is_compared(x)


def test_an_event_sent_before_does_not_compare() -> None:
    book = AckBook(5.0)
    book.sent("before", AckKind.EVENT, 0.0)
    book.sent("x", AckKind.EVENT, 0.0)
    x = book.waiting["x"]
    book.acked("before")

    assert not book.is_compared(x)


def test_an_ack_that_came_too_late_does_not_compare_but_shows_that_the_peer_lives() -> None:
    book = AckBook(5.0)
    book.sent("x", AckKind.EVENT, 0.0)
    book.sent("later", AckKind.EVENT, 0.0)
    x = book.waiting["x"]
    book.acked("later", in_time=False)

    assert not book.is_compared(x)
    assert not book.look(5.0).timed_out
