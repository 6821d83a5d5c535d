"""Stored events on their way to the upstream peer: what is sent when, and what an ack clears.

While the link is active, a new event is sent at once (live), and the backlog follows beside it in
its own order: a window, one more for each ack. `cursor` is the number up to which every stored
event was read here, was sent or is gone; what lies behind it is the backlog, read from the store
in small batches, so that memory does not grow with an outage.
"""

from collections import deque
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
    """

    numbers: tuple[int, ...]
    windowed: bool
    tries: int = 0
    due_s: float | None = None


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
    flight at once, `un_acked_max` everything that is sent and un-acked.

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
    retrying: int = 0
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
            present.numbers += (number,)
            return False
        self._sent(event.message_id, number, windowed=False)
        return True

    def acked(self, message_id: str) -> list[Decision]:
        """The peer has this event: forget it."""
        upload = self.un_acked.pop(message_id, None)
        if upload is None:
            numbers = self.lapsed.pop(message_id, ())
        else:
            numbers = upload.numbers
            self._leave(upload)
        if not numbers:
            return []
        if self.ready or self._backlog_read is not None:
            self._cleared.update(numbers)
        self.stats.acked += 1
        return [Forget(number, message_id) for number in numbers]

    def unanswered(self, message_id: str, now_s: float) -> None:
        """The peer lives but did not ack this event: it frees its place and is tried later."""
        upload = self.un_acked.get(message_id)
        if upload is None or upload.due_s is not None:
            return
        self._leave(upload)
        upload.windowed = False
        upload.tries += 1
        upload.due_s = now_s + min(RETRY_S_MAX, self.ack_timeout_s * 2.0 ** min(upload.tries, 10))
        self.retrying += 1
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
            upload = self.un_acked.get(event.message_id)
            if upload is not None and upload.due_s is not None:
                upload.due_s = None
                self.retrying -= 1
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
                self._sent(event.message_id, number, windowed=True)
                events.append(event)
            elif number not in present.numbers:
                present.numbers += (number,)
        self._count_reuploads(started=bool(events))
        return events, self._read_on()

    def due(self, now_s: float) -> list[Decision]:
        """Reads that the time asks for."""
        if self.read_again_s is not None and self.read_again_s <= now_s:
            self.read_again_s = None
        if not self.retrying or self._retries_read is not None or self.read_again_s is not None:
            return []
        due = [u for u in self.un_acked.values() if u.due_s is not None and u.due_s <= now_s]
        numbers = sorted(number for upload in due for number in upload.numbers)[:READ_COUNT]
        if not numbers:
            return []
        self._retries_read = self._next_read()
        return [ReadRetries(self._retries_read, tuple(numbers))]

    def next_s(self) -> float | None:
        """When `due` has something to say."""
        if self.read_again_s is not None:
            return self.read_again_s
        if not self.retrying or self._retries_read is not None:
            return None
        return min(u.due_s for u in self.un_acked.values() if u.due_s is not None)

    # Own affairs

    def _has_room(self) -> bool:
        return self.in_window < self.window and len(self.un_acked) < self.un_acked_max

    def _sent(self, message_id: str, number: int, *, windowed: bool) -> None:
        self.lapsed.pop(message_id, None)
        self.un_acked[message_id] = Upload((number,), windowed)
        self.in_window += windowed
        self.stats.sent += 1

    def _leave(self, upload: Upload) -> None:
        if upload.due_s is not None:
            self.retrying -= 1
        elif upload.windowed:
            self.in_window -= 1

    def _give_up(self, gone: set[int]) -> None:
        if not gone:
            return
        for message_id, upload in list(self.un_acked.items()):
            upload.numbers = tuple(number for number in upload.numbers if number not in gone)
            if not upload.numbers:
                self._leave(self.un_acked.pop(message_id))

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
        self.cursor = self.in_window = self.retrying = 0
        self.un_acked.clear()
        self.ready.clear()
        self._cleared.clear()
