"""Files and folders that appear under their names only when they are complete and durable."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gwproactor.adapters.persistence.folders import sync
from gwproactor.adapters.persistence.medium import MediumError


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write; it becomes *path* after the block, or vanishes if that raises.

    Raises MediumError if there is something at *path*, and OSError.
    """
    if os.path.lexists(path):
        raise MediumError(f"{path} exists: name a new file")
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.part-", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.rename(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync(path.parent)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it becomes *path* after the block, or vanishes if that raises.

    Raises MediumError if *path* is there and not an empty folder, and OSError.
    """
    is_empty = path.is_dir() and not any(path.iterdir())
    if os.path.lexists(path) and not is_empty:
        raise MediumError(f"{path} exists: name a new or empty folder")
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.part-", dir=path.absolute().parent))
    try:
        yield folder
        folder.chmod(0o777 & ~_umask())
        sync(folder)
        folder.rename(path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync(path.absolute().parent)


def write_durably(path: Path, content: bytes) -> None:
    """The file's folder is to be synced as well, once."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _umask() -> int:
    """Temporary files are private; what is asked for is as public as everything else."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
