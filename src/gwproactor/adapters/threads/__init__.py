"""Threads beside the event loop, and the ways between them.

Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.threads.mailbox import LoopMailbox
    from gwproactor.adapters.threads.queue_writers import (
        AsyncQueue,
        AsyncQueueWriter,
        NoMessage,
        SyncAsyncQueueWriter,
        Written,
    )
    from gwproactor.adapters.threads.sleeping import responsive_sleep
    from gwproactor.adapters.threads.sync_thread import SyncAsyncInteractionThread, ThreadFailed

_HOMES = {
    "AsyncQueue": "queue_writers",
    "AsyncQueueWriter": "queue_writers",
    "LoopMailbox": "mailbox",
    "NoMessage": "queue_writers",
    "SyncAsyncInteractionThread": "sync_thread",
    "SyncAsyncQueueWriter": "queue_writers",
    "ThreadFailed": "sync_thread",
    "Written": "queue_writers",
    "responsive_sleep": "sleeping",
}

__all__ = [
    "AsyncQueue",
    "AsyncQueueWriter",
    "LoopMailbox",
    "NoMessage",
    "SyncAsyncInteractionThread",
    "SyncAsyncQueueWriter",
    "ThreadFailed",
    "Written",
    "responsive_sleep",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
