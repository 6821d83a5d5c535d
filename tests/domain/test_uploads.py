"""What is sent when, and what an ack clears: `Uploads` against a plain store.

The stateful test at the end plays peer, store and time at random.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from gwproactor.domain.backlog import READ_BYTES_MAX, READ_COUNT
from gwproactor.domain.decisions import (
    Decision,
    Forget,
    ReadBacklog,
    ReadQuarantine,
    ReadRetries,
    Release,
)
from gwproactor.domain.facts import BacklogRead, EventAccepted, QuarantineRead, RetriesRead
from gwproactor.domain.message import Sequence
from gwproactor.domain.retries import RETRY_S_MAX
from gwproactor.domain.store_reads import AGAIN_S, CLEARED_MAX
from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.domain.upload import Condemned, Way
from gwproactor.domain.uploads import Uploads

ACK_TIMEOUT_S = 5.0


@attrs.define
class Bench:
    """Uploads beside a store; what is sent is noted, what is read is answered when asked to."""

    uploads: Uploads
    now_s: float = 0.0
    stored: dict[int, StoredEvent] = attrs.Factory(dict)
    sent: list[str] = attrs.Factory(list)
    forgotten: list[str] = attrs.Factory(list)
    backlog_reads: list[ReadBacklog] = attrs.Factory(list)
    retry_reads: list[ReadRetries] = attrs.Factory(list)
    quarantined: dict[int, Quarantined] = attrs.Factory(dict)
    numbers: int = 0

    def accept(self, message_id: str, payload: bytes = b"") -> bool:
        """Store a new event; whether it was sent at once."""
        self.numbers += 1
        event = StoredEvent(Sequence("e", self.numbers), message_id, "t", payload)
        self.stored[self.numbers] = event
        fact = EventAccepted(event.sequence, message_id, "t", payload)
        is_sent = self.uploads.accepted(fact)
        self.sent += [message_id] * is_sent
        return is_sent

    def activate(self) -> None:
        self.uploads.activated(self.now_s)
        self.go_on()

    def deactivate(self, *, was_cut: bool = False) -> None:
        self.quarantine(*self.uploads.deactivated(self.now_s, was_cut=was_cut))
        self.go_on()

    def ack(self, message_id: str) -> None:
        self.perform(self.uploads.acked(message_id, self.now_s) or [])
        self.go_on()

    def unanswered(self, message_id: str, *, compared: bool = False) -> None:
        condemned = self.uploads.unanswered(message_id, self.now_s, compared=compared)
        if condemned is not None:
            self.quarantine(condemned)
        self.go_on()

    def quarantine(self, *condemned: Condemned) -> None:
        for each in condemned:
            for number in each.numbers:
                assert number in self.stored
                self.quarantined[number] = Quarantined(number, each.type_name, each.reason, 0)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.go_on()

    def go_on(self) -> list[str]:
        events, reads = self.uploads.go_on(self.now_s)
        self.sent += [event.message_id for event in events]
        self.perform(reads)
        return [event.message_id for event in events]

    def perform(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Forget(number, message_id):
                    assert self.stored.pop(number).message_id == message_id
                    self.quarantined.pop(number, None)
                    self.forgotten.append(message_id)
                case Release("t"):
                    self.quarantined.clear()
                case ReadQuarantine():
                    read = QuarantineRead(tuple(self.quarantined.values())[:1])
                    self.uploads.quarantine_read(read, self.now_s)
                case ReadBacklog():
                    self.backlog_reads.append(decision)
                case ReadRetries():
                    self.retry_reads.append(decision)
                case _:
                    pytest.fail(f"unexpected: {decision}")

    def read_backlog(self) -> BacklogRead:
        """What the store would say now to the oldest read; not handed over yet."""
        asked = self.backlog_reads.pop(0)
        free = sorted(self.stored.keys() - self.quarantined.keys())
        behind = [self.stored[number] for number in free if number > asked.after]
        return BacklogRead(asked.round, tuple(behind[: asked.count]))

    def read_retries(self) -> RetriesRead:
        asked = self.retry_reads.pop(0)
        there = tuple(self.stored[number] for number in asked.numbers if number in self.stored)
        return RetriesRead(asked.round, asked.numbers, there)

    def give_backlog(self, read: BacklogRead) -> None:
        self.uploads.backlog_read(read)
        self.go_on()

    def give_retries(self, read: RetriesRead) -> None:
        again = self.uploads.retries_read(read, self.now_s) or []
        self.sent += [event.message_id for event in again]
        self.go_on()

    def answer(self) -> None:
        """Answer every read, also those that follow."""
        while self.backlog_reads or self.retry_reads:
            if self.backlog_reads:
                self.give_backlog(self.read_backlog())
            if self.retry_reads:
                self.give_retries(self.read_retries())

    def take_sent(self) -> list[str]:
        taken, self.sent = self.sent, []
        return taken


def bench(*stored: str, window: int = 2, un_acked_max: int = 100) -> Bench:
    """An inactive node with these events stored."""
    made = Bench(Uploads(ACK_TIMEOUT_S, window, un_acked_max))
    for message_id in stored:
        made.accept(message_id)
    return made


def active(*stored: str, window: int = 2, un_acked_max: int = 100) -> Bench:
    """The same, activated, with the first of the backlog sent."""
    made = bench(*stored, window=window, un_acked_max=un_acked_max)
    made.activate()
    made.answer()
    return made


# The window


def test_nothing_is_sent_while_inactive() -> None:
    node = bench("a")

    assert node.sent == []
    assert node.backlog_reads == []


def test_activation_sends_a_window_of_the_backlog_oldest_first() -> None:
    assert active("a", "b", "c").sent == ["a", "b"]


def test_each_ack_of_the_backlog_sends_one_more() -> None:
    node = active("a", "b", "c", "d")
    node.take_sent()

    node.ack("b")
    assert node.take_sent() == ["c"]
    node.ack("a")
    assert node.take_sent() == ["d"]


def test_an_ack_forgets_the_event_once() -> None:
    node = active("a", "b")

    node.ack("a")
    node.ack("a")

    assert node.forgotten == ["a"]


def test_an_ack_of_something_unknown_forgets_nothing() -> None:
    node = active("a")

    assert node.uploads.acked("x", 0.0) is None


def test_an_ack_of_what_was_never_sent_forgets_nothing() -> None:
    node = active("a", "b", "c")

    assert node.uploads.acked("c", 0.0) is None


def test_a_backlog_of_many_reads_goes_out_whole_in_order_and_a_window_at_a_time() -> None:
    ids = [str(number) for number in range(3 * READ_COUNT + 7)]
    node = active(*ids)
    for message_id in ids:
        assert len(node.uploads.un_acked) <= 2
        node.ack(message_id)
        node.answer()

    assert node.sent == ids
    assert node.stored == {}


def test_the_backlog_is_read_in_batches_that_bound_the_memory() -> None:
    ids = [str(number) for number in range(5 * READ_COUNT)]
    node = active(*ids)

    assert len(node.uploads.backlog.ready) <= READ_COUNT + 2 * 2
    for message_id in ids:
        node.ack(message_id)
        node.answer()
        assert len(node.uploads.backlog.ready) <= READ_COUNT + 2 * 2


# Live events


def test_a_new_event_is_sent_at_once_beside_the_backlog() -> None:
    node = active("a", "b", "c")

    assert node.accept("live")
    assert node.sent == ["a", "b", "live"]


def test_an_ack_of_a_live_event_does_not_widen_the_window() -> None:
    node = active("a", "b", "c")
    node.accept("live")
    node.take_sent()

    node.ack("live")

    assert node.take_sent() == []


def test_a_live_event_is_not_sent_again_by_the_backlog() -> None:
    node = bench("a")
    node.activate()
    node.accept("live")
    node.answer()

    assert sorted(node.sent) == ["a", "live"]


def test_a_live_event_acked_while_the_store_reads_is_not_sent_again() -> None:
    node = bench("a")
    node.activate()
    node.accept("live")
    read = node.read_backlog()
    node.ack("live")
    node.give_backlog(read)
    node.answer()

    assert node.sent == ["live", "a"]
    assert node.forgotten == ["live"]


def test_if_too_much_was_acked_while_the_store_read_it_is_asked_again() -> None:
    """Memory does not grow with the time that a store takes."""
    node = bench("a", un_acked_max=CLEARED_MAX + 1)
    node.activate()
    read = node.read_backlog()
    live = [str(number) for number in range(CLEARED_MAX + 1)]
    for message_id in live:
        node.accept(message_id)
        node.ack(message_id)
    assert len(node.uploads.backlog._cleared) <= CLEARED_MAX

    node.give_backlog(read)
    assert node.sent == live
    node.answer()
    assert node.sent == [*live, "a"]


def test_the_backlog_goes_on_where_a_read_brought_only_what_was_acked_meanwhile() -> None:
    """Otherwise nothing would ask for the next batch: no ack is due any more."""
    node = bench(un_acked_max=1000)
    node.activate()
    live = [str(number) for number in range(READ_COUNT + 2)]
    for message_id in live:
        node.accept(message_id)
    read = node.read_backlog()
    for message_id in live:
        node.ack(message_id)
    node.uploads.un_acked_max = 0
    node.accept("left to the backlog")
    node.uploads.un_acked_max = 1000
    node.give_backlog(read)
    node.answer()

    assert node.sent == [*live, "left to the backlog"]


def test_above_the_limit_new_events_are_left_to_the_backlog() -> None:
    node = active(un_acked_max=2)

    assert [node.accept(message_id) for message_id in "abc"] == [True, True, False]


def test_what_waits_to_be_sent_again_holds_back_no_new_event() -> None:
    """Else more poison events than the limit would end live-first."""
    node = active(un_acked_max=2)
    for message_id in "ab":
        node.accept(message_id)
        node.unanswered(message_id)

    assert [node.accept(message_id) for message_id in "cde"] == [True, True, False]


def test_what_was_left_to_the_backlog_follows_with_the_acks() -> None:
    node = active(un_acked_max=2)
    for message_id in "abcde":
        node.accept(message_id)
    for message_id in "abcde":
        node.ack(message_id)
        node.answer()

    assert node.sent == list("abcde")
    assert node.stored == {}


def test_an_event_left_to_the_backlog_during_a_read_is_read_too() -> None:
    node = bench("a", un_acked_max=1)
    node.activate()
    node.accept("x")
    read = node.read_backlog()
    node.accept("y")
    node.give_backlog(read)
    for _ in range(3):
        node.answer()
        node.ack(node.sent[-1])

    assert node.sent == ["x", "a", "y"]


def test_an_id_generated_again_while_un_acked_is_not_sent_beside_and_forgotten_with_it() -> None:
    """Hazard 19: the original left the other file behind."""
    node = active()
    node.accept("a")

    assert not node.accept("a")
    node.ack("a")
    assert node.forgotten == ["a", "a"]
    assert node.stored == {}


def test_an_id_stored_twice_is_sent_once_and_forgotten_twice() -> None:
    node = active("a", "b", "a", "c")
    node.ack("b")
    node.answer()
    node.ack("a")

    assert node.sent == ["a", "b", "c"]
    assert node.forgotten == ["b", "a", "a"]


# Unanswered events


def test_an_unanswered_event_gives_its_place_to_the_next() -> None:
    node = active("a", "b", "c")

    node.unanswered("a")

    assert node.sent == ["a", "b", "c"]


def test_an_unanswered_event_is_due_after_the_timeout_times_two_to_the_tries() -> None:
    node = active("a")
    delays = []
    for _ in range(6):
        node.unanswered("a")
        due_s = node.uploads.next_s()
        assert due_s is not None
        delays.append(due_s - node.now_s)
        node.wait(delays[-1])
        node.answer()

    assert delays == [10, 20, 40, 60, 60, 60]


def test_an_unanswered_event_is_read_and_sent_when_due_and_not_before() -> None:
    node = active("a")
    node.unanswered("a")
    node.wait(9.99)
    assert node.retry_reads == []

    node.wait(0.01)
    node.answer()

    assert node.sent == ["a", "a"]


def test_an_event_told_unanswered_twice_counts_once() -> None:
    node = active("a")
    node.unanswered("a")
    node.unanswered("a")

    assert len(node.uploads.retries.waiting) == 1
    assert node.uploads.next_s() == 10.0


def test_an_event_sent_again_stays_outside_of_the_window() -> None:
    node = active("a", "b", "c", "d")
    node.unanswered("a")
    node.wait(10)
    node.answer()
    node.take_sent()
    node.ack("a")
    assert node.take_sent() == []

    node.ack("b")
    assert node.take_sent() == ["d"]


def test_a_late_ack_clears_an_unanswered_event() -> None:
    node = active("a")
    node.unanswered("a")
    node.ack("a")

    assert node.forgotten == ["a"]
    assert node.uploads.next_s() is None


def test_an_ack_while_the_retry_is_read_prevents_it() -> None:
    node = active("a")
    node.unanswered("a")
    node.wait(10)
    read = node.read_retries()
    node.ack("a")
    node.give_retries(read)

    assert node.sent == ["a"]


def test_an_unanswered_event_that_is_gone_from_the_store_is_given_up() -> None:
    node = active("a")
    node.unanswered("a")
    node.stored.clear()
    node.wait(10)
    node.answer()

    assert node.uploads.un_acked == {}
    assert node.uploads.next_s() is None


def test_what_is_given_up_makes_room_for_the_backlog() -> None:
    """Otherwise the rest would wait for an ack that never comes."""
    node = active("a", un_acked_max=1)
    node.accept("b")
    node.unanswered("a")
    del node.stored[1]
    node.wait(10)
    node.answer()

    assert node.sent == ["a", "b"]


def unanswered(*ids: str, window: int = 2, payload: bytes = b"") -> Bench:
    """These events were sent live, all are unanswered and due now."""
    node = active(window=window, un_acked_max=1000)
    for message_id in ids:
        node.accept(message_id, payload)
        node.unanswered(message_id)
    node.take_sent()
    node.wait(10)
    return node


def test_more_retries_than_one_read_follow_at_once() -> None:
    ids = [str(number) for number in range(READ_COUNT + 1)]
    node = unanswered(*ids, window=1000)
    assert len(node.retry_reads[0].numbers) == READ_COUNT
    node.answer()

    assert node.sent == ids


def test_no_more_than_a_window_of_retries_is_in_flight() -> None:
    node = unanswered("a", "b", "c", "d")
    node.answer()

    assert node.sent == ["a", "b"]


@pytest.mark.parametrize("end", [Bench.ack, Bench.unanswered])
def test_each_retry_that_ends_lets_the_next_one_go(end: Callable[[Bench, str], None]) -> None:
    node = unanswered("a", "b", "c", "d")
    node.answer()
    node.take_sent()
    end(node, "b")
    node.answer()
    assert node.take_sent() == ["c"]

    end(node, "a")
    node.answer()
    assert node.take_sent() == ["d"]


def test_while_the_window_of_retries_is_full_no_time_is_waited_for() -> None:
    node = unanswered("a", "b", "c")
    node.answer()
    assert node.uploads.next_s() is None

    node.ack("c")
    node.ack("a")
    node.unanswered("b")
    assert node.uploads.next_s() == node.now_s + 20


def test_retries_take_no_place_of_the_backlogs_window_nor_it_theirs() -> None:
    node = active("a", "b", "c", "d", "e", "f")
    node.unanswered("a")
    node.unanswered("b")
    node.wait(10)
    node.answer()
    assert node.sent == ["a", "b", "c", "d", "a", "b"]

    node.ack("c")
    assert node.sent[6:] == ["e"]


def test_what_was_due_first_is_tried_first_so_that_nothing_waits_for_ever() -> None:
    node = unanswered("a", "b", "c", "d", window=1)
    tried = []
    for _ in range(8):
        node.answer()
        (message_id,) = node.take_sent()
        tried.append(message_id)
        node.wait(ACK_TIMEOUT_S)
        node.unanswered(message_id)
        node.wait(RETRY_S_MAX)

    assert tried == ["a", "b", "c", "d"] * 2


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (1, 10),
        (READ_BYTES_MAX // 10, 10),
        (READ_BYTES_MAX // 2, 2),
        (READ_BYTES_MAX // 2 + 1, 1),
        (READ_BYTES_MAX + 1, 1),
    ],
)
def test_one_read_of_retries_is_bounded_in_bytes_and_brings_one_at_least(
    size: int, count: int
) -> None:
    ids = [str(number) for number in range(10)]
    node = unanswered(*ids, window=10, payload=bytes(size))
    assert len(node.retry_reads[0].numbers) == count
    node.answer()

    assert node.sent == ids


def test_an_id_stored_twice_is_read_once_and_by_its_other_number_if_one_is_gone() -> None:
    node = active("a")
    node.accept("a")
    node.unanswered("a")
    node.wait(10)
    assert node.retry_reads[0].numbers == (1,)
    del node.stored[1]
    node.answer()

    assert node.take_sent() == ["a", "a"]
    node.ack("a")
    assert node.stored == {}


def test_after_the_ack_of_a_further_try_silence_is_a_third_of_a_strike() -> None:
    node = active("a", "b")
    node.unanswered("a")
    node.wait(10)
    node.answer()
    node.ack("a")
    node.unanswered("b", compared=True)

    assert node.uploads.strikes.records[2].points == 1


# What a full store gives up


def test_in_flight_is_what_was_sent_and_whose_ack_is_waited_for() -> None:
    node = active("a", "b", "c")
    node.unanswered("b")

    # "c" has taken the place of "b"
    assert [node.uploads.in_flight(number) for number in (1, 2, 3, 4)] == [True, False, True, False]
    node.ack("a")
    assert not node.uploads.in_flight(1)


def test_what_the_store_gave_up_is_not_sent_again() -> None:
    node = active("a", "b", "c", "d")
    node.unanswered("a")
    for number in (1, 4):
        del node.stored[number]
    node.uploads.dropped([1, 4])
    node.wait(10)
    node.answer()
    node.ack("b")
    node.ack("c")

    assert node.sent == ["a", "b", "c"]
    assert node.uploads.un_acked == {}


def test_a_late_ack_of_what_the_store_gave_up_forgets_nothing() -> None:
    node = active("a")
    node.deactivate()
    node.uploads.dropped([1])

    assert node.uploads.acked("a", 0.0) is None


def test_an_id_stored_twice_is_sent_while_one_of_both_is_left() -> None:
    node = active("a")
    node.accept("a")
    node.unanswered("a")
    del node.stored[1]
    node.uploads.dropped([1])
    node.wait(10)
    node.answer()

    assert node.sent == ["a", "a"]
    node.ack("a")
    assert node.stored == {}


# Loss of the link


def test_after_a_loss_all_that_is_un_acked_is_sent_again() -> None:
    node = active("a", "b", "c")
    node.accept("live")
    node.deactivate()
    node.take_sent()
    node.activate()
    node.answer()

    assert node.take_sent() == ["a", "b"]
    node.ack("a")
    node.ack("b")
    assert node.take_sent() == ["c", "live"]


def test_a_late_ack_clears_its_event_after_a_loss() -> None:
    node = active("a")
    node.deactivate()
    node.ack("a")

    assert node.forgotten == ["a"]


def test_a_late_ack_after_the_next_activation_keeps_the_event_from_being_sent_again() -> None:
    node = active("a", "b", "c", window=3)
    node.deactivate()
    node.take_sent()
    node.uploads.window = 1
    node.activate()
    node.answer()
    node.ack("b")
    node.ack("a")

    assert node.take_sent() == ["a", "c"]


def test_what_was_read_before_its_late_ack_is_not_sent_after_the_next_read_either() -> None:
    many = [f"x{number}" for number in range(READ_COUNT + 1)]
    node = active(*many, "c", *"defgh", window=200, un_acked_max=1000)
    node.deactivate()
    node.take_sent()
    node.uploads.window = 2
    node.activate()
    node.answer()
    node.ack("c")
    for message_id in many:
        node.ack(message_id)
        node.answer()

    assert node.take_sent() == [*many, "d", "e"]


def test_an_answer_from_before_a_loss_is_ignored() -> None:
    node = bench("a")
    node.activate()
    stale = node.read_backlog()
    node.deactivate()
    node.activate()
    node.give_backlog(stale)
    assert node.sent == []

    node.answer()
    assert node.sent == ["a"]


def test_a_retry_read_before_a_loss_is_ignored() -> None:
    node = active("a")
    node.unanswered("a")
    node.wait(10)
    stale = node.read_retries()
    node.deactivate()
    node.activate()
    node.take_sent()
    node.give_retries(stale)

    assert node.take_sent() == []


def test_a_retry_read_before_a_loss_is_ignored_while_another_one_is_under_way() -> None:
    node = active("a")
    node.unanswered("a")
    node.wait(10)
    stale = node.read_retries()
    node.deactivate()
    node.activate()
    node.answer()
    node.unanswered("a")
    node.wait(20)
    node.take_sent()
    node.give_retries(stale)
    assert node.take_sent() == []

    node.answer()
    assert node.take_sent() == ["a"]


def test_while_inactive_nothing_is_due() -> None:
    node = active("a")
    node.unanswered("a")
    node.deactivate()

    assert node.uploads.next_s() is None
    node.wait(1000)
    assert node.retry_reads == []


def test_the_memory_of_late_acks_is_bounded() -> None:
    node = active(un_acked_max=10)
    for number in range(100):
        node.activate()
        node.answer()
        node.accept(str(number))
        node.deactivate()
        node.stored.clear()

    assert len(node.uploads.waits.lapsed) <= 20


# Reads that fail


def test_a_failed_read_is_made_again_after_a_while() -> None:
    node = bench("a")
    node.activate()
    node.uploads.read_failed(node.backlog_reads.pop().round, node.now_s)
    node.go_on()
    assert node.backlog_reads == []
    assert node.uploads.next_s() == AGAIN_S

    node.wait(AGAIN_S)
    node.answer()
    assert node.sent == ["a"]


def test_a_failed_read_of_retries_is_made_again_after_a_while() -> None:
    node = active("a")
    node.unanswered("a")
    node.wait(10)
    node.uploads.read_failed(node.retry_reads.pop().round, node.now_s)
    node.wait(AGAIN_S)
    node.answer()

    assert node.sent == ["a", "a"]


def test_the_failure_of_one_read_leaves_the_other_alone() -> None:
    node = bench("a")
    node.activate()
    node.accept("live")
    node.unanswered("live")
    node.wait(10)
    node.uploads.read_failed(node.retry_reads.pop().round, node.now_s)
    node.wait(AGAIN_S)

    assert len(node.backlog_reads) == 1


def test_a_failure_from_before_a_loss_is_ignored() -> None:
    node = bench("a")
    node.activate()
    stale = node.backlog_reads.pop().round
    node.deactivate()
    node.activate()
    node.uploads.read_failed(stale, node.now_s)

    assert node.uploads.next_s() is None


# Counting


def test_a_reupload_starts_with_its_first_event_and_completes_with_its_last_ack() -> None:
    node = active("a", "b", "c")
    assert (node.uploads.stats.reuploads_started, node.uploads.stats.reuploads_completed) == (1, 0)
    for message_id in "abc":
        assert node.uploads.stats.reuploads_completed == 0
        node.ack(message_id)
        node.answer()

    assert (node.uploads.stats.reuploads_started, node.uploads.stats.reuploads_completed) == (1, 1)


def test_an_empty_start_counts_as_no_reupload() -> None:
    node = active()

    assert (node.uploads.stats.reuploads_started, node.uploads.stats.reuploads_completed) == (0, 0)


def test_a_loss_does_not_complete_a_reupload() -> None:
    node = active("a")
    node.deactivate()

    assert node.uploads.stats.reuploads_completed == 0


# At random


class RandomUploads(RuleBasedStateMachine):
    """Any order of new events, acks, silence, losses, reads answered late or not at all."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.bench = bench(window=2, un_acked_max=4)
        self.acked: set[str] = set()
        self.answers: list[BacklogRead | RetriesRead] = []
        self.known = 0

    def in_flight(self) -> list[str]:
        return [i for i, upload in self.bench.uploads.un_acked.items() if upload.due_s is None]

    @rule()
    def accept(self) -> None:
        self.known += 1
        self.bench.accept(f"m{self.known}")

    @rule(count=st.integers(1, 150))
    def accept_many(self, count: int) -> None:
        for _ in range(count):
            self.accept()

    @precondition(lambda self: self.known)
    @rule(choice=st.randoms(use_true_random=False))
    def accept_again(self, choice: random.Random) -> None:
        self.bench.accept(f"m{choice.randint(1, self.known)}")

    @precondition(lambda self: not self.bench.uploads.active)
    @rule()
    def activate(self) -> None:
        self.bench.activate()

    @precondition(lambda self: self.bench.uploads.active)
    @rule(was_cut=st.booleans())
    def deactivate(self, was_cut: bool) -> None:
        self.bench.deactivate(was_cut=was_cut)

    @precondition(lambda self: self.in_flight())
    @rule(choice=st.randoms(use_true_random=False))
    def ack(self, choice: random.Random) -> None:
        self.bench.ack(choice.choice(self.in_flight()))

    @precondition(lambda self: self.bench.sent)
    @rule(choice=st.randoms(use_true_random=False))
    def ack_late(self, choice: random.Random) -> None:
        self.bench.ack(choice.choice(self.bench.sent))

    @precondition(lambda self: self.in_flight())
    @rule(choice=st.randoms(use_true_random=False), compared=st.booleans())
    def unanswered(self, choice: random.Random, compared: bool) -> None:
        self.bench.unanswered(choice.choice(self.in_flight()), compared=compared)

    @precondition(lambda self: self.bench.backlog_reads)
    @rule()
    def store_reads_backlog(self) -> None:
        self.answers.append(self.bench.read_backlog())

    @precondition(lambda self: self.bench.retry_reads)
    @rule()
    def store_reads_retries(self) -> None:
        self.answers.append(self.bench.read_retries())

    @precondition(lambda self: self.answers)
    @rule(choice=st.randoms(use_true_random=False))
    def answer_arrives(self, choice: random.Random) -> None:
        answer = self.answers.pop(choice.randrange(len(self.answers)))
        if isinstance(answer, BacklogRead):
            self.bench.give_backlog(answer)
        else:
            self.bench.give_retries(answer)

    @precondition(lambda self: self.bench.backlog_reads)
    @rule()
    def backlog_read_fails(self) -> None:
        read = self.bench.backlog_reads.pop()
        self.bench.uploads.read_failed(read.round, self.bench.now_s)

    @precondition(lambda self: self.bench.retry_reads)
    @rule()
    def retries_read_fails(self) -> None:
        read = self.bench.retry_reads.pop()
        self.bench.uploads.read_failed(read.round, self.bench.now_s)

    @rule(seconds=st.sampled_from([0.0, 1.0, 5.0, 10.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.bench.wait(seconds)

    @invariant()
    def something_goes_on_while_something_is_stored(self) -> None:
        uploads = self.bench.uploads
        if not uploads.active or not self.bench.stored.keys() - self.bench.quarantined.keys():
            return
        next_s = uploads.next_s()
        is_read = self.bench.backlog_reads or self.bench.retry_reads or self.answers
        is_due = next_s is not None and next_s <= self.bench.now_s + RETRY_S_MAX
        assert self.in_flight() or is_read or is_due

    @invariant()
    def memory_is_bounded(self) -> None:
        uploads = self.bench.uploads
        assert len(self.in_flight()) <= 4 + 2
        assert len(uploads.retries.waiting) <= 4
        assert len(uploads.alone.suspects) <= 4
        assert uploads.in_window <= 2
        assert uploads.retries.in_flight <= 2
        assert len(uploads.waits.lapsed) <= 8
        assert len(uploads.backlog.ready) <= READ_COUNT + 2 * 2

    @invariant()
    def the_counts_are_what_they_count(self) -> None:
        uploads = self.bench.uploads
        ways = Counter(u.way for u in uploads.un_acked.values() if u.due_s is None)
        assert uploads.in_window == ways[Way.BACKLOG]
        assert uploads.retries.in_flight == ways[Way.RETRY]
        assert ways[Way.ALONE] <= 1
        waiting = {i for i, upload in uploads.un_acked.items() if upload.due_s is not None}
        assert uploads.retries.waiting.keys() | uploads.alone.suspects.keys() == waiting
        for upload in uploads.un_acked.values():
            assert all(uploads.waits.of(number) is upload for number in upload.numbers)

    def teardown(self) -> None:
        """With a peer that answers everything, all of it arrives and is forgotten."""
        self.answers.clear()
        self.bench.deactivate()
        self.bench.backlog_reads.clear()
        self.bench.retry_reads.clear()
        self.bench.activate()
        self.arrive()

    def arrive(self) -> None:
        here = self.bench
        for _ in range(10 + 2 * here.numbers):
            here.answer()
            for message_id in self.in_flight():
                here.ack(message_id)
            here.wait(60)
            if not here.stored.keys() - here.quarantined.keys():
                here.wait(3600)
            if not here.stored:
                break
        assert here.stored == {}
        assert len(here.forgotten) == here.numbers


class LiveRandomUploads(RandomUploads):
    """The same, but at the end the connection stays: what was begun is brought to its end."""

    def teardown(self) -> None:
        here = self.bench
        if not here.uploads.active:
            here.activate()
        for answer in self.answers:
            if isinstance(answer, BacklogRead):
                here.give_backlog(answer)
            else:
                here.give_retries(answer)
        self.arrive()


class StrictRandomUploads(LiveRandomUploads):
    """The same, one event un-acked at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.bench.uploads = Uploads(ACK_TIMEOUT_S, 2, 4, strict=True)

    @invariant()
    def one_event_is_un_acked(self) -> None:
        events = [u for u in self.bench.uploads.un_acked.values() if not u.quarantined]
        assert len(events) <= 1


TestRandomUploads: Any = RandomUploads.TestCase
TestRandomUploads.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestLiveRandomUploads: Any = LiveRandomUploads.TestCase
TestLiveRandomUploads.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestStrictRandomUploads: Any = StrictRandomUploads.TestCase
TestStrictRandomUploads.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
