"""What could be had at most: the same shapes without this library.

    python -m benchmarks.ceilings queue [--count 100000]
    python -m benchmarks.ceilings orjson [--count 30000]
    python -m benchmarks.ceilings cattrs [--count 30000]
    python -m benchmarks.ceilings echo-parent --broker HOST:PORT [--client paho|transport]
    python -m benchmarks.ceilings echo-child  --broker HOST:PORT [--client paho|transport]
        [--mode rate|latency] [--count 5000] [--outstanding 100] [--per-second 50] [--seconds 20]

`queue` is an asyncio.Queue alone, `orjson` bytes to dicts and back, `cattrs` the same to plain
attrs classes: no envelope rules, no checks of types, no faults with a path.
`echo` is W3 without codec, state and disk: 730 bytes there, 263 bytes back. Its client is bare paho
driven by asyncio, or `transport`, this library's PahoLinkTransport. The two roles speak with their
starter as those of original_worker.py do.
"""

import argparse
import asyncio
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import attrs
import orjson
from cattrs.preconf.orjson import make_converter
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.figures import Figures, cpu_s, next_line, rate_of, say
from benchmarks.load import RUN_TIMEOUT_S, Load, LoadPlan, add_load_options
from benchmarks.messages import ACK_BYTES, MESSAGE_BYTES, PADDING
from gwproactor import QOS, Success
from gwproactor.adapters.mqtt import BrokerAddress, PahoLinkTransport
from gwproactor.domain.subscription import Subscription
from gwproactor.ports.link_transport import ConnectFailed, Disconnected

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

REQUEST_TOPIC = "gw/bench-child/to/p/gridworks-event-proactor-dbg"
REPLY_TOPIC = "gw/bench-parent/to/c/gridworks-ack"
REQUEST, REPLY = b"x" * MESSAGE_BYTES, b"x" * ACK_BYTES


# Codec: the message as plain attrs classes


@attrs.frozen
class PlainHeader:
    Src: str
    Dst: str
    MessageType: str
    MessageId: str
    AckRequired: bool
    TypeName: str
    Version: str


@attrs.frozen
class PlainLevels:
    message_summary: int
    lifecycle: int
    comm_event: int
    io_loop: int


@attrs.frozen
class PlainCommand:
    Levels: PlainLevels
    Command: str | None
    TypeName: str


@attrs.frozen
class PlainEvent:
    MessageId: str
    TimeCreatedMs: int
    Src: str
    TypeName: str
    Command: PlainCommand
    Path: str
    Count: int
    Msg: str


@attrs.frozen
class PlainMessage:
    Header: PlainHeader
    Payload: PlainEvent
    TypeName: str


def plain_message() -> PlainMessage:
    message_id, type_name = "00000000-0000-4000-8000-000000000000", "gridworks.event.proactor.dbg"
    command = PlainCommand(PlainLevels(-1, -1, -1, 20), None, "gridworks.proactor.dbg")
    return PlainMessage(
        PlainHeader("bench.child", "p", type_name, message_id, True, "gridworks.header", "001"),
        PlainEvent(
            message_id, 1_700_000_000_000, "bench.child", type_name, command,
            "0x00000004", 0, PADDING,
        ),
        "gw",
    )  # fmt: skip


def code_with_cattrs(count: int) -> Figures:
    converter = make_converter(detailed_validation=False)
    message = plain_message()
    encoded = converter.dumps(message)
    assert len(encoded) == MESSAGE_BYTES, len(encoded)
    assert converter.loads(encoded, PlainMessage) == message
    return {
        "workload": "w7",
        "count": count,
        "encode_rate": rate_of(count, lambda: converter.dumps(message)),
        "decode_rate": rate_of(count, lambda: converter.loads(encoded, PlainMessage)),
    }


def code_with_orjson(count: int) -> Figures:
    json = make_converter().unstructure(plain_message())
    encoded = orjson.dumps(json)
    assert len(encoded) == MESSAGE_BYTES, len(encoded)
    return {
        "workload": "w7",
        "count": count,
        "encode_rate": rate_of(count, lambda: orjson.dumps(json)),
        "decode_rate": rate_of(count, lambda: orjson.loads(encoded)),
    }


# Queue


async def queue_objects(count: int) -> Figures:
    queue: asyncio.Queue[object] = asyncio.Queue()
    objects = [object() for _ in range(count)]
    started_s, started_cpu_s = time.perf_counter(), cpu_s()
    for thing in objects:
        queue.put_nowait(thing)
    for _ in range(count):
        await queue.get()
    rate = count / (time.perf_counter() - started_s)
    used_cpu_s = cpu_s() - started_cpu_s
    return {
        "workload": "w1",
        "count": count,
        "rate": round(rate),
        "cpu_s_per_1k": round(used_cpu_s / count * 1000, 5),
    }


# Echo


class EchoClient(Protocol):
    """One MQTT connection; what arrives goes to the callback that it was made with."""

    async def open(self, topic_filter: str) -> None:
        """Return when subscribed."""
        ...

    def publish(self, topic: str, payload: bytes) -> None: ...

    async def close(self) -> None: ...


