"""Stored events on their way to the upstream peer: what is sent when, and what an ack clears.

While the link is active, a new event is sent at once (live), and the backlog follows beside it in
its own order: a window, one more for each ack. `cursor` is the number up to which every stored
event is un-acked here or gone; what lies behind it is the backlog, read from the store in small
batches, so that memory does not grow with an outage.
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
    """An event that was sent and is not acked. `due_s` None: its ack is waited for; else it was
    unanswered `tries` times and is sent again then.
    """

    number: int
    windowed: bool
    tries: int = 0
    due_s: float | None = None


@attrs.define
class UploadStats:
    reuploads_started: int = 0
    reuploads_completed: int = 0
    sent: int = 0
    acked: int = 0
    unanswered: int = 0


@attrs.define
class Uploads:
    """The un-acked events of the upstream link. `window` bounds how many of the backlog are in
    flight at once, `un_acked_max` everything that is sent and un-acked.
    """

    ack_timeout_s: float
    window: int
    un_acked_max: int
    stats: UploadStats = attrs.Factory(UploadStats)
    active: bool = False
    round: int = 0
    cursor: int = 0
    newest: int = 0
    unread: bool = False
    un_acked: dict[str, Upload] = attrs.Factory(dict)
    lapsed: dict[str, int] = attrs.Factory(dict)
    ready: deque[StoredEvent] = attrs.Factory(deque)
    in_window: int = 0
    retrying: int = 0
    read_again_s: float | None = None
    _reading_up_to: int | None = None
    _reading_retries: bool = False
    _unread_live: bool = False
    _completing: bool = False
    _cleared: set[int] = attrs.Factory(set)

    # What happened

    def activated(self, *, stored: bool) -> list[Decision]:
        """Begin to send what is *stored*."""
        self._forget_round()
        self.active = True
        self.unread = self._completing = stored
        if stored:
            self.stats.reuploads_started += 1
        else:
            self.cursor = self.newest
        return self._read()

    def deactivated(self) -> None:
        """Everything un-acked goes back to the store's keeping; late acks still clear it."""
        for message_id, upload in self.un_acked.items():
            self.lapsed[message_id] = upload.number
        while len(self.lapsed) > 2 * self.un_acked_max:
            del self.lapsed[next(iter(self.lapsed))]
        self._forget_round()

    def accepted(self, event: EventAccepted) -> bool:
        """Whether this new event is to be sent now."""
        self.newest = max(self.newest, event.sequence.number)
        if not self.active:
            return False
        if len(self.un_acked) >= self.un_acked_max:
            self.unread = self._unread_live = True
            return False
        if not self.unread:
            self.cursor = event.sequence.number
        self._sent(event.message_id, event.sequence.number, windowed=False)
        return True

    def acked(self, message_id: str) -> list[Decision]:
        """The peer has this event: forget it, and read on if the window has room."""
        upload = self.un_acked.pop(message_id, None)
        if upload is None:
            number = self.lapsed.pop(message_id, None)
            if number is None:
                return []
        else:
            number = upload.number
            self._leave(upload)
        if self.ready or self._reading_up_to is not None:
            self._cleared.add(number)
        self.stats.acked += 1
        return [Forget(number, message_id), *self._read()]

    def unanswered(self, message_id: str, now_s: float) -> list[Decision]:
        """The peer lives but did not ack this event: try it again later, and go on with others."""
        upload = self.un_acked.get(message_id)
        if upload is None or upload.due_s is not None:
            return []
        self._leave(upload)
        upload.windowed = False
        upload.tries += 1
        upload.due_s = now_s + min(RETRY_S_MAX, self.ack_timeout_s * 2.0 ** min(upload.tries, 10))
        self.retrying += 1
        self.stats.unanswered += 1
        return self._read()

    def backlog_read(self, read: BacklogRead) -> list[Decision]:
        """Take in what was read; the backlog ends where the store did when it was asked."""
        if read.round != self.round or self._reading_up_to is None:
            return []
        up_to, self._reading_up_to = self._reading_up_to, None
        if read.events:
            self.cursor = read.events[-1].sequence.number
            self.ready.extend(read.events)
        ended = not read.events or self.cursor >= up_to > 0
        if ended and not self._unread_live:
            self.unread = False
            self.cursor = max(self.cursor, self.newest)
        return self._read()

    def retries_read(self, read: RetriesRead) -> list[StoredEvent]:
        """The events to send again now."""
        if read.round != self.round:
            return []
        self._reading_retries = False
        present = {event.sequence.number for event in read.events}
        gone = set(read.numbers) - present
        for message_id in [i for i, upload in self.un_acked.items() if upload.number in gone]:
            self._leave(self.un_acked.pop(message_id))
        again: list[StoredEvent] = []
        for event in read.events:
            upload = self.un_acked.get(event.message_id)
            if upload is not None and upload.due_s is not None:
                upload.due_s = None
                self.retrying -= 1
                self.stats.sent += 1
                again.append(event)
        return again

    def read_failed(self, round_: int, now_s: float) -> None:
        if round_ == self.round:
            self._reading_up_to, self._reading_retries = None, False
            self.read_again_s = now_s + READ_AGAIN_S

    # What to do now

    def next_from_backlog(self) -> StoredEvent | None:
        """The next event of the backlog to send now, if the window has room."""
        while self.active and self.ready and self.has_room():
            event = self.ready.popleft()
            if event.sequence.number in self._cleared or event.message_id in self.un_acked:
                continue
            self._sent(event.message_id, event.sequence.number, windowed=True)
            return event
        if self._completing and not (self.unread or self.ready or self.in_window):
            self._completing = False
            self.stats.reuploads_completed += 1
        return None

    def has_room(self) -> bool:
        return self.in_window < self.window and len(self.un_acked) < self.un_acked_max

    def due(self, now_s: float) -> list[Decision]:
        """Reads that the time asks for."""
        if not self.active:
            return []
        decisions: list[Decision] = []
        if self.read_again_s is not None and self.read_again_s <= now_s:
            self.read_again_s = None
            decisions += self._read()
        if self.retrying and not self._reading_retries and self.read_again_s is None:
            numbers = sorted(u.number for u in self.un_acked.values() if is_due(u, now_s))
            if numbers:
                self._reading_retries = True
                decisions.append(ReadRetries(self.round, tuple(numbers[:READ_COUNT])))
        return decisions

    def next_s(self) -> float | None:
        """When `due` has something to say."""
        if self.read_again_s is not None:
            return self.read_again_s
        if not self.retrying or self._reading_retries:
            return None
        return min(u.due_s for u in self.un_acked.values() if u.due_s is not None)

    # Own affairs

    def _sent(self, message_id: str, number: int, *, windowed: bool) -> None:
        self.lapsed.pop(message_id, None)
        self.un_acked[message_id] = Upload(number, windowed)
        self.in_window += windowed
        self.stats.sent += 1

    def _leave(self, upload: Upload) -> None:
        if upload.due_s is not None:
            self.retrying -= 1
        elif upload.windowed:
            self.in_window -= 1

    def _read(self) -> list[Decision]:
        """Ask for more of the backlog once what was read is nearly used up."""
        if not (self.active and self.unread) or self._reading_up_to is not None:
            return []
        if len(self.ready) > self.window or self.read_again_s is not None:
            return []
        # Only what was read before may still hold a cleared event: the store itself does not.
        self._cleared.intersection_update(event.sequence.number for event in self.ready)
        self._reading_up_to, self._unread_live = self.newest, False
        return [ReadBacklog(self.round, self.cursor, READ_COUNT + self.window, READ_BYTES_MAX)]

    def _forget_round(self) -> None:
        self.round += 1
        self.active = self.unread = self._completing = False
        self._reading_up_to = None
        self._reading_retries = self._unread_live = False
        self.cursor = self.in_window = self.retrying = 0
        self.read_again_s = None
        self.un_acked.clear()
        self.ready.clear()
        self._cleared.clear()


def is_due(upload: Upload, now_s: float) -> bool:
    return upload.due_s is not None and upload.due_s <= now_s
