"""The original library's side of workloads W1 (route), W3 (events) and W7 (codec).

Run it with the interop environment's python; it imports only the original (PyPI gridworks-proactor
4.1.13) and the standard library. The last line on stdout is one JSON object with the figures.

    original_worker.py w1 [--count 100000]
    original_worker.py w3-parent --broker HOST:PORT --state-dir DIR [--keep count|persist]
    original_worker.py w3-child  --broker HOST:PORT --state-dir DIR [--inflight 50|0]
        [--mode rate|latency] [--count 5000] [--outstanding 100] [--per-second 50] [--seconds 20]
    original_worker.py w7 [--count 30000]

The two W3 roles print {"ready":true} once the link is active and quiet; start both first (up to
6 s: the first ping of the earlier one is lost and times out). A line on stdin starts the measuring;
the parent answers it with {"started":true}, and only then may the child start. The child prints its
figures and exits. The parent counts until a second line, or the end of stdin, then prints and
exits. DIR holds the stored events and should be empty before.

The event, exactly 500 bytes of JSON, fields in this order:

    MessageId      uuid4, 36 characters
    TimeCreatedMs  integer of 13 digits
    Src            "bench.child"
    TypeName       "gridworks.event.proactor.dbg"
    Command        an object of
        Levels     {"message_summary": -1, "lifecycle": -1, "comm_event": -1, "io_loop": 20}
        Command    null
        TypeName   "gridworks.proactor.dbg"
    Path           "0x00000004"
    Count          0
    Msg            "x" 178 times

Sent from bench.child (short name c) to bench.parent (short name p) with AckRequired its message is
730 bytes and the ack 263 bytes.
"""

# `gwproactor` is the original here; tools that look into src/ would take it for this library.
# mypy: ignore-errors
# ruff: isort: skip_file

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from gwproactor import App, AppSettings, Proactor
from gwproactor.callbacks import ProactorCallbackInterface
from gwproactor.codecs import CodecFactory
from gwproactor.config import LoggerLevels, MQTTClient, Paths, ProactorSettings
from gwproactor.config.links import CodecSettings, LinkSettings
from gwproactor.config.mqtt import TLSInfo
from gwproactor.config.proactor_config import ProactorName
from gwproactor.message import DBGEvent, DBGPayload
from gwproactor.persister import TimedRollingFilePersister
from gwproto import HardwareLayout, Message
from gwproto.messages import Ack, EventBase
from pydantic import BaseModel

Figures: TypeAlias = dict[str, Any]

CHILD = ProactorName(long_name="bench.child", short_name="c")
PARENT = ProactorName(long_name="bench.parent", short_name="p")
EVENT_BYTES, MESSAGE_BYTES, ACK_BYTES = 500, 730, 263
PADDING = "x" * 178
QUIET_S = 0.5
# A run that lost its link for good must not hang the whole benchmark.
RUN_TIMEOUT_S = 300.0


class SmallPayload(BaseModel):
    """What W1 routes."""

    Value: int
    TypeName: Literal["bench.small"] = "bench.small"


class BenchSettings(AppSettings):
    """A broker field for each possible link name, as the original finds brokers by field name."""

    parent: MQTTClient = MQTTClient()
    child: MQTTClient = MQTTClient()


class BenchProactor(Proactor):
    """Tells the load about each ack once it is fully processed, still inside the ack handler."""

    on_acked: Callable[[str], None] = staticmethod(lambda _message_id: None)

    def _process_ack(self, link_name: str, message_id: str) -> None:
        super()._process_ack(link_name, message_id)
        self.on_acked(message_id)


class BenchApp(App):
    """The smallest app of the original, with the given link or none."""

    def __init__(
        self, name: ProactorName, settings: BenchSettings, links: dict[str, LinkSettings]
    ) -> None:
        self.given_name = name
        self.given_links = links
        super().__init__(
            paths_name="bench",
            app_settings=settings,
            layout=HardwareLayout(
                {}, cacs={}, components={}, nodes={}, data_channels={}, synth_channels={}
            ),
        )

    @classmethod
    def app_settings_type(cls) -> type[BenchSettings]:
        return BenchSettings

    @classmethod
    def proactor_type(cls) -> type[BenchProactor]:
        return BenchProactor

    def _get_name(self, layout: HardwareLayout) -> ProactorName:
        return self.given_name

    def _get_link_settings(
        self, name: ProactorName, layout: HardwareLayout, brokers: dict[str, MQTTClient]
    ) -> dict[str, LinkSettings]:
        return self.given_links

    def _make_persister(self, settings: AppSettings) -> TimedRollingFilePersister:
        return TimedRollingFilePersister(settings.paths.event_dir)


