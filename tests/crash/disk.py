"""A disk that plays recorded operations and shows what a crash would leave of them.

What a kill leaves is everything done so far. A power cut leaves what was synced and any part of the
rest: of writes any sectors, in any order; of a folder's names a beginning of their changes, because
file systems keep a journal of them. A file may be synced and still be lost with its name.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import attrs

from tests.crash.oplog import (
    Create,
    Delete,
    MakeFolder,
    Operation,
    RemoveFolder,
    Rename,
    Sync,
    SyncFolder,
    Truncate,
    Write,
)

SECTOR: Final = 512


@attrs.frozen
class Image:
    """The folders and the files' contents by path; a folder comes before what is in it."""

    folders: tuple[str, ...]
    files: Mapping[str, bytes]


EMPTY: Final = Image((), {})


@attrs.define(eq=False)
class File:
    """`unsynced` are the changes from the durable content to the live one."""

    durable: bytes = b""
    live: bytearray = attrs.Factory(bytearray)
    unsynced: list[Write | Truncate] = attrs.Factory(list)

    def change(self, operation: Write | Truncate) -> None:
        _apply(self.live, operation)
        self.unsynced.append(operation)

    def sync(self) -> None:
        self.durable = bytes(self.live)
        self.unsynced.clear()


@attrs.define(eq=False)
class Folder:
    """`unsynced` are the changes of names since the last sync; None is a name that went."""

    durable: "Names" = attrs.Factory(dict)
    live: "Names" = attrs.Factory(dict)
    unsynced: "list[Mapping[str, Node | None]]" = attrs.Factory(list)

    def change(self, names: "Mapping[str, Node | None]") -> None:
        _rename(self.live, names)
        self.unsynced.append(names)

    def sync(self) -> None:
        self.durable = dict(self.live)
        self.unsynced.clear()


Node: TypeAlias = File | Folder
Names: TypeAlias = dict[str, Node]


@attrs.frozen
class Cut:
    """Which names of a folder and which content of a file are there after a crash."""

    name: str
    names: Callable[[Folder], Names]
    content: Callable[[File], bytes]


class Disk:
    """The recorded folder. It is there and durable from the beginning, with what *start* holds."""

    def __init__(self, start: Image = EMPTY) -> None:
        self._root = Folder()
        for path in start.folders:
            self.play(MakeFolder(path))
        for path, content in start.files.items():
            self.play(Create(path))
            self.play(Write(path, 0, content))
        for _, node in _walk(self._root, lambda folder: folder.live):
            node.sync()

    def play(self, operation: Operation) -> None:
        match operation:
            case Create(path):
                folder, name = self._place(path)
                if name not in folder.live:
                    folder.change({name: File()})
            case Write(path) | Truncate(path):
                self._file(path).change(operation)
            case Sync(path):
                self._file(path).sync()
            case Delete(path):
                folder, name = self._place(path)
                assert isinstance(folder.live[name], File)
                folder.change({name: None})
            case Rename(source, target):
                folder, name = self._place(source)
                new_folder, new_name = self._place(target)
                assert folder is new_folder, "a rename from folder to folder is not modelled"
                folder.change({name: None, new_name: self._file(source)})
            case MakeFolder(path):
                folder, name = self._place(path)
                folder.change({name: Folder()})
            case RemoveFolder(path):
                assert not self._folder(path).live
                folder, name = self._place(path)
                folder.change({name: None})
            case SyncFolder(path):
                self._folder(path).sync()

    def has_unsynced(self) -> bool:
        return any(node.unsynced for _, node in _walk(self._root, lambda folder: folder.live))

    def has_unsynced_names(self) -> bool:
        nodes = _walk(self._root, lambda folder: folder.live)
        return any(isinstance(node, Folder) and node.unsynced for _, node in nodes)

    def image(self, cut: Cut) -> Image:
        folders: list[str] = []
        files: dict[str, bytes] = {}
        for path, node in _walk(self._root, cut.names):
            if isinstance(node, File):
                files[path] = cut.content(node)
            elif path:
                folders.append(path)
        return Image(tuple(folders), files)

    def _folder(self, path: str) -> Folder:
        node: Node = self._root
        for name in path.split("/") if path else ():
            assert isinstance(node, Folder)
            node = node.live[name]
        assert isinstance(node, Folder)
        return node

    def _place(self, path: str) -> tuple[Folder, str]:
        folder, _, name = path.rpartition("/")
        return self._folder(folder), name

    def _file(self, path: str) -> File:
        folder, name = self._place(path)
        node = folder.live[name]
        assert isinstance(node, File)
        return node


KILL: Final = Cut("kill", lambda folder: folder.live, lambda file: bytes(file.live))
LOST: Final = Cut("unsynced lost", lambda folder: folder.durable, lambda file: file.durable)
NAMES_ONLY: Final = Cut("only names kept", lambda folder: folder.live, lambda file: file.durable)


def beginning_kept(chance: random.Random) -> Cut:
    """Of each file's unsynced sectors the first ones, as they were written."""
    return _torn("beginning kept", chance, lambda pieces: pieces[: chance.randint(0, len(pieces))])


def middle_lost(chance: random.Random) -> Cut:
    """Later sectors came to the disk before earlier ones did."""

    def keep(pieces: "Pieces") -> "Pieces":
        first, last = sorted(chance.randint(0, len(pieces)) for _ in range(2))
        return pieces[:first] + pieces[last:]

    return _torn("middle lost", chance, keep)


def any_sectors_kept(chance: random.Random) -> Cut:
    def keep(pieces: "Pieces") -> "Pieces":
        return [piece for piece in pieces if chance.random() < share]

    share = chance.random()
    return _torn("any sectors kept", chance, keep)


Pieces: TypeAlias = list[Write | Truncate]


def _torn(name: str, chance: random.Random, keep: Callable[[Pieces], Pieces]) -> Cut:
    def names(folder: Folder) -> Names:
        kept = dict(folder.durable)
        for change in folder.unsynced[: chance.randint(0, len(folder.unsynced))]:
            _rename(kept, change)
        return kept

    def content(file: File) -> bytes:
        if not file.unsynced:
            return file.durable
        kept = bytearray(file.durable)
        pieces = [piece for operation in file.unsynced for piece in _sectors(operation)]
        for piece in keep(pieces):
            _apply(kept, piece)
        return bytes(kept)

    return Cut(name, names, content)


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


def _apply(content: bytearray, operation: Write | Truncate) -> None:
    match operation:
        case Write(_, offset, data):
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data
        case Truncate(_, size):
            content.extend(bytes(max(0, size - len(content))))
            del content[size:]


def _rename(names: Names, change: Mapping[str, Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _walk(
    root: Folder, names: Callable[[Folder], Names], path: str = ""
) -> Iterator[tuple[str, Node]]:
    yield path, root
    for name, node in names(root).items():
        below = f"{path}/{name}" if path else name
        if isinstance(node, Folder):
            yield from _walk(node, names, below)
        else:
            yield below, node
