"""The command behind `gwproactor demo`: folders, display and clock around the supervisor."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.app.demo.demo_broker import DemoBroker, EmbeddedBroker, ForeignBroker
from gwproactor.app.demo.display import LiveDisplay, OutputConsole, PlainDisplay
from gwproactor.app.demo.options import BadOption, DemoOptions
from gwproactor.app.demo.report import print_report
from gwproactor.app.demo.status import NodeConfig
from gwproactor.app.demo.supervisor import Supervisor
from gwproactor.domain.outcome import Failure, Outcome, Success

FIRST_SIGNAL_CODE: Final = 128


def run_demo(options: DemoOptions, keep: Path | None) -> Outcome[int, BadOption]:
    """Run the demo with its files in *keep*, or else in a folder that is removed.

    Gives the exit code.
    """
    if keep is not None:
        bad = _bad_folder(keep)
        if bad is not None:
            return Failure(bad)
    with _folder(keep) as folder:
        code = asyncio.run(_run(options, folder))
        if keep is not None:
            _console().print(Text(f" The files are in {folder}"), soft_wrap=True)
    return Success(code)


async def _run(options: DemoOptions, folder: Path) -> int:
    clock, chance, console = LoopClock(), SystemChance(), _console()
    broker: DemoBroker = EmbeddedBroker(folder / "broker")
    if options.broker is not None:
        broker = ForeignBroker(options.broker, clock)
        console.print(Text("No outage will be shown: this broker is not ours to take away"))
    name = chance.new_id()[:8]

    def config(broker: DemoBroker) -> NodeConfig:
        return NodeConfig(
            name=name,
            folder=folder,
            host=broker.url.host,
            port=broker.url.port,
            username=broker.url.username,
            password=broker.url.password,
            rate=options.rate,
            events=options.events,
            seconds=options.seconds,
            status_page=True,
        )

    with LiveDisplay(console) if console.is_terminal else PlainDisplay(console) as display:
        supervisor = Supervisor(options, config, broker=broker, display=display, clock=clock)
        ending = await supervisor.run()
    if ending.exit_code >= FIRST_SIGNAL_CODE:
        console.print(Text(" Ended early; this is what is known so far:"))
    if ending.verdict is not None and (ending.verdict.generated or not ending.problem):
        print_report(console, ending.verdict, supervisor.progress)
    if ending.problem:
        sys.stdout.flush()
        Console(stderr=True).print(Text(f"gwproactor demo: {ending.problem}"), soft_wrap=True)
    return ending.exit_code


def _console() -> OutputConsole:
    return OutputConsole(highlight=False)


def _bad_folder(keep: Path) -> BadOption | None:
    """Files of an earlier demo would be taken for this one's."""
    try:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            return BadOption("--keep", f"{keep} is not empty: name a new or empty folder")
    except OSError as error:
        return BadOption("--keep", f"{keep} cannot be used: {error.strerror}")
    return None


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="gwproactor-demo-") as folder:
        yield Path(folder)