class CountingHandler(ProactorCallbackInterface):
    """W1's one app handler."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.handled = 0
        self.finished_s = 0.0
        self.done = asyncio.Event()

    def process_internal_message(self, message: Any) -> None:
        self.handled += 1
        if self.handled == self.wanted:
            self.finished_s = time.perf_counter()
            self.done.set()


class ParentHandler(ProactorCallbackInterface):
    """Counts the benchmark's events and, with *keep*, stores all as the original's example does."""

    def __init__(self, keep: Callable[[Any], object] | None) -> None:
        self.keep = keep
        self.events = 0

    def process_mqtt_message(self, mqtt_client_message: Any, decoded: Any) -> None:
        if isinstance(decoded.Payload, DBGEvent):
            self.events += 1
        if self.keep is not None and isinstance(decoded.Payload, EventBase):
            self.keep(decoded.Payload)


class Load:
    """The child's events under way: when each was generated, and how long its ack took."""

    def __init__(self, proactor: Any, count: int, *, refill: bool) -> None:
        self.proactor = proactor
        self.count = count
        self.refill = refill
        self.generated = 0
        self.unacked: dict[str, float] = {}
        self.latencies_ms: list[float] = []
        self.finished_s = 0.0
        self.finished_cpu_s = 0.0
        self.done = asyncio.Event()
        proactor.on_acked = self.acked

    def generate(self) -> None:
        event = make_event()
        self.generated += 1
        self.unacked[event.MessageId] = time.perf_counter()
        self.proactor.generate_event(event)

    def acked(self, message_id: str) -> None:
        generated_s = self.unacked.pop(message_id, None)
        if generated_s is None:
            return
        now_s = time.perf_counter()
        self.latencies_ms.append((now_s - generated_s) * 1000)
        if self.refill and self.generated < self.count:
            self.generate()
        elif len(self.latencies_ms) == self.count:
            self.finished_s, self.finished_cpu_s = now_s, cpu_s()
            self.done.set()


def make_event() -> Any:
    """A fresh event of the shape described at the top."""
    levels = LoggerLevels(message_summary=-1, lifecycle=-1, comm_event=-1, io_loop=20)
    return DBGEvent(
        Src=CHILD.long_name,
        Command=DBGPayload(Levels=levels),
        Path="0x00000004",
        Count=0,
        Msg=PADDING,
    )


def make_message() -> Any:
    return Message(
        Src=CHILD.long_name, Dst=PARENT.short_name, Payload=make_event(), AckRequired=True
    )


def check_sizes() -> None:
    """The figures compare with others only if these bytes are the same."""
    message = make_message()
    ack = Message(
        Src=PARENT.long_name,
        Dst=CHILD.short_name,
        Payload=Ack(AckMessageID=message.Header.MessageId),
    )
    sizes = [len(model.model_dump_json()) for model in (message.Payload, message, ack)]
    assert sizes == [EVENT_BYTES, MESSAGE_BYTES, ACK_BYTES], sizes


def make_settings(
    state_dir: pathlib.Path, *, broker: str = "", inflight: int = 50
) -> BenchSettings:
    """The original's defaults, except where things are kept; nothing from the environment."""
    home = state_dir.absolute()
    paths = Paths(
        base=".",
        name="bench",
        data_home=home,
        state_home=home,
        config_home=home,
        data_dir=home,
        config_dir=home,
        event_dir=home / "event",
        log_dir=home / "log",
    )
    paths.mkdirs()
    host, _, port = broker.rpartition(":")
    client = MQTTClient(host=host, port=int(port or 1883), tls=TLSInfo(use_tls=False))
    proactor = ProactorSettings(
        mqtt_link_poll_seconds=60.0,
        ack_timeout_seconds=5.0,
        num_initial_event_reuploads=5,
        num_inflight_events=inflight,
    )
    return BenchSettings(paths=paths, proactor=proactor, parent=client, child=client)


