"""What is done when the event store runs out of room: its limit is a rule of the core, not its own.

Under `drop-oldest` a store takes every event. Once it holds more than its limit, the oldest are
read in batches; a report of each batch is stored; then, and only then, the batch is dropped. What
is in flight stays, and so do reports of drops and the newest event. So a store may hold more than
its limit: by what is accepted meanwhile, and by what cannot be dropped.

Under `refuse-new` the border asks `StorePolicy.refuses` before it gives the store an event.
"""

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Items
from enum import Enum
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, Drop, Forget, Raise, ReadOldest
from gwproactor.domain.events import StoreDroppedEvent
from gwproactor.domain.facts import EventAccepted, EventRefused, OldestRead, ProblemFound
from gwproactor.domain.moment import Moment
from gwproactor.domain.reports import Reports
from gwproactor.domain.store_reads import CLEARED_MAX
from gwproactor.domain.stored_event import StoredEvent

# What is read at once: enough that one report stands for many events, little enough for memory.
BATCH_COUNT: Final = 1_000
BATCH_BYTES_MAX: Final = 1_048_576
# After a failure, or where nothing could be dropped: else each new event would cause a read.
AGAIN_S: Final = 1.0
# How far what the node reports of itself may pass the limit of a store that refuses new events.
OWN_BYTES: Final = 262_144

DROPPED_TYPE: Final = StoreDroppedEvent.wire.type_name


class WhenFull(Enum):
    """What a full event store does."""

    DROP_OLDEST = "drop-oldest"
    REFUSE_NEW = "refuse-new"


