"""Events that are sent with nothing else in flight, so that they alone can be to blame.

These are the suspects (see `strikes`), whose turn comes last, once something else was acked on this
connection; and, hourly, the oldest of each type in quarantine. Such an event is read first, so that
nothing is held back while a store hangs. Then nothing else is sent until what is in flight has
ended, and it has, too.
"""

from collections.abc import Collection
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, ReadRetries
from gwproactor.domain.facts import RetriesRead
from gwproactor.domain.quarantine import QuarantineTries
from gwproactor.domain.store_reads import StoreReads
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.strikes import Strikes
from gwproactor.domain.upload import Upload, Way

# Suspects go then even if nothing else was acked; their end is no strike.
SUSPECTS_S_MAX: Final = 60.0


@attrs.define
class Alone:
    """At most one at a time. `event` is set while it holds back all others; `type_name` is set if
    it is in quarantine.
    """

    reads: StoreReads
    strikes: Strikes
    quarantine: QuarantineTries = attrs.Factory(QuarantineTries)
    suspects: dict[str, Upload] = attrs.Factory(dict)
    event: StoredEvent | None = None
    type_name: str | None = None
    _suspects_s: float = 0.0
    _round: int | None = None

    def activated(self, now_s: float) -> None:
        self._suspects_s = now_s + SUSPECTS_S_MAX

    def set_aside(self, event: StoredEvent) -> Upload:
        """This one is a suspect: its turn comes last."""
        upload = self.suspects[event.message_id] = Upload.of(event, Way.ALONE, self._suspects_s)
        return upload

    def ask(self, now_s: float, *, is_last: bool, others_acked: bool) -> list[Decision]:
        """Read what is to be sent alone now. *is_last*: only suspects are left to be sent;
        *others_acked*: something was acked on this connection.
        """
        decisions: list[Decision] = []
        if self.quarantine.read_s is not None and self.quarantine.read_s <= now_s:
            decisions.append(self.quarantine.ask(now_s))
        if self._is_busy or self.reads.paused_until_s is not None:
            return decisions
        quarantined = self.quarantine.next(now_s)
        if quarantined is not None:
            self.type_name, number = quarantined
            decisions.append(self._ask(number))
        elif self.suspects and is_last and (others_acked or self._suspects_s <= now_s):
            decisions.append(self._ask(min(map(self._turn, self.suspects.values()))[1]))
        return decisions

    def read(self, read: RetriesRead, now_s: float) -> bool:
        """Take in the answer, if it is the one that is waited for."""
        if read.round != self._round:
            return False
        self._round = None
        self.event = next(iter(read.events), None)
        if self.event is None:
            if self.type_name is not None:
                self.quarantine.gone(self.type_name, now_s)
            self.end()
        return True

    def read_failed(self, asked: int) -> bool:
        """Whether it was this read; then it is over."""
        if asked != self._round:
            return False
        self.end()
        return True

    def take(self, now_s: float, *, is_un_acked: bool) -> Upload | None:
        """`event`, to be sent now; None if that is over. *is_un_acked*: its id is."""
        assert self.event is not None, "there is an event whose turn it is"
        if self.type_name is None:
            suspect = self.suspects.pop(self.event.message_id, None)
            if suspect is not None:
                suspect.due_s = None
                return suspect
        elif not is_un_acked:
            upload = Upload.of(self.event, Way.ALONE)
            upload.quarantined = True
            return upload
        else:  # The same id was generated again, and is tried by itself.
            self.quarantine.tried(self.type_name, now_s)
        self.end()
        return None

    def forget(self, gone: Collection[int]) -> None:
        """These are no longer stored."""
        if self.event is not None and self.event.sequence.number in gone:
            self.end()

    def end(self) -> None:
        """All others may go on."""
        self.event = self.type_name = self._round = None

    def stop(self) -> None:
        """The connection is gone."""
        self.suspects.clear()
        self.end()

    def next_s(self, *, is_last: bool) -> float | None:
        """When `ask` has something to say by time alone."""
        times = [self.quarantine.read_s]
        if not self._is_busy:
            times.append(self.quarantine.due_s)
            if self.suspects and is_last:
                times.append(self._suspects_s)
        return min((time_s for time_s in times if time_s is not None), default=None)

    @property
    def _is_busy(self) -> bool:
        return self.event is not None or self._round is not None

    def _turn(self, suspect: Upload) -> tuple[int, int]:
        """Those that ended a connection before come last."""
        number = suspect.numbers[0]
        return self.strikes.of(number), number

    def _ask(self, number: int) -> Decision:
        self._round = self.reads.next()
        return ReadRetries(self._round, (number,))
