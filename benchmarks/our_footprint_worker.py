"""This library's side of workload W6 (footprint): a node that does nothing.

    python -m benchmarks.our_footprint_worker --broker HOST:PORT --state-dir DIR
        [--links 1] [--connections 1] [--status-page] [--seconds 30]

It is used as original_footprint_worker.py. With --connections more brokers are configured, all at
the same address, as settings written for the original have them. Nothing is imported here that a
node does not need.
"""

import argparse
import asyncio
import json
import pathlib
import time

from dependency_injector import providers
from typing_extensions import override

from benchmarks.idle_figures import idle_figures
from benchmarks.process_facts import age_s
from gwproactor import (
    Communicator,
    LinkSettings,
    MQTTClient,
    Paths,
    ProactorContainer,
    ProactorSettings,
    StateName,
    Transition,
    assemble,
    build_node,
)
from gwproactor.app.settings import NO_TLS, WebServerSettings

START_S_MAX = 60.0
SETTLE_S = 3.0


class Witness(Communicator):
    """Notes when the first link became active, and how many are connected."""

    def __init__(self) -> None:
        super().__init__("witness")
        self.active_s = 0.0
        self.age_s = 0.0
        self.active = asyncio.Event()

    @override
    def link_changed(self, transition: Transition) -> None:
        if transition.new_state is StateName.ACTIVE and not self.active_s:
            self.active_s, self.age_s = time.perf_counter(), age_s()
            self.active.set()


class FootprintContainer(ProactorContainer):
    witness: providers.Provider[Witness] = providers.Singleton(Witness)


def settings_of(arguments: argparse.Namespace) -> ProactorSettings:
    """One link to the parent; the others lead to children that are not there."""
    host, _, port = arguments.broker.rpartition(":")
    connections = range(arguments.connections)
    links = {
        f"child{index}": LinkSettings(
            broker=f"broker{index % len(connections)}",
            peer_long_name=f"bench.child.nobody{index}",
            peer_short_name=f"nobody{index}",
        )
        for index in range(1, arguments.links)
    }
    page = WebServerSettings(port=0, status_page=True)
    return ProactorSettings(
        long_name="bench.child",
        short_name="c",
        paths=Paths(data_dir=arguments.state_dir),
        brokers={
            f"broker{index}": MQTTClient(host=host, port=int(port), tls=NO_TLS)
            for index in connections
        },
        links={
            "parent": LinkSettings(
                broker="broker0", peer_long_name="bench.parent", peer_short_name="p", upstream=True
            ),
            **links,
        },
        web_servers={"page": page} if arguments.status_page else {},
    )


async def idle(arguments: argparse.Namespace) -> dict[str, float]:
    began_s = time.perf_counter()
    container = assemble(settings_of(arguments), FootprintContainer)
    node, witness = build_node(container), container.witness()
    running = asyncio.create_task(node.run_forever())
    await asyncio.wait_for(witness.active.wait(), START_S_MAX)
    await asyncio.sleep(SETTLE_S)
    states = [link.state for link in container.core().links.values()]
    assert states.count(StateName.ACTIVE) == 1, states
    assert states.count(StateName.AWAITING_PEER) == arguments.links - 1, states
    figures = await idle_figures(arguments.seconds, began_s, witness)
    node.stop()
    await running
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="A node of this library that does nothing.")
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--state-dir", required=True, type=pathlib.Path)
    parser.add_argument("--links", type=int, default=1)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--status-page", action="store_true")
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    print(json.dumps(asyncio.run(idle(arguments))), flush=True)


if __name__ == "__main__":
    main()
