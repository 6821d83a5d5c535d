"""The events of a workload, and what its caller was told about them up to some moment.

Everything about an event follows from its id, so that a reader knows what must be in it.
"""

import functools
import hashlib
import json
from collections.abc import Iterable

import attrs

from gwproactor.ports.event_sink import ReceivedEvent
from tests.crash.oplog import Numbered, Offered, Opened, Promised, Released, Told


def event_id(index: int, size: int) -> str:
    """The id of event *index*, whose payload has about *size* bytes; of a UUID's form."""
    return f"{size:08x}-0000-4000-8000-{index:012x}"


def type_of(message_id: str) -> str:
    return f"gridworks.event.crash{int(message_id[-1], 16) % 3}"


def src_of(message_id: str) -> str:
    return f"child{int(message_id[-1], 16) % 2}"


@functools.cache
def payload_of(message_id: str) -> bytes:
    size = int(message_id[:8], 16)
    digest = hashlib.blake2b(message_id.encode()).hexdigest()
    filler = (digest * (size // len(digest) + 1))[:size]
    event = {"MessageId": message_id, "TypeName": type_of(message_id), "Filler": filler}
    return json.dumps(event, separators=(",", ":")).encode()


def received(message_id: str) -> ReceivedEvent:
    return ReceivedEvent(
        src_of(message_id), message_id, type_of(message_id), payload_of(message_id)
    )


@attrs.define
class Story:
    """`hear` is given what was told, in order. `numbers` are those that `put` returned."""

    epoch: str = ""
    offered: set[str] = attrs.Factory(set)
    numbers: dict[str, int] = attrs.Factory(dict)
    promised: set[str] = attrs.Factory(set)
    released: set[str] = attrs.Factory(set)

    def hear(self, told: Told) -> None:
        match told:
            case Opened(epoch):
                self.epoch = epoch
            case Offered(message_id):
                self.offered.add(message_id)
            case Numbered(message_id, number):
                self.numbers[message_id] = number
            case Promised(message_id):
                self.promised.add(message_id)
            case Released(message_id):
                self.released.add(message_id)

    def lost(self, found: Iterable[str]) -> set[str]:
        """Events that must be there and are not among *found*."""
        return self.promised - self.released - set(found)