@attrs.frozen
class StorePolicy:
    """What a store of up to *bytes_max* bytes of payload does when it is full."""

    bytes_max: int
    when_full: WhenFull

    @property
    def goal_bytes(self) -> int:
        """Drops go on until no more is stored, so that not every new event causes one."""
        return self.bytes_max - min(BATCH_BYTES_MAX, self.bytes_max // 10)

    @property
    def warn_bytes(self) -> int:
        """From here on there is a warning."""
        return self.bytes_max * 9 // 10

    @property
    def calm_bytes(self) -> int:
        """Below this the next warning is due again."""
        return self.bytes_max * 8 // 10

    def refuses(self, pending_bytes: int, size: int, *, own: bool = False) -> bool:
        """Whether a store that holds *pending_bytes* must not be given *size* more; *own*: of what
        the node reports of itself.
        """
        if self.when_full is WhenFull.DROP_OLDEST:
            return False
        return pending_bytes + size > self.bytes_max + own * OWN_BYTES


@attrs.frozen
class _Batch:
    """What is dropped once `report` is stored: events, and former reports that it includes."""

    report: StoreDroppedEvent
    events: Items[StoredEvent]
    former: Items[StoredEvent]


@attrs.define
class StoreRoom:
    """The room of one node's store. *in_flight* tells whether the event with this number is sent
    and un-acked.
    """

    policy: StorePolicy
    reports: Reports
    in_flight: Callable[[int], bool]
    _reading: bool = False
    # By the id of the report that is to be stored first.
    _batches: dict[str, _Batch] = attrs.Factory(dict)
    # Stored reports that no peer can have got yet, by number.
    _reported: dict[int, StoreDroppedEvent] = attrs.Factory(dict)
    # Forgotten since the read was asked for; its answer may still bring them. Of too many not all:
    # then the answer is not used.
    _forgotten: set[int] = attrs.Factory(set)
    _newest: int = 0
    _after: int = 0
    _goal: int = 0
    _goes_on: bool = False
    _not_before_s: float = 0.0
    _warned: bool = False

    # What happened

    def accepted(self, event: EventAccepted, at: Moment) -> list[Decision]:
        """The store took an event, perhaps more than it should hold, perhaps a report of a drop."""
        batch = self._batches.pop(event.message_id, None)
        if batch is not None:
            return self._drop(batch, event.sequence.number)
        if event.type_name != DROPPED_TYPE:
            self._newest = event.sequence.number
        if event.pending_bytes < self.policy.warn_bytes and not self._warned:
            return []
        return [*self._warn(event.pending_bytes, at), *self._make_room(event.pending_bytes, at)]

    def refused(self, refused: EventRefused, at: Moment) -> list[Decision]:
        """An event was not taken. Without its report a batch stays."""
        if self._batches.pop(refused.message_id, None) is not None:
            self._rest(at)
        if not refused.full:
            return []
        details = (
            f"the limit (event_store.bytes_max) is {self.policy.bytes_max} bytes, when_full is "
            f"{self.policy.when_full.value!r}; there is room again once the peer has acked events"
        )
        return self._problem("full", "event store: full, new events are refused", details, at)

    def oldest_read(self, read: OldestRead, at: Moment) -> list[Decision]:
        """Choose from the oldest, and report what is to be dropped."""
        self._reading = False
        if read.events is not None and read.pending_bytes <= self._goal:
            return []  # acks have made room
        if not read.events:
            self._rest(at)
            return []
        if len(self._forgotten) > CLEARED_MAX:
            return self._read()
        self._goal, self._after = self.policy.goal_bytes, read.events[-1].sequence.number
        excess = read.pending_bytes - self._goal
        oldest = [event for event in read.events if self._may_drop(event)]
        chosen = _first_bytes((e for e in oldest if e.type_name != DROPPED_TYPE), excess)
        if not chosen:
            return self._read()
        self._goes_on = sum(len(event.payload) for event in chosen) < excess
        former = [event for event in oldest if event.sequence.number in self._reported]
        return [self._report(events, former, at) for events in _by_epoch(chosen)]

    def peer_active(self) -> None:
        """What is stored may be sent, and a report that was sent must stay as it is."""
        self._reported.clear()

    def performed(self, decisions: Iterable[Decision]) -> None:
        """An event that was acked while it was read must not be reported as dropped."""
        if self._batches or (self._reading and len(self._forgotten) <= CLEARED_MAX):
            forgets = (decision for decision in decisions if isinstance(decision, Forget))
            self._forgotten.update(forget.number for forget in forgets)

    # Warning

    def _warn(self, pending_bytes: int, at: Moment) -> list[Decision]:
        """Once from 90 % of the limit, and not again before it was below 80 %."""
        policy = self.policy
        if pending_bytes < policy.warn_bytes:
            self._warned = self._warned and pending_bytes >= policy.calm_bytes
            return []
        if self._warned:
            return []
        self._warned = True
        drops = policy.when_full is WhenFull.DROP_OLDEST
        then = "the oldest events are dropped for new ones" if drops else "new events are refused"
        details = (
            f"{pending_bytes} of {policy.bytes_max} bytes (event_store.bytes_max); at 100 % {then} "
            f"(when_full = {policy.when_full.value!r})"
        )
        percent = 100 * pending_bytes // policy.bytes_max
        return self._problem("nearly full", f"event store: {percent} % full", details, at)

    def _problem(self, cause: str, summary: str, details: str, at: Moment) -> list[Decision]:
        found = ProblemFound("event store", "event store", cause, summary, details)
        return self.reports.problem(found, at)

    # Making room

    def _make_room(self, pending_bytes: int, at: Moment) -> list[Decision]:
        if pending_bytes <= self.policy.bytes_max or self.policy.when_full is WhenFull.REFUSE_NEW:
            return []
        if self._reading or self._batches or at.now_s < self._not_before_s:
            return []
        # A store may still count what was cleared; the answer to the read says what is true.
        self._goal, self._after = self.policy.bytes_max, 0
        return self._read()

    def _read(self) -> list[Decision]:
        self._reading = True
        self._forgotten.clear()
        return [ReadOldest(self._after, BATCH_COUNT, BATCH_BYTES_MAX)]

    def _rest(self, at: Moment) -> None:
        self._goes_on = False
        self._not_before_s = at.now_s + AGAIN_S

    def _may_drop(self, event: StoredEvent) -> bool:
        number = event.sequence.number
        is_needed = number == self._newest or number in self._forgotten
        return not is_needed and not self.in_flight(number)

    def _report(
        self, events: Items[StoredEvent], stored: Items[StoredEvent], at: Moment
    ) -> Decision:
        """The report of *events*, which are of one epoch. It takes over the *stored* ones of that
        epoch: else a long outage would fill the store with reports.
        """
        epoch, numbers = _epoch(events[0]), [_number(event) for event in events]
        former = [one for one in stored if self._reported[one.sequence.number].epoch == epoch]
        taken_over = [self._reported[one.sequence.number] for one in former]
        report = StoreDroppedEvent(
            message_id=at.chance.new_id(),
            epoch=epoch,
            first_number=min([*numbers, *(one.first_number for one in taken_over)]),
            last_number=max([*numbers, *(one.last_number for one in taken_over)]),
            count=len(events) + sum(one.count for one in taken_over),
            bytes=sum(len(event.payload) for event in events)
            + sum(one.bytes for one in taken_over),
        )
        self._batches[report.message_id] = _Batch(report, events, former)
        return Raise(report)

    def _drop(self, batch: _Batch, number: int) -> list[Decision]:
        """Its report is stored under *number*."""
        self._reported[number] = batch.report
        # Between choice and report the shell lets nothing happen; but never drop what is in flight.
        events = [event for event in batch.events if self._may_drop(event)]
        former = [event for event in batch.former if self._may_drop(event)]
        for event in former:
            del self._reported[event.sequence.number]
        self.reports.stats.events_dropped += len(events)
        drops: list[Decision] = [
            Drop(event.sequence.number, event.message_id) for event in (*former, *events)
        ]
        return [*drops, *self._read()] if self._goes_on and not self._batches else drops


def _first_bytes(events: Iterable[StoredEvent], size: int) -> list[StoredEvent]:
    """The first events that have *size* bytes of payload together, or all."""
    chosen: list[StoredEvent] = []
    for event in events:
        if size <= 0:
            break
        chosen.append(event)
        size -= len(event.payload)
    return chosen


def _by_epoch(events: Iterable[StoredEvent]) -> Iterable[list[StoredEvent]]:
    """A relay's store holds events of several sources, each with an epoch of its own."""
    groups: dict[str, list[StoredEvent]] = {}
    for event in events:
        groups.setdefault(_epoch(event), []).append(event)
    return groups.values()


def _epoch(event: StoredEvent) -> str:
    return event.header_sequence.epoch if event.header_sequence is not None else ""


def _number(event: StoredEvent) -> int:
    return event.header_sequence.number if event.header_sequence is not None else 0
