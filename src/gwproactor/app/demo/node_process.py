"""A node process, as its supervisor sees it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import ValidationError

from gwproactor.app.demo.status import GENERATE, LinkStatus, NodeConfig
from gwproactor.app.demo.waiting import within
from gwproactor.ports.clock import Clock

LOG_LINES_SHOWN: Final = 12
# A clean stop takes 2 s at most; the node ends itself after 10 s.
STOP_S: Final = 6.0

S = TypeVar("S", bound=LinkStatus)


class NodeProcess(Generic[S]):
    """Starts a node, hears its status lines, stops it. It has a session of its own, so that
    Ctrl-C is the supervisor's alone.
    """

    def __init__(
        self,
        role: str,
        config: NodeConfig,
        *,
        status: type[S],
        heard: Callable[[S], None],
        clock: Clock,
    ) -> None:
        self.role = role
        self.log_path: Path = config.folder / f"{role}.log"
        self._config = config
        self._status = status
        self._heard = heard
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[int] | None = None

    async def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "gwproactor.app.demo.node", self.role),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env=_environment(os.environ),
            )
        self._watching = asyncio.create_task(self._watch(self._process), name=self.role)
        self._say(self._process, self._config.line())

    def generate(self) -> None:
        """Let the sensor begin."""
        assert self._process is not None
        self._say(self._process, f"{GENERATE}\n".encode())

    async def ended(self) -> int:
        """Its exit code, or minus the number of the signal that killed it."""
        assert self._watching is not None
        return await asyncio.shield(self._watching)

    async def stop(self) -> None:
        """Return when it has ended, after having been asked to, or else killed."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        if not await within(self._clock, STOP_S, self.ended()):
            self.kill()
            await self.ended()

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def epitaph(self, code: int) -> str:
        """That it ended with *code* though nobody had asked it to, and its last words."""
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        return f"the {self.role} {how}; {self.last_words()}"

    def last_words(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        shown = "\n".join(f"  {line}" for line in lines[-LOG_LINES_SHOWN:])
        return f"the end of its log:\n{shown}" if lines else "its log is empty"

    @staticmethod
    def _say(process: asyncio.subprocess.Process, line: bytes) -> None:
        assert process.stdin is not None
        process.stdin.write(line)

    async def _watch(self, process: asyncio.subprocess.Process) -> int:
        assert process.stdout is not None
        async for line in process.stdout:
            try:
                status = self._status.model_validate_json(line)
            except ValidationError:
                continue  # somebody printed something
            self._heard(status)
        return await process.wait()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Settings that are meant for another node would change this one."""
    return {name: value for name, value in ours.items() if not name.startswith("PROACTOR_")}
