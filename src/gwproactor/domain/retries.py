"""Events that the peer, being alive, did not acknowledge: each is sent again after a back-off."""

from heapq import heappop, heappush
from typing import Final

import attrs

from gwproactor.domain.backlog import READ_BYTES_MAX, READ_COUNT
from gwproactor.domain.decisions import Decision, ReadRetries
from gwproactor.domain.facts import RetriesRead
from gwproactor.domain.store_reads import StoreReads
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.upload import Upload, Way

RETRY_S_MAX: Final = 60.0


@attrs.define
class Retries:
    """Up to `window` of them are in flight at once. They are read from the store when due."""

    reads: StoreReads
    ack_timeout_s: float
    window: int
    in_flight: int = 0
    waiting: dict[str, Upload] = attrs.Factory(dict)
    _round: int | None = None
    # When each is due. What is no longer waiting, or due at another time, is passed over.
    _due: list[tuple[float, int, str]] = attrs.Factory(list)
    _asked: list[tuple[float, int, str]] = attrs.Factory(list)

    @property
    def is_reading(self) -> bool:
        return self._round is not None

    def wait(self, message_id: str, upload: Upload, tries: int, now_s: float) -> None:
        """Send it again after the ack timeout times two to the tries, 60 s at most."""
        due_s = now_s + min(RETRY_S_MAX, self.ack_timeout_s * 2.0 ** min(tries, 10))
        upload.way, upload.due_s = Way.RETRY, due_s
        self.waiting[message_id] = upload
        heappush(self._due, (due_s, upload.numbers[0], message_id))

    def due(self, now_s: float) -> list[Decision]:
        """The read of what is to be sent again now: those due first, as many as have room."""
        next_s = self.next_s()
        if next_s is None or next_s > now_s or self.reads.paused_until_s is not None:
            return []
        room_bytes = READ_BYTES_MAX
        while len(self._asked) < min(self.window - self.in_flight, READ_COUNT):
            entry = self._first()
            if entry is None or entry[0] > now_s:
                break
            room_bytes -= self.waiting[entry[2]].size
            if self._asked and room_bytes < 0:
                break
            self._asked.append(heappop(self._due))
        self._round = self.reads.next()
        numbers = tuple(self.waiting[message_id].numbers[0] for _, _, message_id in self._asked)
        return [ReadRetries(self._round, numbers)]

    def read(self, read: RetriesRead) -> list[StoredEvent] | None:
        """The events to send again now, which are in flight from here on; None if this answer is
        not waited for.
        """
        if read.round != self._round:
            return None
        self._end_read()
        again: list[StoredEvent] = []
        for event in read.events:
            upload = self.waiting.pop(event.message_id, None)
            if upload is not None:
                upload.due_s = None
                self.in_flight += 1
                again.append(event)
        return again

    def read_failed(self, asked: int) -> bool:
        """Whether it was this read."""
        if asked != self._round:
            return False
        self._end_read()
        return True

    def next_s(self) -> float | None:
        """When `due` has something to say. Without room an ack lets them go on, or the verdict that
        none came.
        """
        if not self.waiting or self._round is not None or self.in_flight >= self.window:
            return None
        entry = self._first()
        return None if entry is None else entry[0]

    def stop(self) -> None:
        """The connection is gone."""
        self.in_flight, self._round = 0, None
        self.waiting.clear()
        self._due.clear()
        self._asked.clear()

    def _end_read(self) -> None:
        """What is still waiting is due as before: the read failed, or the event is gone."""
        self._round = None
        for entry in self._asked:
            heappush(self._due, entry)
        self._asked.clear()

    def _first(self) -> tuple[float, int, str] | None:
        while self._due:
            entry = self._due[0]
            upload = self.waiting.get(entry[2])
            if upload is not None and upload.due_s == entry[0]:
                return entry
            heappop(self._due)
        return None
