"""What is killed: the node processes and the broker, as the supervisor sees them."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from gwproactor.adapters.broker_process import BrokerLauncher
from tests.chaos.family import Family
from tests.chaos.node import FINISH
from tests.chaos.plan import NodeRole
from tests.chaos.reports import Report, read_report

ROOT: Final = Path(__file__).parents[2]
LOG_LINES_SHOWN: Final = 20
# The node ends itself before.
STOP_S: Final = 20.0


class Victim(Protocol):
    """Something that can be killed and started again, any number of times."""

    async def start(self) -> None: ...

    async def kill(self) -> None:
        """As `kill -9` does; returns when it is gone."""
        ...


class NodeFailedError(Exception):
    """A node ended though nobody had asked it to; the text ends with its log."""


class NodeVictim:
    """One node. *hear* gets what it reports, up to the moment of a kill; *failed* is told if it
    ends unasked.
    """

    def __init__(
        self,
        role: NodeRole,
        family: Family,
        *,
        hear: Callable[[Report], None],
        failed: Callable[[NodeFailedError], None],
    ) -> None:
        self.role = role
        self._family = family
        self._hear = hear
        self._failed = failed
        self._process: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._is_wanted = False

    @property
    def log_path(self) -> Path:
        return self._family.folder / f"{self.role}.log"

    async def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.node", self.role, str(self._family)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is the supervisor's
                env={k: v for k, v in os.environ.items() if not k.startswith("PROACTOR_")},
            )
        self._is_wanted = True
        self._hearing = asyncio.create_task(self._listen(self._process), name=self.role)

    async def kill(self) -> None:
        self._is_wanted = False
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self.heard_out()

    async def stop(self) -> None:
        """Return when it has ended in good order, or else was killed."""
        self._is_wanted = False
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self.heard_out(), STOP_S)
        except TimeoutError:
            await self.kill()

    def finish(self) -> None:
        """Let the child generate no more."""
        assert self._process is not None, "it was not started"
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.write(FINISH)

    async def heard_out(self) -> None:
        """Return when it has ended and all of its reports were heard."""
        if self._hearing is not None:
            await asyncio.shield(self._hearing)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None, "it is a pipe"
        async for line in process.stdout:
            self._hear(read_report(line.decode()))
        code = await process.wait()
        if self._is_wanted:
            log = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            end = "\n".join(log[-LOG_LINES_SHOWN:])
            self._failed(
                NodeFailedError(
                    f"the {self.role} ended with code {code}; the end of its log:\n{end}"
                )
            )


class BrokerVictim:
    """The broker process."""

    def __init__(self, launcher: BrokerLauncher) -> None:
        self._launcher = launcher

    async def start(self) -> None:
        await asyncio.to_thread(self._launcher.start)

    async def kill(self) -> None:
        await asyncio.to_thread(self._launcher.kill)
