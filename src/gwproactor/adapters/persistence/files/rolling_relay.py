"""Events of other nodes in the folder: whose they are, and which were taken before."""

import contextlib
import hashlib
from collections.abc import Callable
from typing import Final

import attrs

from gwproactor.adapters.persistence.files.file_index import FileIndex, Indexed
from gwproactor.adapters.persistence.files.rolling_folder import ORIGIN, RollingFolder, beside
from gwproactor.adapters.persistence.files.rolling_names import hashed, uid_in
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
    # Those of them that were taken before the start, so that nobody has noted that they were seen.
    _taken_before: set[int] = attrs.field(init=False, factory=set)
    _seen: dict[bytes, None] = attrs.field(init=False, factory=dict)

    def found(self, number: int) -> None:
        """At the start a note lay beside this event."""
        self._noted.add(number)
        self._taken_before.add(number)

    def took(self, number: int, event: ReceivedEvent) -> None:
        """This event was written, with a note beside it."""
        self._noted.add(number)
        self._saw(event.src, event.message_id)

    def origin(self, indexed: Indexed) -> Origin | None:
        """None: the event is this node's own. Raises OSError."""
        return self._from(indexed).origin if indexed.number in self._noted else None

    def remove(self, indexed: Indexed) -> list[str]:
        """Forget whose the event is, but not that it was taken; what is to be deleted beside it."""
        if indexed.number not in self._noted:
            return []
        self._noted.discard(indexed.number)
        if indexed.number in self._taken_before:
            self._taken_before.discard(indexed.number)
            with contextlib.suppress(OSError):
                src = self._from(indexed).src
                if src is not None:
                    self._saw(src, uid_in(indexed.path))
        return [beside(indexed.path, ORIGIN)]

    def _saw(self, src: str, uid: str) -> None:
        """*uid*: the id of the event, or what stands for it in the name of its file."""
        self._seen[_digest(src, uid)] = None
        if len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]

    def has_seen(self, event: ReceivedEvent) -> bool:
        """Whether the event was taken since the start, or waited here then."""
        uids = (event.message_id, hashed(event.message_id))
        if any(_digest(event.src, uid) in self._seen for uid in uids):
            return True
        waits = self._waits(event, uids)
        if waits:
            self._saw(event.src, event.message_id)
        return waits

    def _waits(self, event: ReceivedEvent, uids: tuple[str, str]) -> bool:
        for uid in uids:
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


def _digest(src: str, uid: str) -> bytes:
    # The length keeps "a" + "bc" and "ab" + "c" apart.
    text = f"{len(src)}:{src}{uid}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
