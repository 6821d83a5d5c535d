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

from gwproactor.app.container import assemble, build_node
from gwproactor.app.demo.child import ChildContainer, child_settings
from gwproactor.app.demo.parent import ParentContainer, parent_settings
from gwproactor.app.demo.reading import DEMO_TYPES
from gwproactor.app.demo.status import GENERATE, NodeConfig
from gwproactor.app.proactor import Proactor, StartError
from gwproactor.app.run import run_node

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


async def run(role: str) -> int:
    """Run the node until standard input ends; returns its exit code."""
    lines = await standard_input()
    config = NodeConfig.model_validate_json(await lines.readline())
    proactor, generate = child_node(config) if role == "child" else parent_node(config)
    obeying = asyncio.create_task(obey(lines, proactor, generate), name="obey")
    try:
        return await run_node(proactor)
    except StartError as error:
        logging.critical("the %s cannot start: %s", role, error)
        return 1
    finally:
        obeying.cancel()


async def obey(
    lines: asyncio.StreamReader, proactor: Proactor, generate: Callable[[], None]
) -> None:
    """Carry commands out; stop the node at their end."""
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
    raise SystemExit(asyncio.run(run(sys.argv[1])))


if __name__ == "__main__":
    main()
