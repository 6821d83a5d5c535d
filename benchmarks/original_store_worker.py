"""The original library's side of workloads W4 (re-upload) and W5 (storage).

Run it with the interop environment's python, as original_worker.py, which describes the event.

    original_store_worker.py fill --state-dir DIR --count N       N pending events in its file store
    original_store_worker.py open --state-dir DIR                 the store, found by a new process
    original_store_worker.py w5 [--count 20000]
    original_store_worker.py w4-parent --broker HOST:PORT --state-dir DIR
    original_store_worker.py w4-child  --broker HOST:PORT --state-dir DIR --count N --window 5|100

The W4 parent prints {"ready":true} once it is subscribed; only then start the child. The child
prints its figures once its N events are acked, and ends; the parent does after a line on stdin.
"""

# mypy: ignore-errors
# ruff: isort: skip_file

from __future__ import annotations

import argparse
import asyncio
import os
import pathlib
import resource
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from typing import Any

from original_worker import (
    CHILD,
    EVENT_BYTES,
    PARENT,
    RUN_TIMEOUT_S,
    BenchApp,
    BenchProactor,
    Figures,
    ParentHandler,
    check_sizes,
    make_event,
    make_link,
    make_settings,
    next_line,
    say,
)
from gwproactor.callbacks import ProactorCallbackInterface
from gwproactor.persister import TimedRollingFilePersister


class ReuploadProactor(BenchProactor):
    """Notes when the link became active and when the re-upload was acked."""

    active_s = 0.0
    done_s = 0.0

    def watch(self, done: asyncio.Event) -> None:
        def acked(_message_id: str) -> None:
            links = self.links
            if not self.done_s and self.active_s and not links.reuploading():
                self.done_s = time.perf_counter()
                done.set()

        self.on_acked = acked


class ReuploadApp(BenchApp):
    @classmethod
    def proactor_type(cls) -> type[ReuploadProactor]:
        return ReuploadProactor


class ActivationHandler(ProactorCallbackInterface):
    def __init__(self, proactor: ReuploadProactor) -> None:
        self.proactor = proactor

    def recv_activated(self, transition: Any) -> None:
        self.proactor.active_s = self.proactor.active_s or time.perf_counter()


def contents(count: int) -> Iterator[tuple[str, bytes]]:
    """Ids and events of 500 bytes."""
    template = make_event()
    encoded = template.model_dump_json().encode()
    for _ in range(count):
        message_id = str(uuid.uuid4())
        content = encoded.replace(template.MessageId.encode(), message_id.encode())
        assert len(content) == EVENT_BYTES
        yield message_id, content


def persister_of(state_dir: pathlib.Path) -> TimedRollingFilePersister:
    event_dir = state_dir / "event"
    event_dir.mkdir(parents=True, exist_ok=True)
    return TimedRollingFilePersister(event_dir, max_bytes=1 << 40)


def fill(state_dir: pathlib.Path, count: int) -> Figures:
    persister = persister_of(state_dir)
    for message_id, content in contents(count):
        assert persister.persist(message_id, content).is_ok()
    return {"workload": "fill", "count": persister.num_pending}


def open_pending(state_dir: pathlib.Path) -> Figures:
    rss_before = rss_kib()
    started_s = time.perf_counter()
    persister = persister_of(state_dir)
    persister.reindex()
    seconds = time.perf_counter() - started_s
    return {
        "workload": "open",
        "count": persister.num_pending,
        "open_s": round(seconds, 4),
        "open_rss_mib": round((rss_kib() - rss_before) / 1024, 1),
    }


