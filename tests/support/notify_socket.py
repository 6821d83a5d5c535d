"""The service manager's end of NOTIFY_SOCKET: a real datagram socket."""

import asyncio
import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Self


class NotifySocket:
    """Hears what is sent to *address*, a path or "@" and an abstract name."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = self._bound()

    @classmethod
    @contextlib.contextmanager
    def at(cls, address: str | Path) -> Iterator[Self]:
        """One that is closed at the end."""
        listener = cls(str(address))
        try:
            yield listener
        finally:
            listener.socket.close()

    def _bound(self) -> socket.socket:
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bound.setblocking(False)
        name = self.address
        bound.bind("\0" + name[1:] if name.startswith("@") else name)
        return bound

    async def next_lines(self) -> list[str]:
        """The lines of the next datagram."""
        data = await asyncio.get_running_loop().sock_recv(self.socket, 10_000)
        return data.decode().split("\n")

    def lines(self) -> list[str]:
        """The lines of all datagrams that are there."""
        lines: list[str] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                lines += self.socket.recv(10_000).decode().split("\n")
        return lines

    def heard_within(self, seconds: float) -> list[str]:
        """The lines of the next datagram; none if it does not come in time."""
        readable, _, _ = select.select([self.socket], [], [], max(seconds, 0.0))
        return self.socket.recv(10_000).decode().split("\n") if readable else []

    def go_away(self) -> None:
        self.socket.close()
        Path(self.address).unlink()

    def come_back(self) -> None:
        self.socket = self._bound()
