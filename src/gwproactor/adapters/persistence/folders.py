"""Folders whose names survive a power cut."""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make it and those above it, durably."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        # Without this a power cut may take the new folder away, with the durable events in it.
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
