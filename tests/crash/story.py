"""The events of a workload, and what its caller was told about them up to some moment.

Everything about an event follows from its id, so that a reader knows what must be in it.
"""

import functools
import hashlib
import json
from collections.abc import Iterable

import attrs

from gwproactor.domain.message import Sequence
from gwproactor.domain.stored_event import Origin, StoredEvent
from gwproactor.ports.event_sink import ReceivedEvent
from tests.crash.oplog import (
    Numbered,
    Offered,
    Opened,
    Promised,
    QuarantineChanged,
    QuarantineChanging,
    Released,
    Told,
)


def event_id(index: int, size: int) -> str:
    """The id of event *index*, whose payload has about *size* bytes; of a UUID's form."""
    return f"{size:08x}-0000-4000-8000-{index:012x}"


def type_name(kind: int) -> str:
    """There are three kinds."""
    return f"gridworks.event.crash{kind % 3}"


def type_of(message_id: str) -> str:
    return type_name(_index(message_id))


@functools.cache
def payload_of(message_id: str) -> bytes:
    size = int(message_id[:8], 16)
    digest = hashlib.blake2b(message_id.encode()).hexdigest()
    filler = (digest * (size // len(digest) + 1))[:size]
    event = {"MessageId": message_id, "TypeName": type_of(message_id), "Filler": filler}
    return json.dumps(event, separators=(",", ":")).encode()


@functools.cache
def received(message_id: str) -> ReceivedEvent:
    """Of two sources, one of which writes no sequence."""
    index = _index(message_id)
    sequence = Sequence("epoch", index) if index % 2 else None
    return ReceivedEvent(
        f"child{index % 2}", message_id, type_of(message_id), payload_of(message_id), sequence
    )


def _index(message_id: str) -> int:
    return int(message_id[-12:], 16)


@attrs.define
class Story:
    """`hear` is given what was told, in order.

    `numbers` are those that the store gave, a second one to a taken event that it had forgotten;
    those of `taking` may have got another one that was not told yet.
    `quarantine` says of each event that was ever in it whether it is, None if that is not sure.
    """

    epoch: str = ""
    offered: set[str] = attrs.Factory(set)
    taken: set[str] = attrs.Factory(set)
    taking: set[str] = attrs.Factory(set)
    numbers: dict[str, set[int]] = attrs.Factory(dict)
    promised: set[str] = attrs.Factory(set)
    released: set[str] = attrs.Factory(set)
    quarantine: dict[str, bool | None] = attrs.Factory(dict)

    def hear(self, told: Told) -> None:
        match told:
            case Opened(epoch):
                self.epoch = epoch
            case Offered(message_id, is_taken):
                self.offered.add(message_id)
                if is_taken:
                    self.taken.add(message_id)
                    self.taking.add(message_id)
            case Numbered(message_id, number):
                self.numbers.setdefault(message_id, set()).add(number)
                self.taking.discard(message_id)
            case Promised(message_id):
                self.promised.add(message_id)
                self.released.discard(message_id)
            case Released(message_id):
                self.released.add(message_id)
            case QuarantineChanging(message_id):
                self.quarantine[message_id] = None
            case QuarantineChanged(message_id, is_in):
                self.quarantine[message_id] = is_in

    def lost(self, found: Iterable[str]) -> set[str]:
        """Events that must be there and are not among *found*."""
        return self.promised - self.released - set(found)

    def stored(self, epoch: str, number: int, message_id: str) -> StoredEvent:
        """What a store must say that this event is; *number* is what it does say."""
        origin = Origin(received(message_id).sequence) if message_id in self.taken else None
        given = self.numbers.get(message_id)
        if given and number not in given and message_id not in self.taking:
            number = min(given)
        return StoredEvent(
            Sequence(epoch, number),
            message_id,
            type_of(message_id),
            payload_of(message_id),
            origin,
        )