class BarePaho:
    """paho on the loop, in the least code that works."""

    def __init__(self, broker: str, received: Callable[[bytes], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._host, self._port = host_and_port(broker)
        self._filter = ""
        self._received = received
        self._subscribed = asyncio.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.on_socket_open = self._on_open
        self._client.on_socket_close = self._on_close
        self._client.on_socket_register_write = self._on_register_write
        self._client.on_socket_unregister_write = self._on_unregister_write
        self._client.on_connect = lambda client, *_: client.subscribe(self._filter)
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    async def open(self, topic_filter: str) -> None:
        self._filter = topic_filter
        self._client.connect(self._host, self._port)
        await asyncio.wait_for(self._subscribed.wait(), RUN_TIMEOUT_S)

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload)

    async def close(self) -> None:
        self._client.disconnect()

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        self._received(bytes(message.payload))

    def _on_open(self, client: Client, _: object, sock: "SocketLike") -> None:
        assert isinstance(sock, socket.socket)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.add_reader(sock, client.loop_read)

    def _on_close(self, _: Client, __: object, sock: "SocketLike") -> None:
        self._loop.remove_reader(sock)

    def _on_register_write(self, client: Client, _: object, sock: "SocketLike") -> None:
        self._loop.add_writer(sock, client.loop_write)

    def _on_unregister_write(self, _: Client, __: object, sock: "SocketLike") -> None:
        self._loop.remove_writer(sock)


class OurTransport:
    """PahoLinkTransport, for what it adds to bare paho; its listener, too."""

    def __init__(self, broker: str, received: Callable[[bytes], None]) -> None:
        host, port = host_and_port(broker)
        client_id = f"bench-{os.getpid()}"
        self._transport = PahoLinkTransport(
            BrokerAddress(host=host, port=port, client_id=client_id)
        )
        self._transport.listen(self)
        self._received = received
        self._filter = ""
        self._subscribed = asyncio.Event()

    async def open(self, topic_filter: str) -> None:
        self._filter = topic_filter
        self._transport.connect()
        await asyncio.wait_for(self._subscribed.wait(), RUN_TIMEOUT_S)

    def publish(self, topic: str, payload: bytes) -> None:
        sent = self._transport.publish(topic, payload, QOS.AtMostOnce)
        assert isinstance(sent, Success), sent

    async def close(self) -> None:
        await self._transport.disconnect()

    def connected(self) -> None:
        subscription = Subscription(self._filter, QOS.AtMostOnce)
        self._transport.subscribe(1, [subscription])

    def connect_failed(self, failure: ConnectFailed) -> None:
        raise ConnectionError(str(failure))

    def disconnected(self, reason: Disconnected) -> None:
        raise ConnectionError(str(reason))

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        self._subscribed.set()

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self._received(payload)


CLIENTS: dict[str, Callable[[str, Callable[[bytes], None]], EchoClient]] = {
    "paho": BarePaho,
    "transport": OurTransport,
}


def host_and_port(broker: str) -> tuple[str, int]:
    host, _, port = broker.rpartition(":")
    return host, int(port)


async def send_requests(client_name: str, broker: str, plan: LoadPlan) -> Figures:
    """The side that measures. Replies come in the order of the requests."""
    waiting: deque[int] = deque()
    sent = 0

    def send() -> int:
        nonlocal sent
        sent += 1
        client.publish(REQUEST_TOPIC, REQUEST)
        waiting.append(sent)
        return sent

    client = CLIENTS[client_name](broker, lambda _: load.acked(waiting.popleft()))
    load = Load(plan, send)
    await client.open(REPLY_TOPIC)
    say({"ready": True})
    await next_line()
    figures = await load.run()
    await client.close()
    return {"workload": "w3", "role": "child", "link_timeouts": 0, **figures}


async def send_replies(client_name: str, broker: str) -> Figures:
    """The side that answers; it measures from one line on stdin to the next."""
    count = 0

    def received(_: bytes) -> None:
        nonlocal count
        count += 1
        client.publish(REPLY_TOPIC, REPLY)

    client = CLIENTS[client_name](broker, received)
    await client.open(REQUEST_TOPIC)
    say({"ready": True})
    await next_line()
    started_cpu_s = cpu_s()
    say({"started": True})
    await next_line()
    used_cpu_s = cpu_s() - started_cpu_s
    await client.close()
    return {
        "workload": "w3",
        "role": "parent",
        "count": count,
        "cpu_s_per_1k": round(used_cpu_s / max(count, 1) * 1000, 4),
    }


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The ceilings of the workloads.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    workloads.add_parser("queue").add_argument("--count", type=int, default=100_000)
    for codec in ("orjson", "cattrs"):
        workloads.add_parser(codec).add_argument("--count", type=int, default=30_000)
    parent, child = workloads.add_parser("echo-parent"), workloads.add_parser("echo-child")
    for role in (parent, child):
        role.add_argument("--broker", required=True, metavar="HOST:PORT")
        role.add_argument("--client", choices=CLIENTS, default="paho")
    add_load_options(child)
    return parser.parse_args()


def figures_of(arguments: argparse.Namespace) -> Figures:
    match arguments.workload:
        case "queue":
            return asyncio.run(queue_objects(arguments.count))
        case "orjson":
            return code_with_orjson(arguments.count)
        case "cattrs":
            return code_with_cattrs(arguments.count)
        case "echo-child":
            plan = LoadPlan.of(arguments)
            return asyncio.run(send_requests(arguments.client, arguments.broker, plan))
        case _:
            return asyncio.run(send_replies(arguments.client, arguments.broker))


if __name__ == "__main__":
    say(figures_of(parsed_arguments()))