def make_link(peer: ProactorName, *, upstream: bool) -> LinkSettings:
    return LinkSettings(
        broker_name="parent" if upstream else "child",
        enabled=True,
        peer_long_name=peer.long_name,
        peer_short_name=peer.short_name,
        link_subscription_short_name="",
        codec=CodecSettings(
            message_model_name="", message_modules=[], use_default_message_modules=True
        ),
        upstream=upstream,
        downstream=not upstream,
    )


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def percentiles_ms(latencies_ms: list[float]) -> Figures:
    cuts = statistics.quantiles(latencies_ms, n=100)
    return {"p50_ms": round(cuts[49], 3), "p99_ms": round(cuts[98], 3)}


def say(line: Figures) -> None:
    print(json.dumps(line), flush=True)


async def next_line() -> str:
    """Empty at the end of stdin."""
    return await asyncio.to_thread(sys.stdin.readline)


async def bare_queue_rate(count: int) -> float:
    """W1's ceiling: the queue alone."""
    queue: asyncio.Queue[object] = asyncio.Queue()
    objects = [object() for _ in range(count)]
    started_s = time.perf_counter()
    for thing in objects:
        queue.put_nowait(thing)
    for _ in range(count):
        await queue.get()
    return count / (time.perf_counter() - started_s)


async def route(count: int, state_dir: pathlib.Path) -> Figures:
    """W1: all messages are put with `send`, then the loop gives each to the handler."""
    proactor = BenchApp(CHILD, make_settings(state_dir), {}).instantiate().proactor
    handler = CountingHandler(count)
    proactor.add_callbacks(handler)
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.sleep(0.2)
    messages = [Message(Src="a", Dst="b", Payload=SmallPayload(Value=i)) for i in range(count)]
    started_s, started_cpu_s = time.perf_counter(), cpu_s()
    for message in messages:
        proactor.send(message)
    await asyncio.wait_for(handler.done.wait(), RUN_TIMEOUT_S)
    used_cpu_s = cpu_s() - started_cpu_s
    proactor.stop()
    await running
    return {
        "workload": "w1",
        "count": count,
        "rate": round(count / (handler.finished_s - started_s)),
        "bare_queue_rate": round(await bare_queue_rate(count)),
        "cpu_s_per_1k": round(used_cpu_s / count * 1000, 5),
    }


async def until_quiet(proactor: Any, link_name: str) -> None:
    """Active, no ack awaited, and for a child nothing stored or in flight, for `QUIET_S`."""
    links = proactor.links
    quiet_since_s = time.monotonic()
    while time.monotonic() - quiet_since_s < QUIET_S:
        await asyncio.sleep(0.02)
        is_quiet = links[link_name].active() and links.num_acks(link_name) == 0
        if links.upstream_client:
            is_quiet = is_quiet and links.num_pending == 0 and not links._in_flight_events
        if not is_quiet:
            quiet_since_s = time.monotonic()


async def send_events(arguments: argparse.Namespace) -> Figures:
    """W3, the child."""
    is_rate = arguments.mode == "rate"
    count = arguments.count if is_rate else round(arguments.per_second * arguments.seconds)
    settings = make_settings(
        arguments.state_dir, broker=arguments.broker, inflight=arguments.inflight
    )
    links = {"parent": make_link(PARENT, upstream=True)}
    proactor = BenchApp(CHILD, settings, links).instantiate().proactor
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.wait_for(until_quiet(proactor, "parent"), RUN_TIMEOUT_S)
    say({"ready": True})
    await next_line()

    load = Load(proactor, count, refill=is_rate)
    timeouts_before = proactor.stats.link("parent").timeouts
    started_s, started_cpu_s = time.perf_counter(), cpu_s()
    if is_rate:
        for _ in range(min(arguments.outstanding, count)):
            load.generate()
    else:
        for index in range(count):
            due_s = started_s + index / arguments.per_second
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            load.generate()
    await asyncio.wait_for(load.done.wait(), RUN_TIMEOUT_S)
    figures = {
        "workload": "w3",
        "role": "child",
        "mode": arguments.mode,
        "inflight": arguments.inflight,
        "count": count,
        "rate": round(count / (load.finished_s - started_s), 1),
        **percentiles_ms(load.latencies_ms),
        "cpu_s_per_1k": round((load.finished_cpu_s - started_cpu_s) / count * 1000, 4),
        "persisted": proactor.event_persister.num_persists,
        "link_timeouts": proactor.stats.link("parent").timeouts - timeouts_before,
    }
    proactor.stop()
    await running
    return figures


