"""This library's side of workload W2 (bridge), and its ceiling: bare `call_soon_threadsafe`.

    python -m benchmarks.our_bridge_worker node|bare [--count 50000] [--seconds 10]

A node without links; one thread sends to one actor: first prebuilt messages as fast as it can, then
1,000 a second, each built just before.
"""

import argparse
import asyncio
import logging
import pathlib
import tempfile

import attrs
from dependency_injector import providers
from typing_extensions import override

from benchmarks.bridge import Arrivals, measured
from benchmarks.figures import Figures, say
from benchmarks.messages import CHILD, CHILD_SHORT
from gwproactor import (
    HANDLED,
    Communicator,
    Failure,
    Message,
    Outcome,
    Paths,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
    to_actor,
)

START_S_MAX = 60.0
QUIET_S = 0.5


@attrs.frozen
class SmallPayload:
    value: int


class ArrivalActor(Communicator):
    def __init__(self) -> None:
        super().__init__("arrivals")
        self.arrivals = Arrivals()
        self.started = asyncio.Event()

    def start(self) -> None:
        self.started.set()

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        assert isinstance(message.payload, SmallPayload), message
        self.arrivals.note(message.payload.value)
        return HANDLED


class BridgeContainer(ProactorContainer):
    actor: providers.Provider[ArrivalActor] = providers.Singleton(ArrivalActor)


def make(number: int) -> Message[SmallPayload]:
    return to_actor("thread", "arrivals", SmallPayload(number))


async def bridge(count: int, seconds: float, state_dir: pathlib.Path) -> Figures:
    settings = ProactorSettings(
        long_name=CHILD, short_name=CHILD_SHORT, paths=Paths(data_dir=state_dir)
    )
    container = assemble(settings, BridgeContainer)
    node, actor, bus = build_node(container), container.actor(), container.message_bus()
    running = asyncio.create_task(node.run_forever())
    await asyncio.wait_for(actor.started.wait(), START_S_MAX)
    await asyncio.sleep(QUIET_S)

    def send(message: Message[SmallPayload]) -> None:
        if isinstance(refused := bus.send_threadsafe(message), Failure):
            raise RuntimeError(str(refused.failure()))

    figures = await measured(make, send, actor.arrivals, count, seconds)
    node.stop()
    await running
    return figures


async def bare(count: int, seconds: float) -> Figures:
    """What the original's send_threadsafe does, and no more."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Message[SmallPayload]] = asyncio.Queue()
    arrivals = Arrivals()

    async def receive() -> None:
        while True:
            arrivals.note((await queue.get()).payload.value)

    def send(message: Message[SmallPayload]) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, message)

    receiving = asyncio.create_task(receive())
    figures = await measured(make, send, arrivals, count, seconds)
    receiving.cancel()
    return figures


def main() -> None:
    assert not logging.root.handlers, "what is logged would be measured too"
    parser = argparse.ArgumentParser(description="Messages from a thread to the loop.")
    parser.add_argument("what", choices=("node", "bare"))
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    count, seconds = arguments.count, arguments.seconds
    if arguments.what == "bare":
        say(asyncio.run(bare(count, seconds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        say(asyncio.run(bridge(count, seconds, pathlib.Path(folder))))


if __name__ == "__main__":
    main()
