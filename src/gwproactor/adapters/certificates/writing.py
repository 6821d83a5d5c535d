"""Files that are complete under their name, or not there, also after a power cut."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_new(path: Path, content: bytes, *, private: bool = False) -> None:
    """Make *path*, and its folders. Raises FileExistsError if something is there, and OSError.

    With *private* nobody but the owner may read the file and look into its folder.
    """
    path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    with _written(path, content, private=private) as temporary:
        os.link(temporary, path)  # unlike a rename it never takes the place of another file


def replace(path: Path, content: bytes) -> None:
    """Put *content* in the place of what is there. Raises OSError."""
    with _written(path, content, private=False) as temporary:
        os.rename(temporary, path)


@contextlib.contextmanager
def _written(path: Path, content: bytes, *, private: bool) -> Iterator[str]:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, 0o600 if private else 0o644)
            file.flush()
            os.fsync(descriptor)
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
