"""This library's side of workloads W1 (route), W3 (events) and W7 (codec).

    python -m benchmarks.our_worker w1 [--count 100000]
    python -m benchmarks.our_worker w3-parent --broker HOST:PORT --state-dir DIR
    python -m benchmarks.our_worker w3-child  --broker HOST:PORT --state-dir DIR
        [--mode rate|latency] [--count 5000] [--outstanding 100] [--per-second 50] [--seconds 20]
    python -m benchmarks.our_worker w7 [--count 30000]

It is used as original_worker.py, which describes the event and how the roles of W3 speak with their
starter. There is no choice of what is stored. The parent acknowledges no event before its own copy
is synced. The child's store syncs in groups, and sending does not wait for it: an event that is
acked before its group is committed is never written there (`persisted` says how many were).
"""

import argparse
import asyncio
import logging
import pathlib
import tempfile
import time
from collections.abc import Callable

import attrs
from dependency_injector import providers
from typing_extensions import override

from benchmarks.figures import Figures, cpu_s, next_line, rate_of, say
from benchmarks.load import RUN_TIMEOUT_S, Load, LoadPlan, add_load_options
from benchmarks.messages import (
    CHILD,
    CHILD_SHORT,
    PARENT,
    PARENT_SHORT,
    blank_event,
    check_sizes,
    event_message,
    event_topic,
)
from gwproactor import (
    HANDLED,
    Communicator,
    Failure,
    LinkSettings,
    Message,
    MQTTClient,
    Outcome,
    Paths,
    ProactorContainer,
    ProactorSettings,
    StateName,
    Success,
    assemble,
    build_node,
    to_actor,
)
from gwproactor.adapters.codec import LinkCodec
from gwproactor.adapters.persistence import SqliteEventStore, SqliteSinkReader
from gwproactor.adapters.persistence.sqlite.database import Database
from gwproactor.adapters.persistence.sqlite.event_schema import SCHEMA
from gwproactor.app.settings import NO_TLS
from gwproactor.domain.events import DBGEvent
from gwproactor.domain.namespace import CORE_NAMESPACE

QUIET_S = 0.5


@attrs.frozen
class SmallPayload:
    """What W1 routes."""

    value: int


class CountingActor(Communicator):
    """W1's one app handler."""

    def __init__(self) -> None:
        super().__init__("counter")
        self.wanted = 0
        self.handled = 0
        self.finished_s = 0.0
        self.started = asyncio.Event()
        self.done = asyncio.Event()

    @override
    def start(self) -> None:
        self.started.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.handled += 1
        if self.handled == self.wanted:
            self.finished_s = time.perf_counter()
            self.done.set()
        return HANDLED


class RouteContainer(ProactorContainer):
    """W1's node."""

    counter: providers.Provider[CountingActor] = providers.Singleton(CountingActor)


class ParentActor(Communicator):
    """Counts the events that the parent's sink has stored and handed over."""

    def __init__(self) -> None:
        super().__init__("parent")
        self.events = 0

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.events += isinstance(message.payload, DBGEvent)
        return HANDLED


class ParentContainer(ProactorContainer):
    """W3's parent."""

    handler: providers.Provider[ParentActor] = providers.Singleton(ParentActor)


@attrs.define
class CountingDatabase(Database):
    """Remembers how many rows were inserted, deleted or updated until it was closed."""

    changes: int = attrs.field(init=False, default=0)

    @override
    def close(self) -> None:
        if self._connection is not None:
            self.changes = self._connection.total_changes
        super().close()


