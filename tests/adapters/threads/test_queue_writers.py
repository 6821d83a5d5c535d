"""Channels between a thread and a loop: real threads, real loops."""

import asyncio
import logging
import queue
import threading

import pytest

from gwproactor.adapters.threads import AsyncQueueWriter, SyncAsyncQueueWriter
from gwproactor.adapters.threads.queue_writers import SYNC_QUEUED_MAX
from gwproactor.domain.outcome import Failure, Success
from gwproactor.ports.message_bus import Stopped

MANY = 1_500


async def test_what_a_thread_writes_is_read_in_its_order() -> None:
    items: asyncio.Queue[int] = asyncio.Queue()
    writer: AsyncQueueWriter[int] = AsyncQueueWriter()
    writer.set_async_loop(asyncio.get_running_loop(), items)
    thread = threading.Thread(target=lambda: [writer.put(item) for item in range(MANY)])
    thread.start()
    assert [await items.get() for _ in range(MANY)] == list(range(MANY))
    thread.join()


def test_a_writer_without_a_loop_says_what_is_missing() -> None:
    writer: AsyncQueueWriter[int] = AsyncQueueWriter()
    with pytest.raises(ValueError, match="set_async_loop"):
        writer.put(1)
    channel: SyncAsyncQueueWriter[int] = SyncAsyncQueueWriter()
    with pytest.raises(ValueError, match="set_async_loop"):
        channel.put_to_async_queue(1)


def test_a_write_to_a_closed_loop_is_logged_and_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hazard 28: the original's thread died of it."""
    writer: AsyncQueueWriter[str] = AsyncQueueWriter()

    async def only_set() -> None:
        writer.set_async_loop(asyncio.get_running_loop(), asyncio.Queue())

    asyncio.run(only_set())
    assert writer.put("the valve is stuck") == Failure(Stopped())
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "the valve is stuck" in record.message


async def test_what_a_full_queue_refuses_is_logged_and_the_next_item_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    items: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
    writer: AsyncQueueWriter[int] = AsyncQueueWriter()
    writer.set_async_loop(asyncio.get_running_loop(), items)
    for item in (10, 11):
        assert writer.put(item) == Success(None)
    assert await items.get() == 10
    writer.put(12)
    assert await items.get() == 12
    [record] = caplog.records
    assert "11" in record.message


async def test_a_channel_carries_both_ways() -> None:
    items: asyncio.Queue[object] = asyncio.Queue()
    channel: SyncAsyncQueueWriter[int] = SyncAsyncQueueWriter(queue.Queue())
    channel.set_async_loop(asyncio.get_running_loop(), items)

    def echo() -> None:
        channel.put_to_async_queue(("got", channel.get_from_sync_queue()))

    thread = threading.Thread(target=echo)
    thread.start()
    channel.put_to_sync_queue(7)
    assert await items.get() == ("got", 7)
    thread.join()
    with pytest.raises(queue.Empty):
        channel.get_from_sync_queue(block=False)


def test_a_channel_without_a_sync_queue_says_so() -> None:
    channel: SyncAsyncQueueWriter[int] = SyncAsyncQueueWriter()
    with pytest.raises(ValueError, match="no sync queue"):
        channel.put_to_sync_queue(1)
    with pytest.raises(ValueError, match="no sync queue"):
        channel.get_from_sync_queue()


@pytest.mark.parametrize(("given", "bound"), [(0, SYNC_QUEUED_MAX), (3, 3)])
def test_a_sync_queue_is_bounded_and_keeps_a_bound_of_its_own(given: int, bound: int) -> None:
    """Hazard 25."""
    channel: SyncAsyncQueueWriter[int] = SyncAsyncQueueWriter(queue.Queue(maxsize=given))
    for item in range(bound):
        channel.put_to_sync_queue(item)
    with pytest.raises(queue.Full):
        channel.put_to_sync_queue(bound, timeout=0.001)
    assert channel.get_from_sync_queue() == 0


async def test_the_loop_thread_never_waits_for_room_in_a_sync_queue() -> None:
    channel: SyncAsyncQueueWriter[int] = SyncAsyncQueueWriter(queue.Queue(maxsize=1))
    channel.set_async_loop(asyncio.get_running_loop(), asyncio.Queue())
    channel.put_to_sync_queue(1)
    with pytest.raises(queue.Full):
        channel.put_to_sync_queue(2)
