"""Stored events on their way to the upstream peer: what is sent when, and what an ack clears.

While the link is active, a new event is sent at once (live), and the backlog follows beside it in
its own order: a window, one more for each ack. `cursor` is the number up to which every stored
event was read here, was sent or is gone; what lies behind it is the backlog, read from the store
in small batches, so that memory does not grow with an outage. What the peer did not answer is tried
again later, in a window of its own.
"""

from collections import deque
from collections.abc import Collection, Container, Iterable
from heapq import nsmallest
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, Forget, ReadBacklog, ReadRetries
from gwproactor.domain.facts import BacklogRead, EventAccepted, RetriesRead
from gwproactor.domain.stored_event import StoredEvent

RETRY_S_MAX: Final = 60.0
# One read of the store: enough that the window never waits for it, little enough for memory.
READ_COUNT: Final = 100
READ_BYTES_MAX: Final = 1_048_576
READ_AGAIN_S: Final = 5.0


@attrs.define
class Upload:
    """An event that was sent and is not acked, stored under `numbers` (more than one if the same
    id was generated again).

    `due_s` None: its ack is waited for; else it was unanswered `tries` times, is sent again then.
    `size` is that of its payload in bytes. `windowed`: it has a place in the backlog's window.
    """

    numbers: tuple[int, ...]
    size: int
    windowed: bool
    tries: int = 0
    due_s: float | None = None

    def add(self, event: StoredEvent) -> None:
        """The same id was stored once more."""
        self.numbers += (event.sequence.number,)
        self.size = max(self.size, len(event.payload))

    def drop(self, gone: Container[int]) -> None:
        """These numbers are no longer stored."""
        self.numbers = tuple(number for number in self.numbers if number not in gone)


@attrs.define
class UploadStats:
    """A reupload starts with the first event of a backlog, and completes when all were acked."""

    reuploads_started: int = 0
    reuploads_completed: int = 0
    sent: int = 0
    acked: int = 0
    unanswered: int = 0