class TellingStore(SqliteEventStore):
    """Tells the load about each event that the core forgets, which is its ack's last effect."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__(path)
        self.on_cleared: Callable[[int], None] = lambda _number: None
        self._counting = CountingDatabase(path, SCHEMA)

    @property
    def written(self) -> int:
        """How many events reached the file, the node's own few too; to be read once it is closed.

        Each was inserted and deleted. One acked before its commit is never written.
        """
        assert self._counting.changes, "the store did not use the database that counts"
        return self._counting.changes // 2

    @override
    def _database(self) -> Database:
        return self._counting

    @override
    def clear(self, number: int) -> None:
        super().clear(number)
        self.on_cleared(number)


async def route(count: int, state_dir: pathlib.Path) -> Figures:
    """W1: all messages are put with `send`, then the loop gives each to the handler."""
    settings = ProactorSettings(
        long_name=CHILD, short_name=CHILD_SHORT, paths=Paths(data_dir=state_dir)
    )
    container = assemble(settings, RouteContainer)
    node, counter, bus = build_node(container), container.counter(), container.message_bus()
    running = asyncio.create_task(node.run_forever())
    await asyncio.wait_for(counter.started.wait(), RUN_TIMEOUT_S)
    await asyncio.sleep(QUIET_S)
    counter.wanted = count
    messages = [to_actor("a", counter.name, SmallPayload(index)) for index in range(count)]
    started_s, started_cpu_s = time.perf_counter(), cpu_s()
    for message in messages:
        bus.send(message)
    await asyncio.wait_for(counter.done.wait(), RUN_TIMEOUT_S)
    used_cpu_s = cpu_s() - started_cpu_s
    node.stop()
    await running
    return {
        "workload": "w1",
        "count": counter.handled,
        "rate": round(count / (counter.finished_s - started_s)),
        "cpu_s_per_1k": round(used_cpu_s / count * 1000, 5),
    }


async def send_events(broker: str, state_dir: pathlib.Path, plan: LoadPlan) -> Figures:
    """W3, the child."""
    link = LinkSettings(peer_long_name=PARENT, peer_short_name=PARENT_SHORT, upstream=True)
    settings = node_settings(CHILD, CHILD_SHORT, broker, state_dir, {"parent": link})
    store = TellingStore(settings.paths.event_store)
    container = assemble(settings, ProactorContainer, event_store=store)
    node, event_log = build_node(container), container.event_log()
    running = asyncio.create_task(node.run_forever())
    await until_quiet(container, "parent", lambda: store.content().pending == 0)
    say({"ready": True})
    await next_line()

    def generate() -> int:
        match event_log.generate_event(blank_event()):
            case Success(accepted):
                assert accepted.sequence is not None, "a child has an upstream link"
                return accepted.sequence.number
            case Failure(refused):
                raise RuntimeError(str(refused))

    load = Load(plan, generate)
    store.on_cleared = load.acked
    stats = container.core().stats.links["parent"]
    timeouts_before = stats.timeouts + stats.unanswered
    figures = await load.run()
    link_timeouts = stats.timeouts + stats.unanswered - timeouts_before
    node.stop()
    await running
    return {
        "workload": "w3",
        "role": "child",
        **figures,
        "persisted": store.written,
        "left_over": await pending(settings.paths.event_store),
        "link_timeouts": link_timeouts,
    }


async def receive_events(broker: str, state_dir: pathlib.Path) -> Figures:
    """W3, the parent; it measures from one line on stdin to the next."""
    link = LinkSettings(peer_long_name=CHILD, peer_short_name=CHILD_SHORT, handler="parent")
    settings = node_settings(PARENT, PARENT_SHORT, broker, state_dir, {"child": link})
    container = assemble(settings, ParentContainer)
    node, actor = build_node(container), container.handler()
    running = asyncio.create_task(node.run_forever())
    await until_quiet(container, "child", lambda: True)
    say({"ready": True})
    await next_line()

    started_cpu_s = cpu_s()
    say({"started": True})
    await next_line()
    used_cpu_s, events = cpu_s() - started_cpu_s, actor.events
    node.stop()
    await running
    return {
        "workload": "w3",
        "role": "parent",
        "count": events,
        "cpu_s_per_1k": round(used_cpu_s / max(events, 1) * 1000, 4),
        "persisted": received(settings.paths.event_sink),
    }


def node_settings(
    long_name: str,
    short_name: str,
    broker: str,
    state_dir: pathlib.Path,
    links: dict[str, LinkSettings],
) -> ProactorSettings:
    """The defaults, except for names and places."""
    host, _, port = broker.rpartition(":")
    return ProactorSettings(
        long_name=long_name,
        short_name=short_name,
        paths=Paths(data_dir=state_dir),
        brokers={"local": MQTTClient(host=host, port=int(port), tls=NO_TLS)},
        links=links,
    )


async def until_quiet(
    container: ProactorContainer, link_name: str, nothing_pending: Callable[[], bool]
) -> None:
    """The link is active, and nothing is pending, for `QUIET_S`."""
    link = container.core().links[link_name]
    async with asyncio.timeout(RUN_TIMEOUT_S):
        quiet_since_s = time.monotonic()
        while time.monotonic() - quiet_since_s < QUIET_S:
            await asyncio.sleep(0.02)
            if link.state is not StateName.ACTIVE or not nothing_pending():
                quiet_since_s = time.monotonic()


async def pending(path: pathlib.Path) -> int:
    """How many events a store's file holds, opened afresh."""
    store = SqliteEventStore(path)
    content = (await store.open()).unwrap()
    await store.close()
    return content.pending


def received(path: pathlib.Path) -> int:
    """How many different events of the benchmark a sink's file holds, opened afresh."""
    events = SqliteSinkReader(path).events()
    return len({event.message_id for event in events if event.type_name == DBGEvent.wire.type_name})


def code(count: int) -> Figures:
    """W7: the link's own codec, on one message over and over."""
    codec = LinkCodec(CORE_NAMESPACE)
    message, topic = event_message(), event_topic()

    def encode() -> bytes:
        return codec.envelope(message.header, codec.encode_payload(message.payload))

    encoded = encode()
    decoded = codec.decode("child", topic, encoded, retained=False)
    assert isinstance(decoded, Success), decoded
    assert decoded.unwrap().payload == message.payload
    return {
        "workload": "w7",
        "count": count,
        "encode_rate": rate_of(count, encode),
        "decode_rate": rate_of(
            count, lambda: codec.decode("child", topic, encoded, retained=False)
        ),
    }


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Workloads of this library.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    workloads.add_parser("w1").add_argument("--count", type=int, default=100_000)
    workloads.add_parser("w7").add_argument("--count", type=int, default=30_000)
    parent, child = workloads.add_parser("w3-parent"), workloads.add_parser("w3-child")
    for role in (parent, child):
        role.add_argument("--broker", required=True, metavar="HOST:PORT")
        role.add_argument("--state-dir", required=True, type=pathlib.Path)
    add_load_options(child)
    return parser.parse_args()


def figures_of(arguments: argparse.Namespace) -> Figures:
    match arguments.workload:
        case "w1":
            with tempfile.TemporaryDirectory() as directory:
                return asyncio.run(route(arguments.count, pathlib.Path(directory)))
        case "w3-child":
            plan = LoadPlan.of(arguments)
            return asyncio.run(send_events(arguments.broker, arguments.state_dir, plan))
        case "w3-parent":
            return asyncio.run(receive_events(arguments.broker, arguments.state_dir))
        case _:
            return code(arguments.count)


if __name__ == "__main__":
    assert not logging.root.handlers, "what is logged would be measured too"
    check_sizes()
    say(figures_of(parsed_arguments()))
