"""Which events of the quarantine are tried, and when: the oldest of each TypeName, hourly.

The quarantine itself is the store's; here is only what the next try needs, so that a million
quarantined events cost no memory.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from gwproactor.domain.decisions import Decision, ReadQuarantine
from gwproactor.domain.stored_event import Quarantined

PERIOD_S: Final = 3600.0
# After a start: what kept the events from being taken may have been repaired meanwhile.
FIRST_S: Final = 60.0
# Such a try holds back everything else for up to two ack timeouts: with more TypeNames than this
# leaves room for, each is tried less often than hourly.
BETWEEN_S: Final = 60.0
# More TypeNames wait until one of these was released.
TYPES_MAX: Final = 1_000


@attrs.define
class Oldest:
    """The oldest event of one TypeName in quarantine."""

    number: int
    due_s: float


@attrs.define
class QuarantineTries:
    """`due_s`: when the next try is due; `read_s`: when the store is to be asked what there is."""

    oldest: dict[str, Oldest] = attrs.Factory(dict)
    due_s: float | None = None
    read_s: float | None = None
    _not_before_s: float = 0.0
    _left_out: bool = False

    def ask(self, now_s: float) -> Decision:
        """Ask the store; again in an hour if it could not answer."""
        self.read_s = now_s + PERIOD_S
        return ReadQuarantine()

    def read(self, events: Iterable[Quarantined], now_s: float) -> None:
        """The oldest of each type, from the store. What is unreadable has no type and no tries."""
        self.read_s = None
        self._left_out = False
        for event in events:
            if event.type_name:
                self._add(event.type_name, event.number, now_s + FIRST_S)
        self._reckon()

    def added(self, type_name: str, number: int, now_s: float) -> None:
        """This event was put in quarantine."""
        self._add(type_name, number, now_s + PERIOD_S)
        self._reckon()

    def next(self, now_s: float) -> tuple[str, int] | None:
        """TypeName and number of what is to be tried now."""
        if self.due_s is None or self.due_s > now_s:
            return None
        type_name, oldest = min(self.oldest.items(), key=lambda item: item[1].due_s)
        return type_name, oldest.number

    def tried(self, type_name: str, now_s: float) -> None:
        """The peer does not take it yet."""
        if type_name in self.oldest:
            self.oldest[type_name].due_s = now_s + PERIOD_S
        self._not_before_s = now_s + BETWEEN_S
        self._reckon()

    def gone(self, type_name: str, now_s: float) -> None:
        """The oldest of this type is no longer stored: another one may be."""
        self.oldest.pop(type_name, None)
        self.read_s = now_s
        self._reckon()

    def released(self, type_name: str, now_s: float) -> None:
        """None of this type is in quarantine any more."""
        self.oldest.pop(type_name, None)
        if self._left_out:
            self.read_s = now_s
        self._reckon()

    def _add(self, type_name: str, number: int, due_s: float) -> None:
        oldest = self.oldest.get(type_name)
        if oldest is not None:
            oldest.number = min(oldest.number, number)
        elif len(self.oldest) < TYPES_MAX:
            self.oldest[type_name] = Oldest(number, due_s)
        else:
            self._left_out = True

    def _reckon(self) -> None:
        """Once for each change: `due_s` is asked for with every ack."""
        due_s = min((oldest.due_s for oldest in self.oldest.values()), default=None)
        self.due_s = None if due_s is None else max(due_s, self._not_before_s)