@attrs.define
class Uploads:
    """The un-acked events of the upstream link. `window` bounds how many of the backlog are in
    flight at once, and how many of those sent again; `un_acked_max` bounds everything that is sent
    and un-acked.

    After anything that happened, `more` says how it goes on.
    """

    ack_timeout_s: float
    window: int
    un_acked_max: int
    stats: UploadStats = attrs.Factory(UploadStats)
    active: bool = False
    cursor: int = 0
    newest: int = 0
    un_acked: dict[str, Upload] = attrs.Factory(dict)
    lapsed: dict[str, tuple[int, ...]] = attrs.Factory(dict)
    ready: deque[StoredEvent] = attrs.Factory(deque)
    in_window: int = 0
    # Sent again and in flight; unanswered and not sent again yet.
    in_retry: int = 0
    waiting: dict[str, Upload] = attrs.Factory(dict)
    # There is, or may be, something stored behind the cursor.
    unread: bool = False
    read_again_s: float | None = None
    # Reads are numbered, so that an answer that comes too late is known as such.
    _reads: int = 0
    _backlog_read: int | None = None
    _retries_read: int | None = None
    _read_up_to: int = 0
    # An event was left to the backlog since the last read was asked for.
    _overflowed: bool = False
    _reuploading: bool = False
    # Acked, but perhaps still in `ready` or in the answer to a read.
    _cleared: set[int] = attrs.Factory(set)
    # The message id of each number in `un_acked`.
    _ids: dict[int, str] = attrs.Factory(dict)

    # Asked from outside

    def in_flight(self, number: int) -> bool:
        """Whether the event stored under *number* was sent and its ack is waited for."""
        message_id = self._ids.get(number)
        return message_id is not None and self.un_acked[message_id].due_s is None

    # What happened

    def activated(self) -> None:
        """Begin to send what is stored."""
        self._forget_connection()
        self.active = self.unread = True

    def deactivated(self) -> None:
        """Everything un-acked goes back to the store's keeping; late acks still clear it."""
        for message_id, upload in self.un_acked.items():
            self.lapsed.pop(message_id, None)
            self.lapsed[message_id] = upload.numbers
        while len(self.lapsed) > 2 * self.un_acked_max:
            del self.lapsed[next(iter(self.lapsed))]
        self._forget_connection()

    def accepted(self, event: EventAccepted, *, is_last: bool = False) -> bool:
        """Whether this new event is to be sent now. The last one of the node passes
        `un_acked_max`: left to the backlog, it would not go out before the end.
        """
        number = event.sequence.number
        self.newest = max(self.newest, number)
        if not self.active:
            return False
        present = self.un_acked.get(event.message_id)
        if present is None and not is_last and len(self.un_acked) >= self.un_acked_max:
            self.unread = self._overflowed = True
            return False
        if not self.unread:
            self.cursor = number
        if present is not None:
            self._add(present, event)
            return False
        self._sent(event, windowed=False)
        return True

    def acked(self, message_id: str) -> list[Decision]:
        """The peer has this event: forget it."""
        upload = self.un_acked.pop(message_id, None)
        if upload is None:
            numbers = self.lapsed.pop(message_id, ())
        else:
            numbers = upload.numbers
            self._leave(message_id, upload)
            self._forget(numbers)
        if not numbers:
            return []
        if self.ready or self._backlog_read is not None:
            self._cleared.update(numbers)
        self.stats.acked += 1
        return [Forget(number, message_id) for number in numbers]

    def dropped(self, numbers: Collection[int]) -> None:
        """The store gives these up."""
        self._give_up(numbers)
        for message_id, lapsed in list(self.lapsed.items()):
            left = tuple(number for number in lapsed if number not in numbers)
            self.lapsed[message_id] = left
            if not left:
                del self.lapsed[message_id]
        if self.ready or self._backlog_read is not None:
            self._cleared.update(numbers)

    def unanswered(self, message_id: str, now_s: float) -> None:
        """The peer lives but did not ack this event: it frees its place and is tried later."""
        upload = self.un_acked.get(message_id)
        if upload is None or upload.due_s is not None:
            return
        self._leave(message_id, upload)
        upload.windowed = False
        upload.tries += 1
        upload.due_s = now_s + min(RETRY_S_MAX, self.ack_timeout_s * 2.0 ** min(upload.tries, 10))
        self.waiting[message_id] = upload
        self.stats.unanswered += 1

    def backlog_read(self, read: BacklogRead) -> None:
        """Take in what was read; the backlog ends where the store did when it was asked."""
        if read.round != self._backlog_read:
            return
        self._backlog_read = None
        if read.events:
            self.cursor = read.events[-1].sequence.number
            self.ready.extend(read.events)
        ended = not read.events or self.cursor >= self._read_up_to > 0
        if ended and not self._overflowed:
            self.unread = False

    def retries_read(self, read: RetriesRead) -> list[StoredEvent]:
        """The events to send again now. Those that are no longer stored are given up."""
        if read.round != self._retries_read:
            return []
        self._retries_read = None
        self._give_up(set(read.numbers) - {event.sequence.number for event in read.events})
        again: list[StoredEvent] = []
        for event in read.events:
            upload = self.waiting.pop(event.message_id, None)
            if upload is not None:
                upload.due_s = None
                self.in_retry += 1
                self.stats.sent += 1
                again.append(event)
        return again

    def read_failed(self, read: int, now_s: float) -> None:
        """The store could not answer: ask again in a while."""
        if read not in (self._backlog_read, self._retries_read):
            return
        if read == self._backlog_read:
            self._backlog_read = None
        else:
            self._retries_read = None
        self.read_again_s = now_s + READ_AGAIN_S

    # What to do now

    def more(self) -> tuple[list[StoredEvent], list[Decision]]:
        """The events of the backlog to send now, and the read that keeps them coming."""
        events: list[StoredEvent] = []
        while self.ready and self._has_room():
            event = self.ready.popleft()
            number = event.sequence.number
            if number in self._cleared:
                continue
            present = self.un_acked.get(event.message_id)
            if present is None:
                self._sent(event, windowed=True)
                events.append(event)
            elif number not in present.numbers:
                self._add(present, event)
        self._count_reuploads(started=bool(events))
        return events, self._read_on()

    def due(self, now_s: float) -> list[Decision]:
        """The read of what is to be sent again now: those due first, as many as have room."""
        if self.read_again_s is not None and self.read_again_s <= now_s:
            self.read_again_s = None
        if not self._may_retry() or self.read_again_s is not None:
            return []
        due = (
            (upload.due_s, upload.numbers[0], upload.size)
            for upload in self.waiting.values()
            if upload.due_s is not None and upload.due_s <= now_s
        )
        numbers: list[int] = []
        room_bytes = READ_BYTES_MAX
        for _, number, size in nsmallest(min(self.window - self.in_retry, READ_COUNT), due):
            room_bytes -= size
            if numbers and room_bytes < 0:
                break
            numbers.append(number)
        if not numbers:
            return []
        self._retries_read = self._next_read()
        return [ReadRetries(self._retries_read, tuple(numbers))]

    def next_s(self) -> float | None:
        """When `due` has something to say. Without room for retries an ack lets them go on, or the
        verdict that none came.
        """
        if self.read_again_s is not None:
            return self.read_again_s
        if not self._may_retry():
            return None
        due = (upload.due_s for upload in self.waiting.values())
        return min((due_s for due_s in due if due_s is not None), default=None)

    # Own affairs

    def _has_room(self) -> bool:
        return self.in_window < self.window and len(self.un_acked) < self.un_acked_max

    def _may_retry(self) -> bool:
        return bool(self.waiting) and self._retries_read is None and self.in_retry < self.window

    def _sent(self, event: StoredEvent, *, windowed: bool) -> None:
        self.lapsed.pop(event.message_id, None)
        numbers = (event.sequence.number,)
        self.un_acked[event.message_id] = Upload(numbers, len(event.payload), windowed)
        self._ids[event.sequence.number] = event.message_id
        self.in_window += windowed
        self.stats.sent += 1

    def _leave(self, message_id: str, upload: Upload) -> None:
        if upload.due_s is not None:
            del self.waiting[message_id]
        elif upload.tries:
            self.in_retry -= 1
        elif upload.windowed:
            self.in_window -= 1

    def _add(self, upload: Upload, event: StoredEvent) -> None:
        upload.add(event)
        self._ids[event.sequence.number] = event.message_id

    def _forget(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._ids.pop(number, None)

    def _give_up(self, gone: Collection[int]) -> None:
        """Of what was sent, these numbers are no longer stored."""
        for number in gone:
            message_id = self._ids.pop(number, None)
            if message_id is not None:
                upload = self.un_acked[message_id]
                upload.drop(gone)
                if not upload.numbers:
                    self._leave(message_id, self.un_acked.pop(message_id))

    def _read_on(self) -> list[Decision]:
        """Ask for more of the backlog once what was read is nearly used up."""
        if not self.unread or self._backlog_read is not None or self.read_again_s is not None:
            return []
        if len(self.ready) > self.window:
            return []
        # Only what was read before may still hold a cleared event: the store itself does not.
        self._cleared.intersection_update(event.sequence.number for event in self.ready)
        self._read_up_to, self._overflowed = self.newest, False
        self._backlog_read = self._next_read()
        count = READ_COUNT + self.window
        return [ReadBacklog(self._backlog_read, self.cursor, count, READ_BYTES_MAX)]

    def _next_read(self) -> int:
        self._reads += 1
        return self._reads

    def _count_reuploads(self, *, started: bool) -> None:
        if started and not self._reuploading:
            self._reuploading = True
            self.stats.reuploads_started += 1
        if self._reuploading and not (self.unread or self.ready or self.in_window):
            self._reuploading = False
            self.stats.reuploads_completed += 1

    def _forget_connection(self) -> None:
        self.active = self.unread = self._overflowed = self._reuploading = False
        self._backlog_read = self._retries_read = self.read_again_s = None
        self.cursor = self.in_window = self.in_retry = 0
        self.un_acked.clear()
        self._ids.clear()
        self.waiting.clear()
        self.ready.clear()
        self._cleared.clear()
