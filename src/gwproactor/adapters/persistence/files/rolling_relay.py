"""Events of other nodes in the folder: whose they are, and which were taken before."""

import contextlib
import hashlib
from collections.abc import Callable
from typing import Final

import attrs

from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed
from gwproactor.adapters.persistence.files.rolling_folder import ORIGIN, RollingFolder, beside
from gwproactor.adapters.persistence.files.rolling_names import hashed
from gwproactor.adapters.persistence.files.rolling_notes import From, from_of_note
from gwproactor.domain.stored_event import Origin
from gwproactor.ports.event_sink import ReceivedEvent

# So many events are remembered after they were sent on, in some 10 MiB.
SEEN_MAX: Final = 100_000


@attrs.define
class RollingRelay:
    """*has_uid* tells, quickly, whether a file with this in its name may be there."""

    folder: RollingFolder
    index: FileIndex
    has_uid: Callable[[str], bool]
    _noted: set[int] = attrs.field(init=False, factory=set)
    _seen: dict[bytes, None] = attrs.field(init=False, factory=dict)

    def has_note(self, number: int) -> None:
        """A note lies beside this event."""
        self._noted.add(number)

    def origin(self, indexed: Indexed) -> Origin | None:
        """None: the event is this node's own. Raises OSError."""
        return self._from(indexed).origin if indexed.number in self._noted else None

    def remove(self, indexed: Indexed) -> list[str]:
        """Forget whose the event is; what is to be deleted beside it."""
        if indexed.number not in self._noted:
            return []
        self._noted.discard(indexed.number)
        return [beside(indexed.path, ORIGIN)]

    def saw(self, event: ReceivedEvent) -> None:
        self._seen[_digest(event)] = None
        if len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]

    def has_seen(self, event: ReceivedEvent) -> bool:
        """Whether the event was taken since the start, or still waits here."""
        if _digest(event) in self._seen:
            return True
        waits = self._waits(event)
        if waits:
            self.saw(event)
        return waits

    def _waits(self, event: ReceivedEvent) -> bool:
        for uid in (event.message_id, hashed(event.message_id)):
            if self.has_uid(uid):
                for indexed in self.index.ending(f".uid[{uid}].json"):
                    with contextlib.suppress(OSError):
                        if self._from(indexed).src == event.src:
                            return True
        return False

    def _from(self, indexed: Indexed) -> From:
        try:
            return from_of_note(self.folder.read(beside(indexed.path, ORIGIN)))
        except FileNotFoundError:
            return From(None, Origin(None))


def _digest(event: ReceivedEvent) -> bytes:
    # The length keeps "a" + "bc" and "ab" + "c" apart.
    text = f"{len(event.src)}:{event.src}{event.message_id}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
