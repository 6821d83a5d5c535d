"""Runs ours, the original and the ceilings in turn, and prints one table.

python3 dev bench [w1|w2|w3|w6|w7|store|all] [--rounds 3] [--quick]
    [--broker auto|mosquitto|iotcore|HOST:PORT] [--json FILE]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contenders import (
    ORIGINAL_PYTHON,
    QUICK,
    Contender,
    Sizes,
    Workload,
    workload_w1,
    workload_w2,
    workload_w3_latency,
    workload_w3_rate,
    workload_w7,
)
from benchmarks.footprint_contenders import workload_idle, workload_imports
from benchmarks.machine import machine_facts
from benchmarks.messages import MESSAGE_BYTES, sequence_bytes
from benchmarks.processes import WorkerError
from benchmarks.store_contenders import store_workloads
from benchmarks.table import Measured, as_json, lines_of, printed
from gwproactor.adapters.broker_process import BrokerLauncher, BrokerStartError, brokers_of

# A run in which the link timed out measured the timeout.
TRIES = 3


class SetUpError(Exception):
    """Something is missing; the text says what to do."""


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def running_broker(setting: str) -> Iterator[BrokerLauncher]:
    """The first broker that *setting* allows."""
    kinds = brokers_of(setting)
    if not kinds:
        raise SetUpError(
            "no broker was found for W3, W4 and W6: install mosquitto, or pip install iotcore"
        )
    with tempfile.TemporaryDirectory() as folder, kinds[0].make(Path(folder)) as broker:
        yield broker


def workloads_of(names: str, sizes: Sizes, broker: str, folder: Path) -> tuple[Workload, ...]:
    """*folder* is for files that several rounds share."""
    found = {
        "w1": (workload_w1(sizes),),
        "w2": (workload_w2(sizes),),
        "w7": (workload_w7(sizes),),
        "w6": (
            workload_imports(),
            *(workload_idle(sizes, broker, links) for links in sizes.links),
        ),
        "store": store_workloads(sizes, broker, folder),
        "w3": (workload_w3_rate(sizes, broker), workload_w3_latency(sizes, broker)),
    }
    return sum(found.values(), ()) if names == "all" else found[names]


async def measure(
    workloads: Sequence[Workload], rounds: int, discarded: list[str]
) -> list[Measured]:
    """Everybody once in each round, so that a disturbance of the machine meets all."""
    measured: list[Measured] = []
    for number in range(1, rounds + 1):
        for workload in workloads:
            for contender in workload.contenders:
                started_s = time.monotonic()
                run = await measured_once(workload, contender, number, discarded)
                if run is not None:
                    measured.append(run)
                seconds = time.monotonic() - started_s
                progress(f"round {number}  {workload.name:20}  {contender.who:24} {seconds:5.1f} s")
    return measured


async def measured_once(
    workload: Workload, contender: Contender, number: int, discarded: list[str]
) -> Measured | None:
    for _ in range(TRIES):
        figures = await contender.run()
        if not figures.get("link_timeouts"):
            return Measured(workload.name, contender.who, number, figures)
        note = f"round {number}, {workload.name}, {contender.who}: the link timed out"
        discarded.append(note)
        progress(f"discarded: {note}")
    return None


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 dev bench", description="Speed of this library beside the original."
    )
    parser.add_argument(
        "workload", nargs="?", choices=("w1", "w2", "w3", "w6", "w7", "store", "all"), default="all"
    )
    parser.add_argument("--rounds", type=int, help="default: 3; with --quick: 1")
    parser.add_argument("--quick", action="store_true", help="less of everything: two minutes")
    parser.add_argument(
        "--broker", default="auto", help="auto (default), mosquitto, iotcore or HOST:PORT"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> None:
    if not ORIGINAL_PYTHON.exists():
        raise SetUpError(
            f"the original library is not installed in {ORIGINAL_PYTHON.parent.parent}: "
            "`python3 dev bench` does that"
        )
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    sizes = QUICK if arguments.quick else Sizes()
    discarded: list[str] = []
    with tempfile.TemporaryDirectory() as folder, running_broker(arguments.broker) as broker:
        machine = machine_facts(broker.name, ORIGINAL_PYTHON)
        workloads = workloads_of(
            arguments.workload, sizes, f"{broker.host}:{broker.port}", Path(folder)
        )
        measured = asyncio.run(measure(workloads, rounds, discarded))
    lines = [line for workload in workloads for line in lines_of(workload, measured)]
    report(machine, rounds, discarded)
    for text in printed(lines):
        print(text)
    if arguments.json is not None:
        content = as_json(machine, measured, lines, discarded)
        arguments.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def report(machine: dict[str, str], rounds: int, discarded: Sequence[str]) -> None:
    """What the figures are of."""
    for name, fact in machine.items():
        print(f"{name:14} {fact}")
    print(f"{'figures':14} median of {rounds} rounds [lowest .. highest]")
    print(
        f"{'message':14} {MESSAGE_BYTES} bytes; in W3 ours has {sequence_bytes()} more "
        "(Header.Sequence); its parent syncs before it acks, its child in groups"
    )
    for note in discarded:
        print(f"{'discarded':14} {note}")


def main() -> int:
    try:
        run(parsed_arguments())
    except (SetUpError, BrokerStartError, WorkerError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
