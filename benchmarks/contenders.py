"""Who runs what in each workload, and which of their figures are compared."""

import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from benchmarks.figures import Figures
from benchmarks.processes import WorkerError, run_alone, run_pair

ROOT: Final = Path(__file__).resolve().parent.parent
ORIGINAL_PYTHON: Final = ROOT / ".venv-interop" / "bin" / "python"
ORIGINAL_WORKER: Final = Path(__file__).with_name("original_worker.py")

OURS: Final = "ours"


@attrs.frozen
class Contender:
    """*who* is its name in the table; `run` measures once."""

    who: str
    run: Callable[[], Awaitable[Figures]]


@attrs.frozen
class Row:
    """One figure of a workload and what it is called in the workers' figures."""

    title: str
    key: str
    less_is_better: bool = False


@attrs.frozen
class Workload:
    name: str
    contenders: tuple[Contender, ...]
    rows: tuple[Row, ...]


@attrs.frozen
class Sizes:
    """How much is measured."""

    messages: int = 100_000
    codings: int = 30_000
    events: int = 5_000
    seconds: float = 20.0
    bridged: int = 50_000
    bridged_s: float = 10.0
    idle_s: float = 30.0
    links: tuple[int, ...] = (1, 50)
    stored: int = 20_000
    reuploaded: int = 10_000
    pending: tuple[int, ...] = (100_000, 1_000_000)
    is_quick: bool = False


QUICK: Final = Sizes(
    codings=10_000,
    events=2_000,
    seconds=5.0,
    bridged_s=2.0,
    idle_s=5.0,
    stored=4_000,
    reuploaded=2_000,
    pending=(10_000,),
    is_quick=True,
)


def workload_w1(sizes: Sizes) -> Workload:
    count = ("--count", str(sizes.messages))
    return Workload(
        "w1",
        (
            Contender(OURS, partial(run_alone, ours("w1", *count))),
            Contender("original", partial(run_alone, original("w1", *count))),
            Contender("bare asyncio.Queue", partial(run_alone, ceiling("queue", *count))),
        ),
        (Row("messages routed /s", "rate"), Row("CPU s per 1k messages", "cpu_s_per_1k", True)),
    )


def workload_w2(sizes: Sizes) -> Workload:
    amount = ("--count", str(sizes.bridged), "--seconds", str(sizes.bridged_s))
    ours_ = (sys.executable, "-m", "benchmarks.our_bridge_worker")
    theirs = (str(ORIGINAL_PYTHON), "-m", "benchmarks.original_bridge_worker")
    return Workload(
        "w2",
        (
            Contender(OURS, partial(run_alone, (*ours_, "node", *amount))),
            Contender("original", partial(run_alone, (*theirs, *amount))),
            Contender("bare call_soon_threadsafe", partial(run_alone, (*ours_, "bare", *amount))),
        ),
        (
            Row("messages from a thread /s", "rate"),
            Row("CPU s per 1k messages", "cpu_s_per_1k", True),
            Row("made, sent and handled at 1,000/s, us, median", "made_p50_us", True),
            Row("made, sent and handled at 1,000/s, us, 99 %", "made_p99_us", True),
            Row("sent and handled at 1,000/s, us, median", "sent_p50_us", True),
            Row("sent and handled at 1,000/s, us, 99 %", "sent_p99_us", True),
        ),
    )


def workload_w7(sizes: Sizes) -> Workload:
    count = ("--count", str(sizes.codings))
    return Workload(
        "w7",
        (
            Contender(OURS, partial(run_alone, ours("w7", *count))),
            Contender("original", partial(run_alone, original("w7", *count))),
            Contender("cattrs + orjson", partial(run_alone, ceiling("cattrs", *count))),
            Contender("orjson", partial(run_alone, ceiling("orjson", *count))),
        ),
        (Row("messages encoded /s", "encode_rate"), Row("messages decoded /s", "decode_rate")),
    )


def workload_w3_rate(sizes: Sizes, broker: str) -> Workload:
    load = ("--mode", "rate", "--count", str(sizes.events))
    contenders = [
        Contender(OURS, partial(run_ours, broker, load)),
        Contender("original, stores all", partial(run_original, broker, load, stores_all=True)),
        Contender("original, its defaults", partial(run_original, broker, load, stores_all=False)),
        Contender("echo by paho", partial(run_echo, broker, load, "paho")),
        Contender("echo by our transport", partial(run_echo, broker, load, "transport")),
    ]
    rows = (
        Row("events acked /s", "rate"),
        Row("child's CPU s per 1k events", "child_cpu_s_per_1k", True),
        Row("parent's CPU s per 1k events", "parent_cpu_s_per_1k", True),
    )
    return Workload("w3", tuple(contenders), rows)


def workload_w3_latency(sizes: Sizes, broker: str) -> Workload:
    load = ("--mode", "latency", "--seconds", str(sizes.seconds))
    contenders = [
        Contender(OURS, partial(run_ours, broker, load)),
        Contender("original, stores all", partial(run_original, broker, load, stores_all=True)),
        Contender("echo by paho", partial(run_echo, broker, load, "paho")),
    ]
    rows = (
        Row("event to ack at 50/s, ms, median", "p50_ms", True),
        Row("event to ack at 50/s, ms, 99 %", "p99_ms", True),
    )
    return Workload("w3 latency", tuple(contenders), rows)


def ours(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "benchmarks.our_worker", *arguments]


def ceiling(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "benchmarks.ceilings", *arguments]


def original(*arguments: str) -> Sequence[str]:
    return [str(ORIGINAL_PYTHON), str(ORIGINAL_WORKER), *arguments]


async def run_ours(broker: str, load: Sequence[str]) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        parent, child = places(broker, folder)
        figures = await run_pair(ours("w3-parent", *parent), ours("w3-child", *child, *load))
    result = joined(*figures)
    stored, left_over = figures[0]["persisted"], figures[1]["left_over"]
    if stored != result["count"] or left_over:
        raise WorkerError(
            f"our parent stored {stored} of {result['count']} acked events, "
            f"{left_over} are left in our child's store"
        )
    return result


async def run_original(broker: str, load: Sequence[str], *, stores_all: bool) -> Figures:
    """What it stores by default is not every event, and its parent stores none."""
    inflight, keep = ("0", "persist") if stores_all else ("50", "count")
    with tempfile.TemporaryDirectory() as folder:
        parent, child = places(broker, folder)
        return joined(
            *await run_pair(
                original("w3-parent", *parent, "--keep", keep),
                original("w3-child", *child, "--inflight", inflight, *load),
            )
        )


async def run_echo(broker: str, load: Sequence[str], client: str) -> Figures:
    end = ("--broker", broker, "--client", client)
    return joined(*await run_pair(ceiling("echo-parent", *end), ceiling("echo-child", *end, *load)))


def places(broker: str, folder: str) -> tuple[Sequence[str], Sequence[str]]:
    """Arguments of parent and child; each has its own folder."""
    parent, child = Path(folder, "parent"), Path(folder, "child")
    parent.mkdir()
    child.mkdir()
    shared = ("--broker", broker, "--state-dir")
    return (*shared, str(parent)), (*shared, str(child))


def joined(parent: Figures, child: Figures) -> Figures:
    """The child's figures with the parent's CPU; both must have seen the same events."""
    if parent["count"] != child["count"]:
        raise WorkerError(f"the parent got {parent['count']} of {child['count']} acked events")
    return {
        **child,
        "child_cpu_s_per_1k": child["cpu_s_per_1k"],
        "parent_cpu_s_per_1k": parent["cpu_s_per_1k"],
    }
