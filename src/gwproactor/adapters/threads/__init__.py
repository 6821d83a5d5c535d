"""Threads beside the event loop, and the ways between them."""

from gwproactor.adapters.threads.mailbox import LoopMailbox
from gwproactor.adapters.threads.queue_writers import (
    AsyncQueue,
    AsyncQueueWriter,
    SyncAsyncQueueWriter,
)
from gwproactor.adapters.threads.responsive_sleep import responsive_sleep
from gwproactor.adapters.threads.sync_thread import SyncAsyncInteractionThread, ThreadFailed

__all__ = [
    "AsyncQueue",
    "AsyncQueueWriter",
    "LoopMailbox",
    "SyncAsyncInteractionThread",
    "SyncAsyncQueueWriter",
    "ThreadFailed",
    "responsive_sleep",
]
