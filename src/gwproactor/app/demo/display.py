"""Where the demo is shown: a live picture on a terminal, plain lines elsewhere."""

import os
import sys
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text
from typing_extensions import override

from gwproactor.app.demo.progress import BrokerState, Progress
from gwproactor.app.demo.screen import screen, story_line
from gwproactor.app.demo.status import LinkStatus

LINE_EVERY_S: Final = 1.0


class OutputConsole(Console):
    """A console that can be asked whether anybody reads it: rich would end the process at once,
    without the chance to end others.
    """

    is_open = True

    @override
    def on_broken_pipe(self) -> None:
        self.is_open = False
        self.quiet = True
        # What is buffered for it would fail once more when Python ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Display(Protocol):
    """Shows a running demo. A context manager: what it holds of the terminal is given back."""

    def frame(self, progress: Progress, now_s: float) -> bool:
        """Show how it stands; called several times a second. False: nobody sees it any more."""
        ...


class LiveDisplay:
    """A picture that is redrawn in place, and replaced by its story at the end."""

    def __init__(self, console: OutputConsole) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        if self._progress is not None:
            for told in self._progress.story:
                self._console.print(story_line(told))

    def frame(self, progress: Progress, now_s: float) -> bool:
        self._progress = progress
        width, height = self._console.size
        self._live.update(screen(progress, now_s, height=height, width=width), refresh=True)
        return self._console.is_open


class PlainDisplay:
    """A line for what happens, and one each second for how it stands."""

    def __init__(self, console: OutputConsole) -> None:
        self._console = console
        self._told = 0
        self._next_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def frame(self, progress: Progress, now_s: float) -> bool:
        for told in progress.story[self._told :]:
            self._print(f"{told.at_s:5.1f} s  {told.text}")
        self._told = len(progress.story)
        if now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            self._print(f"{now_s:5.1f} s    {plain_line(progress, now_s)}")
        return self._console.is_open

    def _print(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


def plain_line(progress: Progress, now_s: float) -> str:
    """How it stands, in one line."""
    child, parent = progress.child, progress.parent
    away = progress.broker is BrokerState.AWAY
    broker = (
        f"away for {max(0.0, progress.back_s - now_s):.1f} s" if away else progress.broker.value
    )
    return (
        f"broker {broker} | child {_link(child)} | parent {_link(parent)} | "
        f"generated {child.generated} + {child.own_events} own | pending {child.pending} | "
        f"un-acked {child.un_acked} | acked {child.acked} | re-uploaded {child.reuploaded} | "
        f"handled {parent.handled}"
    )


def _link(status: LinkStatus) -> str:
    if status.next_try_s is None:
        return status.link
    return f"{status.link} (next try in {status.next_try_s:.1f} s)"
