"""Waiting on non-blocking sockets with the loop, and closing one so that the peer reads it all."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

DISCARD_BYTES: Final = 65_536


async def until_ready(sock: socket.socket, *, writable: bool) -> None:
    """Return once *sock* can be written to, or else read from, or has failed."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add, remove = (
        (loop.add_writer, loop.remove_writer) if writable else (loop.add_reader, loop.remove_reader)
    )
    descriptor = sock.fileno()
    add(descriptor, _wake, ready)
    try:
        await ready
    finally:
        remove(descriptor)


@contextmanager
def held_open(descriptor: int) -> Iterator[socket.socket]:
    """The connection of *descriptor*, which outlives a close of it until the context is left.

    A socket closed with unread bytes resets its connection, and the peer then loses what it has
    not read yet: our last messages.
    """
    with socket.socket(fileno=os.dup(descriptor)) as held:
        held.setblocking(False)
        yield held


async def until_peer_closes(sock: socket.socket) -> None:
    """Say that nothing more will be sent, and throw away what comes until the peer closes."""
    with suppress(OSError):  # it may be gone already
        sock.shutdown(socket.SHUT_WR)
        while True:
            try:
                if not sock.recv(DISCARD_BYTES):
                    return
            except BlockingIOError:
                await until_ready(sock, writable=False)
            else:
                # A peer that sends without end must not keep other tasks from their turns.
                await asyncio.sleep(0)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
