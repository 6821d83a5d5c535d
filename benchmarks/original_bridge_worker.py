"""The original library's side of workload W2 (bridge).

Run it as a module with the interop environment's python:

    -m benchmarks.original_bridge_worker [--count 50000] [--seconds 10]

A node without links; one thread sends to the app's handler. The last line on stdout is one JSON
object with the figures.
"""

# mypy: ignore-errors
# ruff: isort: skip_file

from __future__ import annotations

import argparse
import asyncio
import os
import pathlib
import tempfile
from typing import Any

from benchmarks.bridge import Arrivals, measured
from benchmarks.figures import Figures, say
from benchmarks.original_worker import CHILD, BenchApp, SmallPayload, make_settings
from gwproactor.callbacks import ProactorCallbackInterface
from gwproto import Message

QUIET_S = 0.5


class ArrivalHandler(ProactorCallbackInterface):
    def __init__(self) -> None:
        self.arrivals = Arrivals()

    def process_internal_message(self, message: Any) -> None:
        self.arrivals.note(message.Payload.Value)


def make(number: int) -> Any:
    return Message(Src="thread", Dst="arrivals", Payload=SmallPayload(Value=number))


async def bridge(count: int, seconds: float, state_dir: pathlib.Path) -> Figures:
    proactor = BenchApp(CHILD, make_settings(state_dir), {}).instantiate().proactor
    handler = ArrivalHandler()
    proactor.add_callbacks(handler)
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.sleep(QUIET_S)
    figures = await measured(make, proactor.send_threadsafe, handler.arrivals, count, seconds)
    proactor.stop()
    await running
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Messages from a thread to the original's loop.")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        say(asyncio.run(bridge(arguments.count, arguments.seconds, pathlib.Path(folder))))
    # The original's I/O thread may still sleep for a second; nothing of it is needed any more.
    os._exit(0)


if __name__ == "__main__":
    main()
