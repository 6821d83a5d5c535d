"""What is stored and was not sent on this connection, read in small batches: memory does not grow
with an outage.

`cursor` is the number up to which every stored event was read here, was sent live or is gone; what
lies behind it is the backlog.
"""

from collections import deque
from collections.abc import Collection
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, ReadBacklog
from gwproactor.domain.facts import BacklogRead
from gwproactor.domain.store_reads import CLEARED_MAX, StoreReads
from gwproactor.domain.stored_event import StoredEvent

# One read of the store: enough that the window never waits for it, little enough for memory.
READ_COUNT: Final = 100
READ_BYTES_MAX: Final = 1_048_576


@attrs.define
class Backlog:
    """`unread`: there is, or may be, something stored behind the cursor; `ready` was read and is
    to be sent.
    """

    reads: StoreReads
    window: int
    cursor: int = 0
    newest: int = 0
    unread: bool = False
    ready: deque[StoredEvent] = attrs.Factory(deque)
    _round: int | None = None
    _read_up_to: int = 0
    # The lowest number of those left to the backlog since the last read was asked for.
    _left: int | None = None
    # Acked or given up, but perhaps still in `ready` or in the answer to a read.
    _cleared: set[int] = attrs.Factory(set)

    @property
    def is_empty(self) -> bool:
        """Whether everything stored was sent, or set aside."""
        return not self.unread and not self.ready

    def restart(self) -> None:
        """Read everything that is stored, from the beginning."""
        self.stop()
        self.unread = True

    def stop(self) -> None:
        """The connection is gone."""
        self.cursor = 0
        self.unread = False
        self._left = self._round = None
        self.ready.clear()
        self._cleared.clear()

    def passed(self, number: int) -> None:
        """This new event was sent live."""
        if not self.unread:
            self.cursor = number

    def left(self, number: int) -> None:
        """A new event is left to the backlog. A relay's may have a lower number than some that were
        passed: it got it when it came, and is new once it is durable.
        """
        self.unread = True
        self._left = number if self._left is None else min(self._left, number)

    def forget(self, numbers: Collection[int]) -> None:
        """These are not to be sent any more."""
        if self.ready or self._round is not None:
            self._cleared.update(numbers)
        if len(self._cleared) > CLEARED_MAX + len(self.ready):
            self._round = None
            self._keep_cleared()

    def next(self) -> StoredEvent | None:
        """The next event of `ready`, None if it is not to be sent any more."""
        event = self.ready.popleft()
        return None if event.sequence.number in self._cleared else event

    def read(self, read: BacklogRead) -> bool:
        """Take in what was read; the backlog ends where the store did when it was asked. Whether
        the answer is the one that was waited for.
        """
        if read.round != self._round:
            return False
        self._round = None
        numbers = [event.sequence.number for event in read.events[-1:]]
        numbers += [unreadable.number for unreadable in read.unreadable]
        self.cursor = max([self.cursor, *numbers])
        self.ready.extend(read.events)
        ended = not numbers or self.cursor >= self._read_up_to > 0
        if ended and self._left is None:
            self.unread = False
        return True

    def read_failed(self, asked: int) -> bool:
        """Whether it was this read."""
        if asked != self._round:
            return False
        self._round = None
        return True

    def read_on(self) -> list[Decision]:
        """Ask for more once what was read is nearly used up."""
        if not self.unread or self._round is not None or self.reads.paused_until_s is not None:
            return []
        if len(self.ready) > self.window:
            return []
        self._keep_cleared()
        if self._left is not None:
            self.cursor = min(self.cursor, self._left - 1)
        self._read_up_to, self._left = self.newest, None
        self._round = self.reads.next()
        count = READ_COUNT + self.window
        return [ReadBacklog(self._round, self.cursor, count, READ_BYTES_MAX)]

    def _keep_cleared(self) -> None:
        """Only what was read before may still hold a cleared event: the store itself does not."""
        self._cleared.intersection_update(event.sequence.number for event in self.ready)
