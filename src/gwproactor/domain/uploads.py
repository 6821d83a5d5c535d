"""Stored events on their way to the upstream peer: what is sent when, and what an ack clears.

While the link is active, a new event is sent at once (live), and the backlog follows beside it in
its own order: a window, one more for each ack. What the peer did not answer is tried again later,
in a window of its own (`retries`), and after strikes no more (`strikes`, `quarantine`).

In strict order one event is un-acked at a time: a new one waits behind the backlog, and what is
unanswered blocks all others until it is acked or in quarantine.
"""

from collections.abc import Collection
from collections.abc import Sequence as Items
from typing import Final

from gwproactor.domain.alone import Alone
from gwproactor.domain.backlog import Backlog
from gwproactor.domain.comparison import Comparison
from gwproactor.domain.decisions import Decision, Forget, Release
from gwproactor.domain.facts import BacklogRead, EventAccepted, QuarantineRead, RetriesRead
from gwproactor.domain.retries import RETRY_S_MAX, Retries
from gwproactor.domain.stats import UploadStats
from gwproactor.domain.store_reads import StoreReads
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.strikes import Record, Strikes
from gwproactor.domain.un_acked import UnAcked
from gwproactor.domain.upload import Condemned, Upload, Way

# Strikes are remembered of so many times as many events as may be un-acked, or of RECORDS_MIN if
# that is more: with few, those whose turn was longest ago would be forgotten, and found anew for
# ever.
RECORDS: Final = 10
RECORDS_MIN: Final = 10_000


