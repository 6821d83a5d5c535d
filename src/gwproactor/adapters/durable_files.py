"""Files and folders that are whole under their names, or not there, also after a power cut.

What any adapter may use, and no adapter itself: of the standard library alone. Calls block with the
disk, and raise OSError.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

NO_LINKS: Final = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP}
"""What a disk answers that knows no hard links, as FAT."""


@contextlib.contextmanager
def new_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write; it becomes *path* after the block, or vanishes if that raises.

    Raises FileExistsError if something is there. With *private* nobody but the owner may read it.
    """
    _refuse_existing(path)
    with _draft(path, private=private) as draft:
        with draft.open("wb") as file:
            yield file
            _sync_written(file)
        _name_first(draft, path)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it becomes *path* after the block, or vanishes if that raises.

    What is in it is to be made durable in the block. Raises FileExistsError if a file is there, and
    OSError if a folder is that is not empty.
    """
    if not path.is_dir():
        _refuse_existing(path)
    elif any(path.iterdir()):
        raise _refusal(errno.ENOTEMPTY, path)
    draft = _draft_name(path)
    draft.mkdir()
    try:
        yield draft
        sync(draft)
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync(draft.parent)


def write_new(path: Path, content: bytes, *, private: bool = False) -> None:
    """Make *path*, and its folders. Raises FileExistsError if something is there.

    With *private* nobody but the owner may read the file and look into its folder, if that is new.
    """
    make_folder(path.parent, mode=0o700 if private else 0o777)
    with new_file(path, private=private) as file:
        file.write(content)


def replace(path: Path, content: bytes) -> None:
    """Put *content* in the place of what is there, if anything, and make the folders."""
    make_folder(path.parent)
    with _draft(path) as draft:
        write_synced(draft, content)
        draft.replace(path)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file whose folder is synced later, once for many."""
    with path.open("wb") as file:
        file.write(content)
        _sync_written(file)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Make it, if it is not there, and those above it, durably. Only it has the *mode*."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode, exist_ok=True)
        # Without this a power cut may take the new folder away, with the durable files in it.
        sync(folder.parent)


def sync(path: str | Path) -> None:
    """Make the content of a file durable, or the names that a folder lists."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _draft(path: Path, *, private: bool = False) -> Iterator[Path]:
    """An empty file beside *path*, to be moved there in the block."""
    draft = _draft_name(path)
    draft.touch(0o600 if private else 0o666, exist_ok=False)
    try:
        yield draft
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    sync(draft.parent)


def _draft_name(path: Path) -> Path:
    # Not of `tempfile`, whose files are private: to learn what others are, the umask of all threads
    # would have to be changed for a moment.
    whole = path.absolute()  # so that also "." has a name
    return whole.with_name(f".{whole.name}.part-{secrets.token_hex(4)}")


def _sync_written(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _name_first(draft: Path, path: Path) -> None:
    """Unlike a rename a link never takes the place of another file."""
    try:
        path.hardlink_to(draft)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _refuse_existing(path)
        draft.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise _refusal(errno.EEXIST, path)


def _refusal(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
