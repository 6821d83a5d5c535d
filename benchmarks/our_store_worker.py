"""This library's side of workloads W4 (re-upload) and W5 (storage).

    python -m benchmarks.our_store_worker fill --state-dir DIR --count N
    python -m benchmarks.our_store_worker open --state-dir DIR [--die]
    python -m benchmarks.our_store_worker w5 [--count 20000]
    python -m benchmarks.our_store_worker puts --outstanding 1|100 [--count 2000]
    python -m benchmarks.our_store_worker w4-parent --broker HOST:PORT --state-dir DIR
    python -m benchmarks.our_store_worker w4-child  --broker HOST:PORT --state-dir DIR --count N
        --window 5|100

It is used as original_store_worker.py. Every rate of W5 is of events that would survive a power
cut: the store syncs, as it always does. `puts` is for strace, which counts the syncs. With `--die`
a process ends without closing its store, as a kill would end it; whoever opens it next checks the
file first.
"""

import argparse
import asyncio
import logging
import os
import pathlib
import tempfile
import time
from collections import deque
from collections.abc import Sequence

from dependency_injector import providers
from typing_extensions import override

from benchmarks.figures import Figures, next_line, percentiles_ms, say
from benchmarks.load import RUN_TIMEOUT_S
from benchmarks.messages import (
    CHILD,
    CHILD_SHORT,
    PARENT,
    PARENT_SHORT,
    check_sizes,
    stored_events,
)
from benchmarks.our_worker import ParentContainer, TellingStore, node_settings
from benchmarks.process_facts import disk_bytes, rss_kib, written_bytes
from gwproactor import (
    Communicator,
    LinkSettings,
    ProactorContainer,
    StateName,
    Transition,
    assemble,
    build_node,
)
from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.domain.events import DBGEvent

TYPE_NAME = DBGEvent.wire.type_name
OUTSTANDING = 100
BURST = 5_000
READ_COUNT, READ_BYTES = 100, 1_048_576


class Activation(Communicator):
    """Notes when the child's link became active."""

    def __init__(self) -> None:
        super().__init__("activation")
        self.active_s = 0.0

    @override
    def link_changed(self, transition: Transition) -> None:
        if transition.new_state is StateName.ACTIVE:
            self.active_s = self.active_s or time.perf_counter()


class ChildContainer(ProactorContainer):
    """W4's child."""

    activation: providers.Provider[Activation] = providers.Singleton(Activation)


def store_in(state_dir: pathlib.Path) -> SqliteEventStore:
    return SqliteEventStore(state_dir / "events.sqlite")


async def put_durable(
    store: SqliteEventStore, events: Sequence[tuple[str, bytes]], outstanding: int
) -> list[float]:
    """Put all, with up to *outstanding* that are not known to be durable; for each the milliseconds
    from accepted to known as durable.
    """
    waiting: deque[tuple[int, float]] = deque()
    took_ms: list[float] = []

    async def wait_for_oldest() -> None:
        number, put_s = waiting.popleft()
        (await store.durable(number)).unwrap()
        took_ms.append((time.perf_counter() - put_s) * 1000)

    for message_id, payload in events:
        if len(waiting) == outstanding:
            await wait_for_oldest()
        sequence = store.put(message_id, TYPE_NAME, payload).unwrap()
        waiting.append((sequence.number, time.perf_counter()))
    while waiting:
        await wait_for_oldest()
    return took_ms


async def fill(state_dir: pathlib.Path, count: int) -> Figures:
    store = store_in(state_dir)
    (await store.open()).unwrap()
    await put_durable(store, stored_events(count), BURST)
    pending = store.content().pending
    (await store.close()).unwrap()
    return {"workload": "fill", "count": pending}


async def open_pending(state_dir: pathlib.Path, *, die: bool) -> Figures:
    """Also until the first events to upload are read."""
    store = store_in(state_dir)
    rss_before = rss_kib()
    started_s = time.perf_counter()
    content = (await store.open()).unwrap()
    seconds = time.perf_counter() - started_s
    (await store.read_after(0, count=READ_COUNT, bytes_max=READ_BYTES)).unwrap()
    with_read_s = time.perf_counter() - started_s
    rss_mib = (rss_kib() - rss_before) / 1024
    figures: Figures = {
        "workload": "open",
        "count": content.pending,
        "open_s": round(seconds, 4),
        "open_and_read_s": round(with_read_s, 4),
        "open_rss_mib": round(rss_mib, 1),
    }
    if die:
        say(figures)
        os._exit(0)
    await store.close()
    return figures


