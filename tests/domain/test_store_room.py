"""What is dropped, reported and refused when the store is full: `StoreRoom` beside a plain store.

The random test at the end plays source, peer and store; nothing may be lost without a report.
"""

import random
from collections import deque
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwproactor.domain.decisions import Decision, Drop, Forget, Raise, ReadOldest
from gwproactor.domain.events import Event, ProblemEvent, StoreDroppedEvent
from gwproactor.domain.facts import EventAccepted, EventRefused, OldestRead
from gwproactor.domain.message import Sequence
from gwproactor.domain.moment import Moment
from gwproactor.domain.reports import Reports
from gwproactor.domain.stats import ProactorStats
from gwproactor.domain.store_reads import CLEARED_MAX
from gwproactor.domain.store_room import (
    AGAIN_S,
    BATCH_BYTES_MAX,
    BATCH_COUNT,
    OWN_BYTES,
    StorePolicy,
    StoreRoom,
    WhenFull,
)
from gwproactor.domain.stored_event import Origin, StoredEvent
from tests.support.core_driver import FixedChance

REPORT: Final = StoreDroppedEvent.wire.type_name
REPORT_BYTES: Final = 10


class Bench:
    """A store of plain data and the shell around it. Reads are answered when `answers` is set."""

    def __init__(self, bytes_max: int = 1_000, when_full: WhenFull = WhenFull.DROP_OLDEST) -> None:
        self.stats = ProactorStats()
        self.in_flight: set[int] = set()
        self.room = StoreRoom(
            StorePolicy(bytes_max, when_full), Reports(self.stats), self.in_flight.__contains__
        )
        self.chance = FixedChance()
        self.now_s = 0.0
        self.stored: dict[int, StoredEvent] = {}
        self.reads: deque[ReadOldest] = deque()
        self.reports: dict[int, StoreDroppedEvent] = {}
        self.problems: list[ProblemEvent] = []
        self.dropped: list[int] = []
        self.answers = True
        self.takes = True
        self.number = 0

    @property
    def pending_bytes(self) -> int:
        return sum(len(event.payload) for event in self.stored.values())

    @property
    def numbers(self) -> list[int]:
        """Of what is stored, but for reports and problems."""
        return [number for number, event in self.stored.items() if event.type_name == "t"]

    def accept(self, size: int = 100, *, origin: Origin | None = None) -> int:
        """A new event; what follows from it is done."""
        accepted = self._store("t", f"m{self.number + 1}", size, origin)
        self.do(self.room.accepted(accepted, self.at))
        return accepted.sequence.number

    def fill(self, count: int, size: int = 100) -> list[int]:
        return [self.accept(size) for _ in range(count)]

    def ack(self, number: int) -> None:
        self.in_flight.discard(number)
        event = self.stored.pop(number)
        self.room.performed([Forget(number, event.message_id)])

    def answer(self, *, fails: bool = False) -> None:
        """Answer the read that waits longest."""
        self.do(self.room.oldest_read(self.found(self.reads.popleft(), fails=fails), self.at))

    def found(self, read: ReadOldest, *, fails: bool = False) -> OldestRead:
        if fails:
            return OldestRead(None, self.pending_bytes)
        events, size = list[StoredEvent](), 0
        for number, event in self.stored.items():
            if number <= read.after or len(events) >= read.count or size >= read.bytes_max:
                continue
            events.append(event)
            size += len(event.payload)
        return OldestRead(tuple(events), self.pending_bytes)

    def do(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case ReadOldest():
                    assert not self.reads, "two reads at once"
                    self.reads.append(decision)
                case Drop(number, message_id):
                    assert number not in self.in_flight
                    assert self.stored.pop(number).message_id == message_id
                    self.dropped.append(number)
                case Raise(event):
                    self._raise(event)
                case _:
                    raise AssertionError(decision)
        while self.answers and self.reads:
            self.answer()

    @property
    def at(self) -> Moment:
        return Moment(self.now_s, 1_700_000_000_000, self.chance)

    def _store(
        self, type_name: str, message_id: str, size: int, origin: Origin | None = None
    ) -> EventAccepted:
        self.number += 1
        sequence = Sequence("e", self.number)
        event = StoredEvent(sequence, message_id, type_name, b"x" * size, origin)
        self.stored[self.number] = event
        return EventAccepted.of(event, self.pending_bytes)

    def _raise(self, event: Event) -> None:
        if isinstance(event, ProblemEvent):
            self.problems.append(event)
            return
        assert isinstance(event, StoreDroppedEvent)
        if not self.takes:
            refused = EventRefused(event.type_name, "disk", event.message_id)
            self.do(self.room.refused(refused, self.at))
            return
        accepted = self._store(event.type_name, event.message_id, REPORT_BYTES)
        self.reports[self.number] = event
        self.do(self.room.accepted(accepted, self.at))


def ranges(bench: Bench) -> list[tuple[str, int, int, int, int]]:
    """What the stored reports say."""
    reports = [bench.reports[number] for number in bench.reports if number in bench.stored]
    return [(r.epoch, r.first_number, r.last_number, r.count, r.bytes) for r in reports]


# Dropping the oldest


def test_at_its_limit_a_store_drops_nothing() -> None:
    bench = Bench()
    bench.fill(10)
    assert (bench.pending_bytes, bench.dropped, bench.reports) == (1_000, [], {})


def test_above_its_limit_the_oldest_go_until_a_tenth_is_free() -> None:
    bench = Bench()
    bench.fill(11)
    assert bench.dropped == [1, 2]
    assert ranges(bench) == [("e", 1, 2, 2, 200)]
    assert bench.stats.events_dropped == 2
    assert bench.pending_bytes == 900 + REPORT_BYTES


def test_not_every_new_event_drops_one() -> None:
    bench = Bench(bytes_max=10_000)
    bench.fill(101)
    assert len(bench.dropped) == 11
    bench.fill(9)
    assert len(bench.dropped) == 11


def test_nothing_is_dropped_before_its_report_is_stored() -> None:
    bench = Bench()
    bench.answers = False
    bench.fill(11)
    [raised] = bench.room.oldest_read(bench.found(bench.reads.popleft()), bench.at)
    assert isinstance(raised, Raise)
    assert bench.dropped == []


def test_without_its_report_nothing_is_dropped_and_a_later_event_tries_again() -> None:
    bench = Bench()
    bench.takes = False
    bench.fill(11)
    assert (bench.dropped, bench.stats.events_dropped) == ([], 0)
    bench.takes = True
    bench.accept()
    assert bench.dropped == [], "tried again at once"
    bench.now_s += AGAIN_S
    bench.accept()
    assert bench.dropped == [1, 2, 3, 4]
    assert ranges(bench) == [("e", 1, 4, 4, 400)]


def test_a_store_that_cannot_be_read_drops_nothing_until_it_can() -> None:
    bench = Bench()
    bench.answers = False
    bench.fill(11)
    bench.answer(fails=True)
    bench.accept()
    assert (bench.dropped, len(bench.reads)) == ([], 0)
    bench.answers, bench.now_s = True, AGAIN_S
    bench.accept()
    assert bench.dropped[0] == 1


def test_batches_are_bounded_and_one_is_read_at_a_time() -> None:
    bench = Bench(bytes_max=100_000)
    bench.answers = False
    bench.fill(BATCH_COUNT * 3, 99)
    [read] = bench.reads
    assert (read.after, read.count, read.bytes_max) == (0, BATCH_COUNT, BATCH_BYTES_MAX)
    bench.answer()
    assert bench.dropped == list(range(1, BATCH_COUNT + 1))
    [read] = bench.reads
    assert read.after == BATCH_COUNT
    bench.accept(99)
    assert len(bench.reads) == 1
    bench.answer()
    bench.answer()
    assert not bench.reads
    assert bench.pending_bytes <= 90_000 + 3 * REPORT_BYTES
    assert [count for *_, count, _ in ranges(bench)] == [BATCH_COUNT, BATCH_COUNT, 93]


def test_a_batch_of_several_sources_is_done_before_the_next_is_read() -> None:
    bench = Bench(bytes_max=100_000)
    bench.answers = False
    for number in range(1, BATCH_COUNT + 1):
        bench.accept(99)
        bench.accept(99, origin=Origin(Sequence("child", number)))
    bench.answers = True
    bench.answer()
    assert [report[0] for report in ranges(bench)] == ["e", "child", "e", "child"]
    assert sum(report[3] for report in ranges(bench)) == len(bench.dropped)


def test_a_store_that_opens_above_a_lowered_limit_is_relieved_by_the_first_event() -> None:
    bench = Bench(bytes_max=10_000)
    bench.fill(100)
    smaller = Bench(bytes_max=1_000)
    smaller.stored, smaller.number = bench.stored, bench.number
    smaller.accept(10)
    assert smaller.pending_bytes <= 900 + REPORT_BYTES
    assert smaller.numbers == [*range(93, 101), 101]


def test_what_is_in_flight_stays() -> None:
    """Hazard 10: in the original the ack of a trimmed event moved no window."""
    bench = Bench()
    bench.in_flight.update({1, 3, 4})
    bench.fill(11)
    assert bench.dropped == [2, 5]
    assert ranges(bench) == [("e", 2, 5, 2, 200)]


def test_where_all_is_in_flight_nothing_is_dropped_and_it_is_not_read_for_each_event() -> None:
    bench = Bench()
    bench.in_flight.update(range(1, 100))
    bench.fill(11)
    bench.answers = False
    bench.accept()
    assert not bench.reads
    bench.in_flight.clear()
    bench.answers, bench.now_s = True, AGAIN_S
    bench.accept()
    assert bench.dropped == [1, 2, 3, 4]


def test_trimming_looks_behind_what_stays() -> None:
    """Hazard 9: only what the report names is deleted, in whatever order it lies."""
    bench = Bench(bytes_max=300_000)
    bench.in_flight.update(range(1, 2 * BATCH_COUNT + 1))
    bench.fill(3_001)
    assert bench.dropped == list(range(2_001, 2_302))
    assert set(bench.numbers) == set(range(1, 3_002)) - set(bench.dropped)


def test_the_newest_event_stays_however_large_it_is() -> None:
    bench = Bench()
    bench.fill(3)
    newest = bench.accept(1_000)
    assert bench.numbers == [newest]


def test_what_was_acked_while_it_was_read_is_not_reported() -> None:
    bench = Bench()
    bench.answers = False
    bench.fill(12)
    found = bench.found(bench.reads.popleft())
    bench.ack(2)
    bench.do(bench.room.oldest_read(found, bench.at))
    assert bench.dropped == [1, 3, 4]
    assert ranges(bench) == [("e", 1, 4, 3, 300)]


def test_if_too_much_was_acked_while_it_was_read_it_is_read_again() -> None:
    """Memory does not grow with the time that a store takes."""
    bench = Bench()
    bench.answers = False
    bench.fill(12)
    found = bench.found(bench.reads.popleft())
    for number in range(100, 100 + 2 * CLEARED_MAX):
        bench.room.performed([Forget(number, "acked")])
    bench.ack(1)
    assert len(bench.room._forgotten) <= CLEARED_MAX + 1

    bench.do(bench.room.oldest_read(found, bench.at))
    assert bench.reports == {}
    bench.answer()
    assert bench.dropped == [2, 3]


def test_acks_make_room_as_well() -> None:
    bench = Bench()
    bench.answers = False
    bench.fill(11)
    bench.ack(5)
    bench.answer()
    assert (bench.dropped, list(bench.reads)) == ([], [])


def test_reports_are_never_dropped() -> None:
    bench = Bench()
    for _ in range(100):
        bench.accept()
        bench.room.peer_active()
    assert ranges(bench)[0] == ("e", 1, 2, 2, 200)
    assert not set(bench.dropped) & set(bench.reports)


def test_a_report_that_was_not_sent_is_taken_over_by_the_next() -> None:
    """Else the reports of a long outage would fill a small store."""
    bench = Bench()
    bench.fill(500)
    assert len(ranges(bench)) <= 3
    assert sum(count for *_, count, _ in ranges(bench)) == 500 - len(bench.numbers)
    assert sum(size for *_, size in ranges(bench)) == 100 * (500 - len(bench.numbers))
    assert bench.stats.events_dropped == 500 - len(bench.numbers)
    covered = {n for _, first, last, *_ in ranges(bench) for n in range(first, last + 1)}
    assert covered.isdisjoint(bench.numbers)


def test_a_report_that_may_have_been_sent_is_not_taken_over() -> None:
    bench = Bench()
    bench.fill(11)
    bench.room.peer_active()
    bench.fill(20)
    assert ranges(bench)[0] == ("e", 1, 2, 2, 200)
    assert sum(count for *_, count, _ in ranges(bench)) == bench.stats.events_dropped


def test_relayed_events_are_reported_by_the_numbers_of_their_source() -> None:
    bench = Bench()
    bench.accept(origin=Origin(None))
    for number in range(71, 75):
        bench.accept(origin=Origin(Sequence("child", number)))
        bench.accept()
    bench.accept(500)
    assert bench.dropped == [1, 2, 4, 3, 5]
    assert ranges(bench) == [("", 0, 0, 1, 100), ("child", 71, 72, 2, 200), ("e", 3, 5, 2, 200)]
    assert bench.stats.events_dropped == 5


# Refusing new ones


@pytest.mark.parametrize(("size", "refused"), [(100, False), (101, True)])
def test_a_store_that_refuses_new_events_does_so_above_its_limit(size: int, refused: bool) -> None:
    policy = StorePolicy(1_000, WhenFull.REFUSE_NEW)
    assert policy.refuses(900, size) is refused
    assert policy.refuses(900, size, own=True) is False
    assert policy.refuses(900, size + OWN_BYTES, own=True) is refused
    assert StorePolicy(1_000, WhenFull.DROP_OLDEST).refuses(900, size) is False


def test_a_store_that_refuses_new_events_drops_none() -> None:
    bench = Bench(when_full=WhenFull.REFUSE_NEW)
    bench.fill(20)
    assert (bench.dropped, list(bench.reads), bench.reports) == ([], [], {})


def test_refusing_is_one_problem_in_ten_minutes() -> None:
    bench = Bench(when_full=WhenFull.REFUSE_NEW)
    for _ in range(3):
        bench.do(bench.room.refused(EventRefused("t", "full", full=True), bench.at))
    bench.do(bench.room.refused(EventRefused("t", "disk"), bench.at))
    [problem] = bench.problems
    assert problem.summary == "event store: full, new events are refused"
    assert "1000 bytes" in problem.details
    bench.now_s += 601.0
    bench.do(bench.room.refused(EventRefused("t", "full", full=True), bench.at))
    assert "2 more like it" in bench.problems[1].summary


# Warning


@pytest.mark.parametrize(
    ("when_full", "then"),
    [
        (WhenFull.DROP_OLDEST, "the oldest events are dropped for new ones"),
        (WhenFull.REFUSE_NEW, "new events are refused"),
    ],
)
def test_from_90_percent_there_is_one_warning_with_what_will_happen(
    when_full: WhenFull, then: str
) -> None:
    bench = Bench(when_full=when_full)
    bench.fill(8)
    bench.accept(99)
    assert bench.problems == []
    bench.accept(1)
    [warning] = bench.problems
    assert warning.summary == "event store: 90 % full"
    assert f"900 of 1000 bytes (event_store.bytes_max); at 100 % {then}" in warning.details
    bench.fill(50)
    assert len(bench.problems) == 1


def test_the_warning_is_due_again_once_less_than_80_percent_was_full() -> None:
    bench = Bench()
    first, second, *_ = bench.fill(9)
    bench.ack(first)
    bench.now_s = 1_000.0
    bench.accept()
    assert len(bench.problems) == 1, "it was 80 % full"
    bench.ack(second)
    bench.accept(0)
    bench.fill(2, 99)
    assert len(bench.problems) == 1, "it was 80 % full"
    bench.ack(3)
    bench.ack(4)
    bench.accept(0)
    bench.fill(2)
    assert len(bench.problems) == 2


# At random


@given(st.integers(0, 2**32), st.sampled_from([300, 1_000, 5_000]))
def test_what_was_generated_was_delivered_or_reported_or_is_stored(seed: int, limit: int) -> None:
    """Ranges name nothing that is stored later than the drop; counts are exact."""
    choice, bench = random.Random(seed), Bench(bytes_max=limit)
    generated, acked = 0, list[StoredEvent]()
    for _ in range(choice.randrange(300)):
        match choice.randrange(8):
            case 0 | 1 | 2 | 3:
                bench.accept(choice.choice([0, 1, 50, 100, limit]))
                generated += 1
            case 4 if bench.stored:
                bench.in_flight.add(choice.choice(list(bench.stored)))
                bench.room.peer_active()
            case 5 if bench.in_flight:
                number = choice.choice(sorted(bench.in_flight))
                acked.append(bench.stored[number])
                bench.ack(number)
            case 6:
                bench.in_flight.clear()
                bench.now_s += choice.choice([0.0, AGAIN_S])
            case _:
                bench.answers = choice.random() < 0.7
                bench.takes = choice.random() < 0.8
                if bench.reads and choice.random() < 0.2:
                    bench.answer(fails=True)
    received = [event for event in [*acked, *bench.stored.values()] if event.type_name == "t"]
    reports = [
        bench.reports[event.sequence.number]
        for event in [*acked, *bench.stored.values()]
        if event.type_name == REPORT
    ]
    assert sum(report.count for report in reports) == bench.stats.events_dropped
    assert bench.stats.events_dropped + len(received) == generated
    dropped = {number for number in bench.dropped if number not in bench.reports}
    assert all(
        any(report.first_number <= number <= report.last_number for report in reports)
        for number in dropped
    )
    assert not dropped & {event.sequence.number for event in received}
