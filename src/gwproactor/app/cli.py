"""The console entry. It imports next to nothing, so that Ctrl-C finds its handler in place."""

import signal
import sys
from types import FrameType

from gwproactor.app.ended import EndedBySignal


def main() -> None:
    """Run the command that the arguments name; ends the process with its exit code."""
    for given in (signal.SIGINT, signal.SIGTERM):
        signal.signal(given, _end)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may lack some characters
    from gwproactor.app.commands import app

    app(prog_name="gwproactor")


def _end(number: int, _: FrameType | None) -> None:
    raise EndedBySignal(128 + number)
