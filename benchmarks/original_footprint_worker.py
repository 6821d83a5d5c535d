"""The original library's side of workload W6 (footprint): a node that does nothing.

Run it as a module with the interop environment's python:

    -m benchmarks.original_footprint_worker --broker HOST:PORT --state-dir DIR
        [--links 1] [--seconds 30]

A parent must wait at the broker. Of the links one leads to it, the others to nobody: they are
connected, and no more. Once the first is active the node is given three seconds to settle; then it
is watched. The last line on stdout is one JSON object with the figures.
"""

# mypy: ignore-errors
# ruff: isort: skip_file

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pathlib
import time
from typing import Any

from benchmarks.idle_figures import idle_figures
from benchmarks.original_worker import (
    CHILD,
    PARENT,
    BenchApp,
    BenchSettings,
    Figures,
    make_link,
    make_settings,
)
from benchmarks.process_facts import age_s
from gwproactor.callbacks import ProactorCallbackInterface
from gwproactor.config import MQTTClient
from gwproactor.config.proactor_config import ProactorName

START_S_MAX = 60.0
SETTLE_S = 3.0


class FootprintSettings(BenchSettings):
    """The original wants a field for the broker of each link; here there is but one broker."""

    def broker(self, _link_name: str) -> MQTTClient:
        return self.parent


class Witness(ProactorCallbackInterface):
    """Notes when the first link became active."""

    def __init__(self) -> None:
        self.active_s = 0.0
        self.age_s = 0.0
        self.active = asyncio.Event()

    def recv_activated(self, transition: Any) -> None:
        if not self.active_s:
            self.active_s, self.age_s = time.perf_counter(), age_s()
            self.active.set()


def links_of(count: int) -> dict[str, Any]:
    links = {"parent": make_link(PARENT, upstream=True)}
    for index in range(1, count):
        nobody = ProactorName(long_name=f"bench.child.nobody{index}", short_name=f"nobody{index}")
        links[f"child{index}"] = make_link(nobody, upstream=False)
        # It allows one downstream link; others are just links.
        links[f"child{index}"].downstream = False
    return links


async def idle(arguments: argparse.Namespace) -> Figures:
    began_s = time.perf_counter()
    settings = FootprintSettings(
        **dict(make_settings(arguments.state_dir, broker=arguments.broker))
    )
    proactor = BenchApp(CHILD, settings, links_of(arguments.links)).instantiate().proactor
    witness = Witness()
    proactor.add_callbacks(witness)
    running = asyncio.create_task(proactor.run_forever())
    await asyncio.wait_for(witness.active.wait(), START_S_MAX)
    await asyncio.sleep(SETTLE_S)
    states = [proactor.links.link_state(name).value for name in links_of(arguments.links)]
    assert states.count("active") == 1, states
    assert states.count("awaiting_peer") == arguments.links - 1, states
    figures = await idle_figures(arguments.seconds, began_s, witness)
    proactor.stop()
    await running
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="A node of the original that does nothing.")
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--state-dir", required=True, type=pathlib.Path)
    parser.add_argument("--links", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0)
    print(json.dumps(asyncio.run(idle(parser.parse_args()))), flush=True)
    # The original's I/O thread may still sleep for a second; nothing of it is needed any more.
    os._exit(0)


if __name__ == "__main__":
    main()
