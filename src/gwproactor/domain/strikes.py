"""What is held against events that the peer does not acknowledge, from one connection to the next.

A try is *unanswered* when its deadline passed while the peer was alive. That alone proves nothing:
the peer's sink may be down. It is a *strike* if another event, sent after that try, was acked
before the deadline; but only a third of one within five minutes after the ack of an event that had
been unanswered before: then messages are lost, of any event. A try that the end of the connection
cut short counts nothing either; but who was waited for at the end of two connections in a row is a
*suspect* and sent alone, and last, once something else was acked on that connection. If it ends
again, that is a strike, too.
"""

from collections.abc import Iterable
from typing import Final

import attrs

# Then the peer is asked for the ack of a report, to compare with.
UNCOMPARED_MAX: Final = 3
CUTS_MAX: Final = 2
# A strike; and what counts while messages are lost. With a fifth of them lost each way, three whole
# strikes would put one good event of twenty in quarantine; nine tries do so with one of 10,000. In
# strict order the first try that counts is the fourth, 85 s later at the default ack timeout.
STRIKE_POINTS: Final = 3
DOUBTFUL_POINTS: Final = 1
DOUBT_S: Final = 300.0


@attrs.define
class Record:
    """What is held against one event.

    `tries` went unanswered, `uncompared` of them with no later event acked; `points` make strikes;
    `cuts` connections in a row ended while it was waited for. `is_reported`: a problem event told
    of it.
    """

    tries: int = 0
    uncompared: int = 0
    points: int = 0
    cuts: int = 0
    is_reported: bool = False

    @property
    def strikes(self) -> int:
        return self.points // STRIKE_POINTS

    @property
    def is_suspect(self) -> bool:
        return self.cuts >= CUTS_MAX

    @property
    def lacks_comparison(self) -> bool:
        return self.uncompared >= UNCOMPARED_MAX

    def __str__(self) -> str:
        parts = []
        if self.tries:
            compared = self.tries - self.uncompared
            parts.append(
                f"unanswered tries: {self.tries}, {compared} of them while the peer acknowledged "
                "later events"
            )
        if self.is_suspect:
            parts.append(f"connections in a row that ended while its ack was due: {self.cuts}")
        return "; ".join(parts)


@attrs.define
class Strikes:
    """The records of the events of one link, by number. Of more than `records_max` those that were
    not touched for longest are forgotten: these events begin anew.
    """

    strikes_max: int
    records_max: int
    records: dict[int, Record] = attrs.Factory(dict)
    _doubtful_until_s: float | None = None

    def acked(self, numbers: Iterable[int], now_s: float) -> None:
        """Whether these had been unanswered before says whether messages are lost."""
        if self.records and any(self._was_tried(number) for number in numbers):
            self._doubtful_until_s = now_s + DOUBT_S

    def unanswered(self, number: int, now_s: float, *, compared: bool) -> Record:
        """A try ran until its deadline: the connection did not end with it."""
        record = self._touched(number)
        record.tries += 1
        record.cuts = 0
        if compared:
            record.points += DOUBTFUL_POINTS if self._is_doubtful(now_s) else STRIKE_POINTS
        else:
            record.uncompared += 1
        return record

    def cut(self, number: int, *, alone: bool) -> Record:
        """The connection ended while the ack was waited for; *alone*: of nothing else, and after
        something else was acked on it.
        """
        record = self._touched(number)
        record.cuts += 1
        record.points += STRIKE_POINTS * alone
        return record

    def suspects(self, number: int) -> bool:
        """Whether this event is a suspect."""
        record = self.records.get(number)
        return record is not None and record.is_suspect

    def of(self, number: int) -> int:
        """How many this event has."""
        record = self.records.get(number)
        return 0 if record is None else record.strikes

    def is_out(self, record: Record) -> bool:
        """Whether the event belongs in quarantine."""
        return record.strikes >= self.strikes_max

    def forget(self, numbers: Iterable[int]) -> None:
        """These were acked, quarantined or given up."""
        if self.records:
            for number in numbers:
                self.records.pop(number, None)

    def _was_tried(self, number: int) -> bool:
        record = self.records.get(number)
        return record is not None and record.tries > 0

    def _is_doubtful(self, now_s: float) -> bool:
        return self._doubtful_until_s is not None and now_s <= self._doubtful_until_s

    def _touched(self, number: int) -> Record:
        record = self.records.pop(number, None) or Record()
        self.records[number] = record
        if len(self.records) > self.records_max:
            del self.records[next(iter(self.records))]
        return record
