"""A node of `children` as a process: its lines, signals to it, and what it has kept."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import attrs

from gwproactor.adapters.persistence import SqliteEventStore
from gwproactor.ports.event_store import StoredEvent
from tests.support.child_process import CHILDREN, SRC

ENDS_S = 30.0
NO_MORE: Mapping[str, str] = MappingProxyType({})


@attrs.define
class RunningNode:
    """Its log and its output are read in one, as `lines`."""

    process: "subprocess.Popen[str]"
    output: IO[str]
    folder: Path
    lines: list[str] = attrs.Factory(list)

    def until(self, words: str) -> str:
        """The next line that contains *words*; fails if the process ends before."""
        for line in self.output:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return self.lines[-1]
        raise AssertionError(f"no {words!r} in:\n" + "\n".join(self.lines))

    def signal(self, given: signal.Signals) -> None:
        self.process.send_signal(given)

    def ended(self) -> tuple[int, float]:
        """Its exit code, and in how many seconds it ended; the rest of its lines is read."""
        began_s = time.monotonic()
        rest, _ = self.process.communicate(timeout=ENDS_S)
        self.lines += rest.splitlines()
        return self.process.returncode, time.monotonic() - began_s

    def cpu_s(self) -> float:
        """The processor time that it has used, in steps of 10 ms."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def wake_ups(self) -> int:
        """How often its threads gave the processor up, to wait for something."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        texts = [(thread / "status").read_text("ascii") for thread in threads]
        found = [re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M) for text in texts]
        return sum(int(count[1]) for count in found if count)

    def log(self) -> str:
        return "\n".join(self.lines)

    def kept(self) -> list[dict[str, Any]]:
        """The events in its store, after its end."""
        return asyncio.run(_kept(self.folder / "events.sqlite"))


@contextlib.contextmanager
def running_node(
    folder: Path, acting: str, port: int = 1, *, program: str = "node_to_be_stopped"
) -> Iterator[RunningNode]:
    """`children/<program>.py`, killed at the end, if it lives."""
    path = str(CHILDREN / f"{program}.py")
    command = [sys.executable, "-u", path, str(folder), acting, str(port)]
    with running_command(command, folder) as node:
        yield node


@contextlib.contextmanager
def running_command(
    command: list[str], folder: Path, environment: Mapping[str, str] = NO_MORE
) -> Iterator[RunningNode]:
    """A node that *command* runs in *folder*, killed at the end, if it lives."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PYTHONPATH": str(SRC), **environment},
    ) as process:
        assert process.stdout is not None
        try:
            yield RunningNode(process, process.stdout, folder)
        finally:
            process.kill()


async def _kept(path: Path) -> list[dict[str, Any]]:
    store = SqliteEventStore(path)
    (await store.open()).unwrap()
    found: list[StoredEvent] = []
    while page := (
        await store.read_after(
            found[-1].sequence.number if found else 0, count=1_000, bytes_max=1_000_000
        )
    ).unwrap():
        found += page
    await store.close()
    return [json.loads(event.payload) for event in found]
