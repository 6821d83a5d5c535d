"""What a crash may leave of a disk: everything, what was synced, or a part of the rest."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from tests.crash.disk import Change, Cut, File, apply
from tests.crash.oplog import Truncate, Write

SECTOR: Final = 512

Pieces: TypeAlias = list[Write | Truncate]

KILL: Final = Cut("kill", lambda changes: changes, lambda file: bytes(file.live))
LOST: Final = Cut("unsynced lost", lambda _: [], lambda file: file.durable)
NAMES_ONLY: Final = Cut("only names kept", lambda changes: changes, lambda file: file.durable)


def beginning_kept(chance: random.Random) -> Cut:
    """Of each file's unsynced sectors the first ones, as they were written."""
    return _torn("beginning kept", chance, lambda pieces: pieces[: chance.randint(0, len(pieces))])


def middle_lost(chance: random.Random) -> Cut:
    """Later sectors came to the disk before earlier ones did."""

    def keep(pieces: Pieces) -> Pieces:
        first, last = sorted(chance.randint(0, len(pieces)) for _ in range(2))
        return pieces[:first] + pieces[last:]

    return _torn("middle lost", chance, keep)


def any_sectors_kept(chance: random.Random) -> Cut:
    def keep(pieces: Pieces) -> Pieces:
        return [piece for piece in pieces if chance.random() < share]

    share = chance.random()
    return _torn("any sectors kept", chance, keep)


def _torn(name: str, chance: random.Random, keep: Callable[[Pieces], Pieces]) -> Cut:
    def changes(unsynced: list[Change]) -> list[Change]:
        """Of those that wait for the sync of one folder a beginning."""
        waiting = Counter(change.synced_with for change in unsynced)
        room = {folder: chance.randint(0, count) for folder, count in waiting.items()}
        kept: list[Change] = []
        for change in unsynced:
            if room[change.synced_with]:
                room[change.synced_with] -= 1
                kept.append(change)
        return kept

    def content(file: File) -> bytes:
        if not file.unsynced:
            return file.durable
        kept = bytearray(file.durable)
        pieces = [piece for operation in file.unsynced for piece in _sectors(operation)]
        for piece in keep(pieces):
            apply(kept, piece)
        return bytes(kept)

    return Cut(name, changes, content)


def _sectors(operation: Write | Truncate) -> Iterator[Write | Truncate]:
    if isinstance(operation, Truncate):
        yield operation
        return
    start = operation.offset
    end = start + len(operation.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        data = operation.data[start - operation.offset : stop - operation.offset]
        yield Write(operation.path, start, data)
        start = stop
