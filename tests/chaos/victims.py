"""What is killed: the node processes and the broker, as the supervisor sees them."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from gwproactor.adapters.broker_process import BrokerLauncher
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP
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
    """One node. *hear* gets what it reports, up to the moment of a kill.

    If it ends unasked, *failed* is told; but a node that gave up because of its actors is started
    again, as systemd would do it, and *gave_up* is told before.
    """

    def __init__(
        self,
        role: NodeRole,
        family: Family,
        *,
        hear: Callable[[Report], None],
        gave_up: Callable[[], None],
        failed: Callable[[NodeFailedError], None],
    ) -> None:
        self.role = role
        self._family = family
        self._hear = hear
        self._gave_up = gave_up
        self._failed = failed
        self._process: asyncio.subprocess.Process | None = None
        self._living: asyncio.Task[None] | None = None
        self._life = 0
        self._is_wanted = False
        self._is_finishing = False

    @property
    def log_path(self) -> Path:
        return self._family.folder / f"{self.role}.log"

    async def start(self) -> None:
        self._is_wanted = True
        process = await self._launch()
        self._living = asyncio.create_task(self._live(process), name=self.role)

    async def kill(self) -> None:
        self._is_wanted = False
        self._kill_process()
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
        """Let the child generate no more, and no actor fail any more."""
        self._is_finishing = True
        self._say_finish()

    async def heard_out(self) -> None:
        """Return when it has ended and all of its reports were heard."""
        if self._living is not None:
            await asyncio.shield(self._living)

    async def _launch(self) -> asyncio.subprocess.Process:
        self._life += 1
        node = ("-m", "tests.chaos.node", self.role, str(self._life), str(self._family))
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *node),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is the supervisor's
                env={k: v for k, v in os.environ.items() if not k.startswith("PROACTOR_")},
            )
        if not self._is_wanted:
            self._kill_process()  # whoever asked for it did not see this one
        if self._is_finishing:
            self._say_finish()
        return self._process

    def _kill_process(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def _say_finish(self) -> None:
        assert self._process is not None, "it was not started"
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.write(FINISH)

    async def _live(self, process: asyncio.subprocess.Process) -> None:
        code = await self._listen(process)
        while self._is_wanted and code == EXIT_GIVEN_UP:
            self._gave_up()
            code = await self._listen(await self._launch())
        if self._is_wanted:
            log = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            end = "\n".join(log[-LOG_LINES_SHOWN:])
            self._failed(
                NodeFailedError(
                    f"the {self.role} ended with code {code}; the end of its log:\n{end}"
                )
            )

    async def _listen(self, process: asyncio.subprocess.Process) -> int:
        assert process.stdout is not None, "it is a pipe"
        async for line in process.stdout:
            self._hear(read_report(line.decode()))
        return await process.wait()


class BrokerVictim:
    """The broker process."""

    def __init__(self, launcher: BrokerLauncher) -> None:
        self._launcher = launcher

    async def start(self) -> None:
        await asyncio.to_thread(self._launcher.start)

    async def kill(self) -> None:
        await asyncio.to_thread(self._launcher.kill)
