"""Files and folders that survive a power cut."""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make it and those above it, durably."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        # Without this a power cut may take the new folder away, with the durable events in it.
        sync(folder.parent)


def sync(path: str | Path) -> None:
    """Make the content of a file durable, or the names that a folder lists."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
