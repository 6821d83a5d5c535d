"""A TCP server that speaks just enough MQTT 3.1.1 to misbehave as a test says."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import IntEnum
from typing import Final, TypeAlias

import attrs

DEADLINE_S: Final = 10.0


class Kind(IntEnum):
    """MQTT 3.1.1 §2.2.1."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


@attrs.frozen
class Packet:
    kind: Kind
    flags: int
    body: bytes

    @property
    def client_id(self) -> str:
        assert self.kind is Kind.CONNECT
        (length,) = struct.unpack_from("!H", self.body, 10)
        return self.body[12 : 12 + length].decode()

    @property
    def topic(self) -> str:
        assert self.kind is Kind.PUBLISH
        (length,) = struct.unpack_from("!H", self.body)
        return self.body[2 : 2 + length].decode()


@attrs.frozen
class ThenClose:
    """Send *data*, then close the connection."""

    data: bytes = b""


Answer: TypeAlias = Callable[[Packet], bytes | ThenClose]


def packet(kind: Kind, body: bytes = b"", flags: int = 0) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length.append(digit | (128 if rest else 0))
        if not rest:
            return bytes([kind << 4 | flags]) + bytes(length) + body


def publish(topic: bytes, payload: bytes, *, retain: bool = False) -> bytes:
    return packet(Kind.PUBLISH, struct.pack("!H", len(topic)) + topic + payload, int(retain))


def connack(code: int) -> bytes:
    return packet(Kind.CONNACK, bytes([0, code]))


def suback(subscribe: Packet, *codes: int) -> bytes:
    return packet(Kind.SUBACK, subscribe.body[:2] + bytes(codes))


def polite(packet_: Packet) -> bytes:
    """The answers of a broker that accepts everything at QoS 0, but routes and acks no message."""
    match packet_.kind:
        case Kind.CONNECT:
            return connack(0)
        case Kind.SUBSCRIBE:
            return suback(packet_, 0)
        case Kind.PINGREQ:
            return packet(Kind.PINGRESP)
        case _:
            return b""


@attrs.define(eq=False)
class ScriptedBroker:
    """`packets` are all that came in, on all connections; `peers` the addresses they came from."""

    answer: Answer
    byte_by_byte: bool = False
    port: int = 0
    packets: list[Packet] = attrs.Factory(list)
    peers: list[tuple[str, int]] = attrs.Factory(list)
    reads: asyncio.Event = attrs.Factory(asyncio.Event)
    _changed: asyncio.Event = attrs.Factory(asyncio.Event)
    _writers: list[asyncio.StreamWriter] = attrs.Factory(list)
    _ended: int = 0

    async def seen(self, kind: Kind, *, number: int = 1) -> Packet:
        """The *number*th packet of *kind*, once it is there."""
        async with asyncio.timeout(DEADLINE_S):
            while len(found := self.all(kind)) < number:
                self._changed.clear()
                await self._changed.wait()
        return found[number - 1]

    async def ended(self, count: int = 1) -> None:
        """Return once *count* connections have been closed by the other side."""
        async with asyncio.timeout(DEADLINE_S):
            while self._ended < count:
                self._changed.clear()
                await self._changed.wait()

    async def peered(self, count: int = 1) -> None:
        """Return once *count* connections have been made."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.peers) < count:
                self._changed.clear()
                await self._changed.wait()

    def all(self, kind: Kind) -> list[Packet]:
        return [one for one in self.packets if one.kind is kind]

    def push(self, data: bytes) -> None:
        """Send *data* on the newest connection."""
        self._writers[-1].write(data)

    def close(self) -> None:
        """Close the newest connection."""
        self._writers[-1].close()

    def reset(self) -> None:
        """End the newest connection by a TCP reset."""
        sock = self._writers[-1].get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writers[-1].close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.peers.append(writer.get_extra_info("peername"))
        self._changed.set()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._answer_one(reader, writer):
                pass
        writer.close()
        self._ended += 1
        self._changed.set()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await self.reads.wait()
        one = await _read_packet(reader)
        self.packets.append(one)
        self._changed.set()
        answer = self.answer(one)
        data = answer.data if isinstance(answer, ThenClose) else answer
        for piece in [data[i : i + 1] for i in range(len(data))] if self.byte_by_byte else [data]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return not isinstance(answer, ThenClose)


async def _read_packet(reader: asyncio.StreamReader) -> Packet:
    (first,) = await reader.readexactly(1)
    length = shift = 0
    while True:
        (digit,) = await reader.readexactly(1)
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return Packet(Kind(first >> 4), first & 15, await reader.readexactly(length))


@asynccontextmanager
async def scripted_broker(
    answer: Answer = polite, *, byte_by_byte: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedBroker]:
    """A server on the loopback interface. `reads.clear()` makes it stop reading."""
    broker = ScriptedBroker(answer, byte_by_byte)
    broker.reads.set()
    server = await asyncio.start_server(broker._serve, "127.0.0.1", 0, ssl=tls)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        broker.reads.set()
        for writer in broker._writers:
            writer.transport.abort()
        await server.wait_closed()