async def keep(count: int, state_dir: pathlib.Path) -> Figures:
    """W5."""
    one = await keep_outstanding(1, count // 4, state_dir / "one")
    many = await keep_outstanding(OUTSTANDING, count, state_dir / "many")
    store = store_in(state_dir / "many")
    (await store.open()).unwrap()
    started_s, numbers = time.perf_counter(), list[int]()
    while read := (
        await store.read_after(
            numbers[-1] if numbers else 0, count=READ_COUNT, bytes_max=READ_BYTES
        )
    ).unwrap():
        numbers += [event.sequence.number for event in read]
    read_rate = count / (time.perf_counter() - started_s)
    assert len(numbers) == count, len(numbers)
    started_s = time.perf_counter()
    for index, number in enumerate(numbers):
        store.clear(number)
        if index % OUTSTANDING == 0:
            await asyncio.sleep(0)
    (await store.close()).unwrap()
    clear_rate = count / (time.perf_counter() - started_s)
    return {
        "workload": "w5",
        "count": count,
        **{f"one_{name}": value for name, value in one.items()},
        **{f"many_{name}": value for name, value in many.items()},
        "disk_bytes": many["disk_bytes"],
        "read_rate": round(read_rate),
        "clear_rate": round(clear_rate),
        "pair_rate": await pairs(count // 4, state_dir / "pairs"),
    }


async def keep_outstanding(outstanding: int, count: int, state_dir: pathlib.Path) -> Figures:
    """What it takes to keep *count* events of a new store."""
    store, events = store_in(state_dir), stored_events(count)
    (await store.open()).unwrap()
    written_before, started_s = written_bytes(), time.perf_counter()
    took_ms = await put_durable(store, events, outstanding)
    rate = count / (time.perf_counter() - started_s)
    (await store.close()).unwrap()
    return {
        "rate": round(rate),
        **percentiles_ms(took_ms),
        "written_bytes": round((written_bytes() - written_before) / count),
        "disk_bytes": round(disk_bytes(state_dir) / count),
    }


async def pairs(count: int, state_dir: pathlib.Path) -> int:
    """Put, durable, clear, one after the other."""
    store, events = store_in(state_dir), stored_events(count)
    (await store.open()).unwrap()
    started_s = time.perf_counter()
    for message_id, payload in events:
        number = store.put(message_id, TYPE_NAME, payload).unwrap().number
        (await store.durable(number)).unwrap()
        store.clear(number)
    (await store.close()).unwrap()
    return round(count / (time.perf_counter() - started_s))


async def reupload(arguments: argparse.Namespace) -> Figures:
    """W4, the child: from the active link to the ack that clears the last of the stored events."""
    link = LinkSettings(peer_long_name=PARENT, peer_short_name=PARENT_SHORT, upstream=True)
    settings = node_settings(
        CHILD, CHILD_SHORT, arguments.broker, arguments.state_dir, {"parent": link}
    ).model_copy(update={"num_initial_event_reuploads": arguments.window})
    store = TellingStore(settings.paths.event_store)
    container = assemble(settings, ChildContainer, event_store=store)
    node, activation = build_node(container), container.activation()
    left = set(range(1, arguments.count + 1))
    done, done_s = asyncio.Event(), 0.0

    def cleared(number: int) -> None:
        nonlocal done_s
        left.discard(number)
        if not left and not done.is_set():
            done_s = time.perf_counter()
            done.set()

    store.on_cleared = cleared
    running = asyncio.create_task(node.run_forever())
    await asyncio.wait_for(done.wait(), RUN_TIMEOUT_S)
    stats = container.core().stats.links["parent"]
    node.stop()
    await running
    return {
        "workload": "w4",
        "role": "child",
        "count": arguments.count,
        "rate": round(arguments.count / (done_s - activation.active_s), 1),
        "link_timeouts": stats.timeouts + stats.unanswered,
    }


async def receive(arguments: argparse.Namespace) -> Figures:
    """W4, the parent."""
    link = LinkSettings(peer_long_name=CHILD, peer_short_name=CHILD_SHORT, handler="parent")
    settings = node_settings(
        PARENT, PARENT_SHORT, arguments.broker, arguments.state_dir, {"child": link}
    )
    container = assemble(settings, ParentContainer)
    node, actor = build_node(container), container.handler()
    running = asyncio.create_task(node.run_forever())
    while container.core().links["child"].state is not StateName.AWAITING_PEER:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    say({"ready": True})
    await next_line()
    node.stop()
    await running
    return {"workload": "w4", "role": "parent", "count": actor.events}


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Workloads of this library's store.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    workloads.add_parser("w5").add_argument("--count", type=int, default=20_000)
    puts = workloads.add_parser("puts")
    puts.add_argument("--count", type=int, default=2_000)
    puts.add_argument("--outstanding", type=int, required=True)
    names = ("fill", "open", "w4-parent", "w4-child")
    fill_, open_, parent, child = (workloads.add_parser(name) for name in names)
    for role in (fill_, open_, parent, child):
        role.add_argument("--state-dir", required=True, type=pathlib.Path)
    for role in (fill_, child):
        role.add_argument("--count", type=int, required=True)
    for role in (parent, child):
        role.add_argument("--broker", required=True, metavar="HOST:PORT")
    open_.add_argument("--die", action="store_true")
    child.add_argument("--window", type=int, default=5)
    return parser.parse_args()


def figures_of(arguments: argparse.Namespace) -> Figures:
    match arguments.workload:
        case "fill":
            return asyncio.run(fill(arguments.state_dir, arguments.count))
        case "open":
            return asyncio.run(open_pending(arguments.state_dir, die=arguments.die))
        case "w4-child":
            return asyncio.run(reupload(arguments))
        case "w4-parent":
            return asyncio.run(receive(arguments))
        case "puts":
            with tempfile.TemporaryDirectory() as folder:
                put = keep_outstanding(arguments.outstanding, arguments.count, pathlib.Path(folder))
                return {"workload": "puts", "count": arguments.count, **asyncio.run(put)}
        case _:
            with tempfile.TemporaryDirectory() as folder:
                return asyncio.run(keep(arguments.count, pathlib.Path(folder)))


if __name__ == "__main__":
    assert not logging.root.handlers, "what is logged would be measured too"
    check_sizes()
    say(figures_of(parsed_arguments()))
