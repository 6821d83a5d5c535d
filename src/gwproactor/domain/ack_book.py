"""The messages of one link that wait for the peer's ack, and what their silence means.

An ack that does not come is a verdict, not a timer: if something sent *later* on this connection
was acked, the peer lives and just this message is unanswered; if nothing was, the peer does not
answer. A ping at half of the timeout makes sure that there is something later to compare with.
"""

from collections import deque
from enum import Enum

import attrs


class AckKind(Enum):
    """What waits: pings are for the link's own use, events are sent again."""

    PING = "ping"
    EVENT = "event"
    MESSAGE = "message"


@attrs.frozen
class Waiting:
    """A message sent as number `order` of its link at `sent_s` (monotonic seconds)."""

    kind: AckKind
    order: int
    sent_s: float


@attrs.frozen
class Verdict:
    """What a look at the book found.

    `unanswered`: the peer lives but did not ack these in time. `timed_out`: the peer did not ack
    anything in time. `probe`: something has waited for half of the timeout: a ping is wanted.
    """

    unanswered: tuple[tuple[str, Waiting], ...] = ()
    timed_out: bool = False
    probe: bool = False


@attrs.define
class AckBook:
    """Ids in the order of sending; since all have one timeout, also in the order of deadlines."""

    timeout_s: float
    waiting: dict[str, Waiting] = attrs.Factory(dict)
    order: int = 0
    acked_order: int = 0
    acked_event_order: int = 0
    probed_order: int = 0
    # Of all that was sent, what may still want a probe.
    _unprobed: deque[tuple[str, Waiting]] = attrs.Factory(deque)

    def sent(self, message_id: str, kind: AckKind, now_s: float) -> float:
        """Wait for *message_id* from now on; returns when the book wants to be looked at."""
        self.order += 1
        self.waiting.pop(message_id, None)
        waiting = self.waiting[message_id] = Waiting(kind, self.order, now_s)
        self._unprobed.append((message_id, waiting))
        return now_s + self.timeout_s / 2

    def probe_sent(self) -> None:
        """The message sent last compares for everything before it."""
        self.probed_order = self.order

    def acked(self, message_id: str, *, in_time: bool = True) -> Waiting | None:
        """Take *message_id* out; None if it was not waited for. Not *in_time*: the book should have
        been looked at before, so the ack may have come after the deadline of what is older.
        """
        waiting = self.waiting.pop(message_id, None)
        if waiting is None:
            return None
        order = waiting.order
        self.acked_order = max(self.acked_order, order)
        if in_time and waiting.kind is AckKind.EVENT:
            self.acked_event_order = max(self.acked_event_order, order)
        return waiting

    def is_compared(self, waiting: Waiting) -> bool:
        """Whether an event, not just a ping, was sent after this message and acked in time."""
        return waiting.order < self.acked_event_order

    def drop_pings(self) -> None:
        """Pings sent before the peer was there say nothing about it now."""
        for message_id in [i for i, w in self.waiting.items() if w.kind is AckKind.PING]:
            del self.waiting[message_id]

    def clear(self) -> None:
        """Wait for nothing: the connection is gone, or the peer was found silent."""
        self.waiting.clear()
        self._unprobed.clear()

    def look(self, now_s: float) -> Verdict:
        """Judge what is overdue. Unanswered messages are taken out of the book; after
        `timed_out` the caller clears it.
        """
        unanswered: list[tuple[str, Waiting]] = []
        for message_id, waiting in self.waiting.items():
            if waiting.sent_s + self.timeout_s > now_s:
                break
            if waiting.order > self.acked_order:
                return Verdict(tuple(unanswered), timed_out=True)
            unanswered.append((message_id, waiting))
        for message_id, _ in unanswered:
            del self.waiting[message_id]
        probe_s = self._probe_s()
        return Verdict(tuple(unanswered), probe=probe_s is not None and probe_s <= now_s)

    def next_s(self, *, probing: bool) -> float | None:
        """When to look next, or None while nothing waits. *probing*: pings at half time count."""
        if not self.waiting:
            return None
        overdue_s = next(iter(self.waiting.values())).sent_s + self.timeout_s
        probe_s = self._probe_s() if probing else None
        return overdue_s if probe_s is None else min(overdue_s, probe_s)

    def _probe_s(self) -> float | None:
        compared = max(self.acked_order, self.probed_order)
        while self._unprobed:
            message_id, waiting = self._unprobed[0]
            if waiting.order > compared and self.waiting.get(message_id) is waiting:
                return waiting.sent_s + self.timeout_s / 2
            self._unprobed.popleft()
        return None
