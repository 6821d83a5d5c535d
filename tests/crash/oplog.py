"""What a store asked of its disk and told its caller, in the order in which both happened.

A recorder (the SQLite VFS of `sqlite_vfs`, or a file store's port in a test) appends; `disk` plays
the operations again and stops wherever a crash is wanted. An operation is appended once it was
carried out. Paths are relative to the recorded folder, with "/"; that folder itself is "".
"""

from typing import TypeAlias

import attrs


@attrs.frozen
class Create:
    """The file is there from now on: empty if it was not there before, else as it was."""

    path: str


@attrs.frozen
class Write:
    """Past the end of the file, what is between reads as zeros."""

    path: str
    offset: int
    data: bytes


@attrs.frozen
class Truncate:
    """The file has *size* bytes: cut off, or filled up with zeros."""

    path: str
    size: int


@attrs.frozen
class Sync:
    """fsync of a file: content and size are durable, but not that its folder lists it."""

    path: str


@attrs.frozen
class Delete:
    """Of a file."""

    path: str


@attrs.frozen
class Rename:
    """Of a file; one that was called *target* is replaced."""

    source: str
    target: str


@attrs.frozen
class MakeFolder:
    path: str


@attrs.frozen
class RemoveFolder:
    """Of an empty one."""

    path: str


@attrs.frozen
class SyncFolder:
    """fsync of a folder: the names that it lists now are durable."""

    path: str


Operation: TypeAlias = (
    Create | Write | Truncate | Sync | Delete | Rename | MakeFolder | RemoveFolder | SyncFolder
)


@attrs.frozen
class Opened:
    """A store said that it is open; *epoch* is "" where there is none."""

    epoch: str


@attrs.frozen
class Offered:
    """Append it before `put` or `take`: from here on the event may be found."""

    event_id: str
    is_taken: bool = False


@attrs.frozen
class Numbered:
    """`put` returned this number, or `take` answered with it."""

    event_id: str
    number: int


@attrs.frozen
class Promised:
    """Append it after a store reported the event durable, or a sink answered it."""

    event_id: str


@attrs.frozen
class Released:
    """Append it before `clear`: from here on the event may be missing, and may be found."""

    event_id: str


@attrs.frozen
class QuarantineChanging:
    """Append it before `quarantine` or its end: from here on the event may be in it or not."""

    event_id: str


@attrs.frozen
class QuarantineChanged:
    """Append it once that is durable."""

    event_id: str
    is_in: bool


Told: TypeAlias = (
    Opened | Offered | Numbered | Promised | Released | QuarantineChanging | QuarantineChanged
)

Entry: TypeAlias = Operation | Told