class Uploads:
    """The un-acked events of the upstream link. `window` bounds how many of the backlog are in
    flight at once, and how many of those sent again. `un_acked_max` bounds thrice: how many are in
    flight when one more is sent for the first time, how many wait to be sent again, and how many
    suspects wait for their turn (more of both are found by reading the store anew).

    After anything that happened, `go_on` says how it goes on.
    """

    def __init__(
        self,
        ack_timeout_s: float,
        window: int,
        un_acked_max: int,
        *,
        strikes_max: int = 3,
        strict: bool = False,
    ) -> None:
        self.window = window
        self.un_acked_max = un_acked_max
        self.strict = strict
        self.stats = UploadStats()
        self.active = False
        self.in_window = 0
        self.waits = UnAcked(2 * un_acked_max)
        self.un_acked = self.waits.uploads
        self.reads = StoreReads()
        self.backlog = Backlog(self.reads, window)
        self.retries = Retries(self.reads, ack_timeout_s, window)
        self.strikes = Strikes(strikes_max, max(RECORDS_MIN, RECORDS * un_acked_max))
        self.alone = Alone(self.reads, self.strikes)
        self.comparison = Comparison(strict)
        # Not all that is stored has found room here: it is read again then.
        self.missed_s: float | None = None
        self._acked_here = False

    def in_flight(self, number: int) -> bool:
        """Whether the event stored under *number* was sent and its ack is waited for."""
        upload = self.waits.of(number)
        return upload is not None and upload.due_s is None

    # The link comes and goes

    def activated(self, now_s: float) -> None:
        """Begin to send what is stored."""
        self._forget_connection()
        self.active = True
        self.alone.activated(now_s)
        self.backlog.restart()

    def deactivated(self, now_s: float, *, was_cut: bool) -> list[Condemned]:
        """Everything un-acked goes back to the store's keeping; late acks still clear it.

        *was_cut*: nobody meant the connection to end; what was in flight may be the cause.
        """
        condemned: list[Condemned] = []
        for message_id, upload in list(self.un_acked.items()):
            if upload.due_s is None and upload.quarantined:
                self.alone.quarantine.tried(upload.type_name, now_s)
            elif upload.due_s is None and was_cut and upload.way is not Way.REPORT:
                is_alone = upload.way is Way.ALONE and self._acked_here
                record = self.strikes.cut(upload.numbers[0], alone=is_alone)
                if self.strikes.is_out(record):
                    condemned.append(self._condemn(upload, record, now_s))
            self.waits.lapse(message_id, upload)
        self._forget_connection()
        return condemned

    # New events

    def accepted(self, event: EventAccepted, *, is_last: bool = False) -> bool:
        """Whether this new event is to be sent now. The last one of the node passes
        `un_acked_max`: left to the backlog, it would not go out before the end.
        """
        number = event.sequence.number
        self.backlog.newest = max(self.backlog.newest, number)
        is_report = event.message_id == self.comparison.report_id
        if is_report and self.strict:
            self.comparison.keep(event)
        if not self.active:
            return False
        present = self.un_acked.get(event.message_id)
        if present is None and not self._may_go_live(is_last=is_last, is_report=is_report):
            self.backlog.left(number)
            return False
        self.backlog.passed(number)
        if present is not None:
            self.waits.add(present, event)
            return False
        self._sent(event, Way.REPORT if is_report and self.strict else Way.LIVE)
        return True

    def _may_go_live(self, *, is_last: bool, is_report: bool) -> bool:
        if self.strict:
            is_next = self.backlog.is_empty and not self.un_acked and self.alone.event is None
            return is_next or is_report
        if is_last or is_report:
            return True
        return self.alone.event is None and self.count_in_flight() < self.un_acked_max

    # What the peer says, and does not say

    def acked(self, message_id: str, now_s: float) -> list[Decision] | None:
        """The peer has this event: forget it. None if it was no event of ours."""
        upload = self.waits.acked(message_id)
        if upload is not None:
            self._leave(message_id, upload)
            self._acked_here = True
        else:
            upload = self.waits.lapsed.pop(message_id, None)
            if upload is None:
                return None
        self.stats.acked += bool(upload.numbers)
        self.strikes.acked(upload.numbers, now_s)
        self._forget(upload.numbers)
        decisions: list[Decision] = [Forget(number, message_id) for number in upload.numbers]
        if upload.quarantined:
            # The peer takes events of this type: send all of them.
            decisions.append(Release(upload.type_name))
            self.alone.quarantine.released(upload.type_name, now_s)
            self.backlog.restart()
        return decisions

    def unanswered(self, message_id: str, now_s: float, *, compared: bool) -> Condemned | None:
        """The peer lives but did not ack this event: it frees its place and is tried later, unless
        it is out. *compared*: another event, sent after this try, was acked in time.
        """
        upload = self.un_acked.get(message_id)
        if upload is None or upload.due_s is not None:
            return None
        self._leave(message_id, upload)
        self.stats.unanswered += 1
        if upload.quarantined:
            self.waits.lapse(message_id, upload)
            self.alone.quarantine.tried(upload.type_name, now_s)
            return None
        if upload.way is Way.REPORT:
            self._miss(message_id, upload, now_s)
            return None
        record = self.strikes.unanswered(upload.numbers[0], now_s, compared=compared)
        if self.strikes.is_out(record):
            self.waits.lapse(message_id, upload)
            return self._condemn(upload, record, now_s)
        if len(self.retries.waiting) < self.un_acked_max:
            self.retries.wait(message_id, upload, record.tries, now_s)
        else:
            self._miss(message_id, upload, now_s)
        return None

    # What the store says

    def backlog_read(self, read: BacklogRead) -> bool:
        """Take in what was read; whether the answer was waited for."""
        return self.backlog.read(read)

    def retries_read(self, read: RetriesRead, now_s: float) -> list[StoredEvent] | None:
        """The events to send again now; None if the answer was not waited for. Those that are no
        longer stored are given up.
        """
        gone = set(read.numbers) - {event.sequence.number for event in read.events}
        if self.alone.read(read, now_s):
            self._give_up(gone)
            return []
        again = self.retries.read(read)
        if again is None:
            return None
        self._give_up(gone)
        self.stats.sent += len(again)
        return [*again, *self._compare(again)]

    def quarantine_read(self, read: QuarantineRead, now_s: float) -> None:
        """Try the oldest of each type from now on."""
        self.alone.quarantine.read(read.events, now_s)

    def read_failed(self, asked: int, now_s: float) -> None:
        """The store could not answer: ask again in a while."""
        readers = (self.backlog, self.retries, self.alone)
        if any(reader.read_failed(asked) for reader in readers):
            self.reads.failed(now_s)

    def dropped(self, numbers: Collection[int]) -> None:
        """The store gives these up."""
        self._give_up(numbers)
        self.waits.drop_lapsed(frozenset(numbers))

    # What to do now

    @property
    def is_quiet(self) -> bool:
        """Whether nothing but new events is sent, so that an ack lets nothing go on: kept cheap, as
        it is asked with every ack.
        """
        return not (
            self.backlog.unread
            or self.backlog.ready
            or self.retries.waiting
            or self.alone.suspects
            or self.alone.event is not None
            or self.stats.is_reuploading
            or self.waits.is_namesake_due
            or self.missed_s is not None
        )

    def go_on(self, now_s: float) -> tuple[list[StoredEvent], list[Decision]]:
        """The events to send now, and the reads that keep them coming."""
        self.reads.time_passed(now_s)
        if not self.active:
            return [], []
        if self.alone.event is not None:
            events = self._go_alone(self.alone.event, now_s)
            if self.alone.event is not None:
                return events, []
        if self.waits.is_namesake_due:
            self.waits.is_namesake_due = False
            self.missed_s = now_s
        retries = self.retries.due(now_s)
        events = self._go_on_with_backlog(now_s)
        if self.missed_s is not None and self.missed_s <= now_s and self.backlog.is_empty:
            self.missed_s = None
            self.backlog.restart()
        alone = self.alone.ask(now_s, is_last=self._is_last_left, others_acked=self._acked_here)
        return events, [*retries, *alone, *self.backlog.read_on()]

    def next_s(self) -> float | None:
        """When time alone lets something go on; nothing does while one event is sent alone."""
        if self.reads.paused_until_s is not None:
            return self.reads.paused_until_s
        if not self.active or self.alone.event is not None:
            return None
        times = [
            self.retries.next_s(),
            self.alone.next_s(is_last=self._is_last_left),
            self.missed_s if self.backlog.is_empty else None,
        ]
        return min((time_s for time_s in times if time_s is not None), default=None)

    def _go_on_with_backlog(self, now_s: float) -> list[StoredEvent]:
        events: list[StoredEvent] = []
        while self.backlog.ready and self._has_room():
            event = self.backlog.next()
            if event is None:
                continue
            present = self.un_acked.get(event.message_id)
            if present is not None:
                self.waits.add(present, event)
            elif self.strikes.suspects(event.sequence.number):
                events += self._set_aside(event, now_s)
            else:
                self._sent(event, Way.BACKLOG)
                events.append(event)
        goes_on = bool(self.in_window) or not self.backlog.is_empty
        self.stats.count_reupload(begins=bool(events), goes_on=goes_on)
        return events

    def _has_room(self) -> bool:
        if self.strict:
            return all(upload.way is Way.REPORT for upload in self.un_acked.values())
        return self.in_window < self.window and self.count_in_flight() < self.un_acked_max

    # Alone and last

    @property
    def _is_last_left(self) -> bool:
        return self.strict or self.backlog.is_empty

    def _set_aside(self, event: StoredEvent, now_s: float) -> list[StoredEvent]:
        """What to send before this suspect: only the report can be, in strict order."""
        if len(self.alone.suspects) >= self.un_acked_max:
            self._miss(event.message_id, Upload.of(event, Way.ALONE), now_s)
            return []
        self.waits.put(event.message_id, self.alone.set_aside(event))
        return self._compare([event]) if self.strict else []

    def _go_alone(self, event: StoredEvent, now_s: float) -> list[StoredEvent]:
        """Send this event, once nothing else is in flight."""
        if self.count_in_flight() or self.retries.is_reading:
            return []
        upload = self.alone.take(now_s, is_un_acked=event.message_id in self.un_acked)
        if upload is None:
            return []
        self.waits.put(event.message_id, upload)
        self.stats.sent += 1
        return [event]

    def _compare(self, tried: Items[StoredEvent]) -> list[StoredEvent]:
        """The report to send with what is *tried*, if there is one to compare with."""
        if self.comparison.report_id in self.un_acked:
            return []
        report = self.comparison.after(tried, self.strikes.records, self.alone.quarantine.oldest)
        if report is None:
            return []
        self.waits.put(report.message_id, self.comparison.upload(report))
        return [report]

    # Own affairs

    def _sent(self, event: StoredEvent, way: Way) -> None:
        self.waits.put(event.message_id, Upload.of(event, way))
        self.in_window += way is Way.BACKLOG
        self.stats.sent += 1

    def count_in_flight(self) -> int:
        """How many were sent and wait for their ack."""
        return len(self.un_acked) - len(self.retries.waiting) - len(self.alone.suspects)

    def _leave(self, message_id: str, upload: Upload) -> None:
        """It gives up its place."""
        if upload.due_s is not None:
            self.retries.waiting.pop(message_id, None)
            self.alone.suspects.pop(message_id, None)
        elif upload.way is Way.BACKLOG:
            self.in_window -= 1
        elif upload.way is Way.RETRY:
            self.retries.in_flight -= 1
        elif upload.way is Way.ALONE:
            self.alone.end()

    def _miss(self, message_id: str, upload: Upload, now_s: float) -> None:
        """There is no room to remember it: the store does, and is read again in a while."""
        self.waits.lapse(message_id, upload)
        if self.missed_s is None:
            self.missed_s = now_s + RETRY_S_MAX

    def _condemn(self, upload: Upload, record: Record, now_s: float) -> Condemned:
        upload.quarantined = True
        for number in upload.numbers:
            self.alone.quarantine.added(upload.type_name, number, now_s)
        self._forget(upload.numbers)
        self.stats.quarantined += len(upload.numbers)
        return Condemned(upload.numbers, upload.type_name, str(record), record.is_reported)

    def _forget(self, numbers: Collection[int]) -> None:
        """These are no longer stored, or not to be sent."""
        self.strikes.forget(numbers)
        self.backlog.forget(numbers)
        self.comparison.forget(numbers)

    def _give_up(self, gone: Collection[int]) -> None:
        """These are no longer stored, whether they were sent or not."""
        for message_id, upload in self.waits.drop(gone):
            self._leave(message_id, upload)
        self.alone.forget(gone)
        self._forget(gone)

    def _forget_connection(self) -> None:
        self.active = self._acked_here = False
        self.in_window = 0
        self.stats.end_reupload()
        self.reads.paused_until_s = self.missed_s = self.comparison.wanted = None
        self.waits.clear()
        self.backlog.stop()
        self.retries.stop()
        self.alone.stop()
