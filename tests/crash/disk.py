"""A disk that plays recorded operations and shows what a crash would leave of them.

What a kill leaves is everything done so far. A power cut leaves what was synced and any part of the
rest: of writes any sectors, in any order; of the changes of a folder's names a beginning, because
file systems keep a journal of them. A rename is kept whole or not at all, and is durable once the
new name's folder is synced. A file may be synced and still be lost with its name.
"""

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
        apply(self.live, operation)
        self.unsynced.append(operation)

    def sync(self) -> None:
        self.durable = bytes(self.live)
        self.unsynced.clear()


@attrs.define(eq=False)
class Folder:
    durable: "Names" = attrs.Factory(dict)
    live: "Names" = attrs.Factory(dict)


Node: TypeAlias = File | Folder
Names: TypeAlias = dict[str, Node]


@attrs.frozen(eq=False)
class Change:
    """Of names in folders, None where one goes; durable once *synced_with* is synced."""

    names: Mapping[Folder, Mapping[str, Node | None]]
    synced_with: Folder

    def places(self) -> list[tuple[Folder, str]]:
        return [(folder, name) for folder, names in self.names.items() for name in names]

    def without(self, places: set[tuple[Folder, str]]) -> "Change":
        names = {
            folder: {name: node for name, node in names.items() if (folder, name) not in places}
            for folder, names in self.names.items()
        }
        return Change(names, self.synced_with)


@attrs.frozen
class Cut:
    """Which of the unsynced changes of names, and which content of a file, a crash leaves."""

    name: str
    changes: Callable[[list[Change]], list[Change]]
    content: Callable[[File], bytes]


class Disk:
    """The recorded folder. It is there and durable from the beginning, with what *start* holds."""

    def __init__(self, start: Image = EMPTY) -> None:
        self._root = Folder()
        self._unsynced: list[Change] = []
        for path in start.folders:
            self.play(MakeFolder(path))
        for path, content in start.files.items():
            self.play(Create(path))
            self.play(Write(path, 0, content))
            self.play(Sync(path))
        for path in ("", *start.folders):
            self.play(SyncFolder(path))

    def play(self, operation: Operation) -> None:
        match operation:
            case Create(path):
                folder, name = self._place(path)
                if name not in folder.live:
                    self._change({folder: {name: File()}}, folder)
            case Write(path) | Truncate(path):
                self._file(path).change(operation)
            case Sync(path):
                self._file(path).sync()
            case Delete(path) | RemoveFolder(path):
                folder, name = self._place(path)
                node = folder.live[name]
                is_empty_folder = isinstance(node, Folder) and not node.live
                assert is_empty_folder == isinstance(operation, RemoveFolder)
                self._change({folder: {name: None}}, folder)
            case Rename(source, target):
                folder, name = self._place(source)
                new_folder, new_name = self._place(target)
                names: dict[Folder, dict[str, Node | None]] = {folder: {name: None}}
                names.setdefault(new_folder, {})[new_name] = self._file(source)
                self._change(names, new_folder)
            case MakeFolder(path):
                folder, name = self._place(path)
                self._change({folder: {name: Folder()}}, folder)
            case SyncFolder(path):
                self._sync(self._folder(path))

    def has_unsynced(self) -> bool:
        nodes = _walk(self._root, lambda folder: folder.live)
        return self.has_unsynced_names() or any(
            isinstance(node, File) and node.unsynced for _, node in nodes
        )

    def has_unsynced_names(self) -> bool:
        return bool(self._unsynced)

    def image(self, cut: Cut) -> Image:
        kept: dict[Folder, Names] = {}
        for change in cut.changes(self._unsynced):
            for folder, names in change.names.items():
                apply_names(kept.setdefault(folder, dict(folder.durable)), names)
        folders: list[str] = []
        files: dict[str, bytes] = {}
        for path, node in _walk(self._root, lambda folder: kept.get(folder, folder.durable)):
            if isinstance(node, File):
                files[path] = cut.content(node)
            elif path:
                folders.append(path)
        return Image(tuple(folders), files)

    def _change(
        self, names: Mapping[Folder, Mapping[str, Node | None]], synced_with: Folder
    ) -> None:
        for folder, changed in names.items():
            apply_names(folder.live, changed)
        self._unsynced.append(Change(names, synced_with))

    def _sync(self, synced: Folder) -> None:
        durable: list[Change] = []
        unsynced: list[Change] = []
        settled: set[tuple[Folder, str]] = set()
        for change in reversed(self._unsynced):
            if change.synced_with is synced:
                durable.append(change)
                settled.update(change.places())
            else:  # what came before and was overtaken must not come back
                unsynced.append(change.without(settled))
        for change in reversed(durable):
            for folder, names in change.names.items():
                apply_names(folder.durable, names)
        self._unsynced = [change for change in reversed(unsynced) if change.places()]

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


def apply(content: bytearray, operation: Write | Truncate) -> None:
    match operation:
        case Write(_, offset, data):
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data
        case Truncate(_, size):
            content.extend(bytes(max(0, size - len(content))))
            del content[size:]


def apply_names(names: Names, changed: Mapping[str, Node | None]) -> None:
    for name, node in changed.items():
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
