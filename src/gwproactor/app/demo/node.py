"""One node of the demo as a process: `python -m gwproactor.app.demo.node child` (or `parent`).

Standard input: its NodeConfig, then commands, a line each. The node stops when standard input
ends, and so whenever its supervisor does. Standard output: status lines. Standard error: its log.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from typing import Final

from dependency_injector import providers

from gwproactor.app.assembly import assemble
from gwproactor.app.building import build_node
from gwproactor.app.demo.child import ChildContainer, child_settings
from gwproactor.app.demo.parent import ParentContainer, parent_settings
from gwproactor.app.demo.reading import DEMO_TYPES
from gwproactor.app.demo.status import GENERATE, NodeConfig
from gwproactor.app.proactor import Proactor
from gwproactor.app.run import run_process

# A node that hangs must not outlive its supervisor; a clean stop takes 2 s at most.
STOP_S_MAX: Final = 10


def child_node(config: NodeConfig) -> tuple[Proactor, Callable[[], None]]:
    """The child, and what makes its sensor begin."""
    container = assemble(child_settings(config), ChildContainer, namespace=DEMO_TYPES)
    container.config.override(providers.Object(config))
    return build_node(container), container.sensor().generate


def parent_node(config: NodeConfig) -> tuple[Proactor, Callable[[], None]]:
    container = assemble(parent_settings(config), ParentContainer, namespace=DEMO_TYPES)
    return build_node(container), lambda: None


def build(role: str, obeying: "list[asyncio.Task[None]]") -> Proactor:
    """The node; what carries the supervisor's commands out is a task in *obeying*."""
    # Unbuffered: what follows is read elsewhere.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as lines:
        config = NodeConfig.model_validate_json(lines.readline())
    proactor, generate = child_node(config) if role == "child" else parent_node(config)
    obeying.append(asyncio.create_task(obey(proactor, generate), name="obey"))
    return proactor


async def obey(proactor: Proactor, generate: Callable[[], None]) -> None:
    """Carry commands out; stop the node at their end."""
    lines = await standard_input()
    while command := await lines.readline():
        if command.decode().strip() == GENERATE:
            generate()
    signal.alarm(STOP_S_MAX)
    proactor.stop("the demo is over")


async def standard_input() -> asyncio.StreamReader:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    return lines


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    obeying: list[asyncio.Task[None]] = []
    run_process(lambda: build(sys.argv[1], obeying))


if __name__ == "__main__":
    main()