def store(count: int, state_dir: pathlib.Path) -> Figures:
    """W5. Nothing is ever synced, so one by one is all there is."""
    persister = persister_of(state_dir)
    events = list(contents(count))
    written_before = written_bytes()
    started_s = time.perf_counter()
    for message_id, content in events:
        persister.persist(message_id, content)
    persist_rate = count / (time.perf_counter() - started_s)
    written = written_bytes() - written_before
    disk = disk_bytes(state_dir)
    started_s = time.perf_counter()
    for message_id, _ in events:
        assert persister.retrieve(message_id).value is not None
    read_rate = count / (time.perf_counter() - started_s)
    started_s = time.perf_counter()
    for message_id, _ in events:
        persister.clear(message_id)
    clear_rate = count / (time.perf_counter() - started_s)
    pairs = list(contents(count // 4))
    started_s = time.perf_counter()
    for message_id, content in pairs:
        persister.persist(message_id, content)
        persister.clear(message_id)
    pair_rate = len(pairs) / (time.perf_counter() - started_s)
    return {
        "workload": "w5",
        "count": count,
        "one_rate": round(persist_rate),
        "many_rate": round(persist_rate),
        "read_rate": round(read_rate),
        "clear_rate": round(clear_rate),
        "pair_rate": round(pair_rate),
        "disk_bytes": round(disk / count),
        "one_written_bytes": round(written / count),
        "many_written_bytes": round(written / count),
    }


def written_bytes() -> int:
    """What this process has caused to be written, as the kernel counts it: in pages."""
    for line in pathlib.Path("/proc/self/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    raise AssertionError("the kernel does not count")


def disk_bytes(folder: pathlib.Path) -> int:
    """What the files take on the disk, in whole blocks."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def rss_kib() -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def reupload(arguments: argparse.Namespace) -> Figures:
    """W4, the child."""
    settings = make_settings(arguments.state_dir, broker=arguments.broker)
    settings.proactor.num_initial_event_reuploads = arguments.window
    links = {"parent": make_link(PARENT, upstream=True)}
    proactor = ReuploadApp(CHILD, settings, links).instantiate().proactor
    assert proactor.links.num_pending == arguments.count, proactor.links.num_pending
    proactor.add_callbacks(ActivationHandler(proactor))
    done = asyncio.Event()
    proactor.watch(done)
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.wait_for(done.wait(), RUN_TIMEOUT_S)
    timeouts = proactor.stats.link("parent").timeouts
    proactor.stop()
    await running
    return {
        "workload": "w4",
        "role": "child",
        "count": arguments.count,
        "rate": round(arguments.count / (proactor.done_s - proactor.active_s), 1),
        "link_timeouts": timeouts,
    }


async def receive(arguments: argparse.Namespace) -> Figures:
    """W4, the parent."""
    settings = make_settings(arguments.state_dir, broker=arguments.broker)
    links = {"child": make_link(CHILD, upstream=False)}
    proactor = BenchApp(PARENT, settings, links).instantiate().proactor
    handler = ParentHandler(None)
    proactor.add_callbacks(handler)
    running = asyncio.create_task(proactor.run_forever())
    while proactor.links.link_state("child").value != "awaiting_peer":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    say({"ready": True})
    await next_line()
    events = handler.events
    proactor.stop()
    await running
    return {"workload": "w4", "role": "parent", "count": events}


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Workloads of the original library's store.")
    workloads = parser.add_subparsers(dest="workload", required=True)
    workloads.add_parser("w5").add_argument("--count", type=int, default=20_000)
    names = ("fill", "open", "w4-parent", "w4-child")
    fill_, open_, parent, child = (workloads.add_parser(name) for name in names)
    for role in (fill_, open_, parent, child):
        role.add_argument("--state-dir", required=True, type=pathlib.Path)
    for role in (fill_, child):
        role.add_argument("--count", type=int, required=True)
    for role in (parent, child):
        role.add_argument("--broker", required=True, metavar="HOST:PORT")
    child.add_argument("--window", type=int, default=5)
    return parser.parse_args()


def figures_of(arguments: argparse.Namespace) -> Figures:
    match arguments.workload:
        case "fill":
            return fill(arguments.state_dir, arguments.count)
        case "open":
            return open_pending(arguments.state_dir)
        case "w4-child":
            return asyncio.run(reupload(arguments))
        case "w4-parent":
            return asyncio.run(receive(arguments))
        case _:
            folder = pathlib.Path(tempfile.mkdtemp())
            try:
                return store(arguments.count, folder)
            finally:
                shutil.rmtree(folder)


def main() -> None:
    arguments = parsed_arguments()
    check_sizes()
    say(figures_of(arguments))
    # The original's I/O thread may still sleep for a second; nothing of it is needed any more.
    os._exit(0)


if __name__ == "__main__":
    main()