async def receive_events(arguments: argparse.Namespace) -> Figures:
    """W3, the parent; it measures from one line on stdin to the next."""
    settings = make_settings(arguments.state_dir, broker=arguments.broker)
    links = {"child": make_link(CHILD, upstream=False)}
    proactor = BenchApp(PARENT, settings, links).instantiate().proactor
    handler = ParentHandler(proactor.generate_event if arguments.keep == "persist" else None)
    proactor.add_callbacks(handler)
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.wait_for(until_quiet(proactor, "child"), RUN_TIMEOUT_S)
    say({"ready": True})
    await next_line()

    started_cpu_s, events_before = cpu_s(), handler.events
    say({"started": True})
    await next_line()
    used_cpu_s, events = cpu_s() - started_cpu_s, handler.events - events_before
    proactor.stop()
    await running
    return {
        "workload": "w3",
        "role": "parent",
        "keep": arguments.keep,
        "count": events,
        "cpu_s_per_1k": round(used_cpu_s / max(events, 1) * 1000, 4),
        "persisted": proactor.event_persister.num_persists,
    }


def rate_of(count: int, call: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    for _ in range(count):
        call()
    return count / (time.perf_counter() - started_s)


def code(count: int) -> Figures:
    """W7: the link's own codec, on one message over and over."""
    codec = CodecFactory().get_codec(
        link_name="child",
        link=make_link(CHILD, upstream=False),
        proactor_name=PARENT,
        layout=None,
    )
    message = make_message()
    topic, encoded = message.mqtt_topic(), codec.encode(message)
    assert isinstance(codec.decode(topic, encoded).Payload, DBGEvent)
    return {
        "workload": "w7",
        "count": count,
        "encode_rate": round(rate_of(count, lambda: codec.encode(message))),
        "decode_rate": round(rate_of(count, lambda: codec.decode(topic, encoded))),
    }


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Workloads of the original library.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    w1 = workloads.add_parser("w1")
    w1.add_argument("--count", type=int, default=100_000)
    parent, child = workloads.add_parser("w3-parent"), workloads.add_parser("w3-child")
    for role in (parent, child):
        role.add_argument("--broker", required=True, metavar="HOST:PORT")
        role.add_argument("--state-dir", required=True, type=pathlib.Path)
    parent.add_argument("--keep", choices=("count", "persist"), default="count")
    child.add_argument("--mode", choices=("rate", "latency"), default="rate")
    child.add_argument("--inflight", type=int, default=50)
    child.add_argument("--count", type=int, default=5_000, help="events, mode rate")
    child.add_argument("--outstanding", type=int, default=100, help="un-acked, mode rate")
    child.add_argument("--per-second", type=float, default=50.0, help="mode latency")
    child.add_argument("--seconds", type=float, default=20.0, help="mode latency")
    w7 = workloads.add_parser("w7")
    w7.add_argument("--count", type=int, default=30_000)
    return parser.parse_args()


def figures_of(arguments: argparse.Namespace) -> Figures:
    match arguments.workload:
        case "w1":
            with tempfile.TemporaryDirectory() as directory:
                return asyncio.run(route(arguments.count, pathlib.Path(directory)))
        case "w3-child":
            return asyncio.run(send_events(arguments))
        case "w3-parent":
            return asyncio.run(receive_events(arguments))
        case _:
            return code(arguments.count)


def main() -> None:
    arguments = parsed_arguments()
    check_sizes()
    say(figures_of(arguments))
    # The original's I/O thread may still sleep for a second; nothing of it is needed any more.
    os._exit(0)


if __name__ == "__main__":
    main()
