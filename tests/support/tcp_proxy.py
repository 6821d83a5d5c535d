"""A TCP proxy on the loopback interface, for losing one connection and no other."""

import asyncio
import contextlib
import socket

from gwproactor.adapters.broker_process.launcher import LOOPBACK, reserved_port

CHUNK_BYTES = 65_536


class TcpProxy:
    """Passes bytes between its clients and *host*:*port*; in use: `async with TcpProxy(…) as p`."""

    def __init__(self, host: str, port: int) -> None:
        self.host = LOOPBACK
        self.port = 0
        self._target = (host, port)
        self._kept = contextlib.ExitStack()
        self._listener: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "TcpProxy":
        self.port = self._kept.enter_context(reserved_port(0))
        await self.restore()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._flowing.set()
        await asyncio.gather(*self._serving)
        self._kept.close()

    def cut(self) -> None:
        """End every connection, and refuse new ones until `restore`."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._writers:
            writer.transport.abort()

    def silence(self) -> None:
        """Nothing passes until `restore`, and nobody is told; what was sent is kept for then."""
        self._flowing.clear()

    async def restore(self) -> None:
        """Pass bytes again, and accept connections."""
        self._flowing.set()
        if self._listener is None:
            listening = socket.socket()
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.host, self.port))
            self._listener = await asyncio.start_server(self._serve, sock=listening)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            target_reader, target_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, target_writer}
        self._writers |= both
        if self._listener is None:  # cut in between
            self._abort(both)
        await asyncio.gather(
            self._pass_on(reader, target_writer, both), self._pass_on(target_reader, writer, both)
        )
        self._writers -= both

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        self._abort(both)

    @staticmethod
    def _abort(writers: set[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.transport.abort()
