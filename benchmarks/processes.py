"""Runs workers as processes and reads the lines of JSON that they print."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self

import attrs

from benchmarks.figures import Figures

READY_S = 60.0
RUN_S = 330.0
EXIT_S = 10.0


class WorkerError(Exception):
    """A worker failed; the text has what it wrote to stderr."""


@attrs.define
class Worker:
    """One process. Whatever it writes to stderr is a fault, as nothing is to be printed."""

    command: Sequence[str]
    process: asyncio.subprocess.Process
    errors: asyncio.Task[bytes]

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        # Both libraries would take settings from these.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PROACTOR_")}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
        )
        assert process.stderr is not None, "it is a pipe"
        return cls(command, process, asyncio.create_task(process.stderr.read()))

    async def hear(self, timeout_s: float = RUN_S) -> Figures:
        """The next line."""
        assert self.process.stdout is not None, "it is a pipe"
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), timeout_s)
        except TimeoutError:
            raise WorkerError(f"{self.name} said nothing for {timeout_s:g} s") from None
        if not line:
            raise WorkerError(f"{self.name} ended too early:\n{(await self.errors).decode()}")
        figures: Figures = json.loads(line)
        return figures

    def tell(self) -> None:
        """Send it a line."""
        assert self.process.stdin is not None, "it is a pipe"
        self.process.stdin.write(b"\n")

    async def end(self) -> None:
        """Wait for its end."""
        try:
            code = await asyncio.wait_for(self.process.wait(), EXIT_S)
        except TimeoutError:
            raise WorkerError(f"{self.name} did not end") from None
        errors = (await self.errors).decode()
        if code:
            raise WorkerError(f"{self.name} ended with code {code}:\n{errors}")
        if errors:
            print(f"  {self.name} wrote to stderr:\n{errors}", file=sys.stderr)

    @property
    def name(self) -> str:
        return " ".join(self.command[1:])


async def end_well(command: Sequence[str]) -> None:
    """Run something that says nothing, to its end."""
    async with started(command) as worker:
        await worker.end()


async def run_alone(command: Sequence[str]) -> Figures:
    """The figures of a worker that needs no other."""
    async with started(command) as worker:
        figures = await worker.hear()
        await worker.end()
        return figures


async def run_pair(
    parent_command: Sequence[str], child_command: Sequence[str]
) -> tuple[Figures, Figures]:
    """The figures of parent and child."""
    async with started(parent_command) as parent, started(child_command) as child:
        await asyncio.gather(parent.hear(READY_S), child.hear(READY_S))
        parent.tell()
        await parent.hear()
        child.tell()
        child_figures = await child.hear()
        parent.tell()
        parent_figures = await parent.hear()
        await asyncio.gather(parent.end(), child.end())
        return parent_figures, child_figures


async def run_one_after_the_other(
    parent_command: Sequence[str], child_command: Sequence[str]
) -> tuple[Figures, Figures]:
    """The figures of a parent, which is ready first, and of a child."""
    async with started(parent_command) as parent:
        await parent.hear(READY_S)
        async with started(child_command) as child:
            child_figures = await child.hear()
            parent.tell()
            parent_figures = await parent.hear()
            await asyncio.gather(parent.end(), child.end())
            return parent_figures, child_figures


@asynccontextmanager
async def started(command: Sequence[str]) -> AsyncIterator[Worker]:
    worker = await Worker.start(command)
    try:
        yield worker
    finally:
        if worker.process.returncode is None:
            with suppress(ProcessLookupError):
                worker.process.kill()
            await worker.process.wait()
