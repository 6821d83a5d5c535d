"""Terminals: in one a command is run to its end, in others something runs until Ctrl-C."""

import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import attrs

from tests.newcomer.ground import StepFailedError

T = TypeVar("T")

COMMAND_S_MAX: Final = 60.0
APPEAR_S_MAX: Final = 30.0
CTRL_C_S_MAX: Final = 15.0
LOOK_EVERY_S: Final = 0.1


@attrs.frozen
class Shell:
    """Runs commands in *folder*."""

    environment: Mapping[str, str]
    folder: Path

    def run(self, command: str) -> str:
        """What *command* writes to stdout. Raises StepFailedError if it fails."""
        done = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise StepFailedError(
                f"$ {command}\n{done.stdout}{done.stderr}exit code {done.returncode}"
            )
        return done.stdout


@attrs.define
class Terminal:
    """*command* in the background of *shell*; what it writes goes to the file *output*."""

    command: str
    shell: Shell
    output: Path
    _process: "subprocess.Popen[bytes]" = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                shlex.split(self.command),
                cwd=self.shell.folder,
                env=dict(self.shell.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # our own Ctrl-C ends it through `kill`
            )

    @property
    def text(self) -> str:
        """What it wrote so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def check_runs(self) -> None:
        """Raises StepFailedError if it has ended."""
        if self._process.poll() is not None:
            raise StepFailedError(f"{self.command}: ended with {self._process.returncode}")

    def ctrl_c(self) -> None:
        """End it as a person does. Raises StepFailedError unless it says that it was ended so."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(CTRL_C_S_MAX)
        if code != 128 + signal.SIGINT:
            raise StepFailedError(f"{self.command}: ended by Ctrl-C with exit code {code}")
        if "Traceback" in self.text:
            raise StepFailedError(f"{self.command}: wrote a traceback")

    def kill(self) -> None:
        """End it, if it runs still."""
        self._process.kill()
        self._process.wait()


def seen(look: Callable[[], T | None], what: str, *terminals: Terminal) -> T:
    """What *look* finds once it finds something, while *terminals* run.

    Raises StepFailedError if that takes too long.
    """
    last = time.monotonic() + APPEAR_S_MAX
    while time.monotonic() < last:
        found = look()
        if found is not None:
            return found
        for terminal in terminals:
            terminal.check_runs()
        time.sleep(LOOK_EVERY_S)
    raise StepFailedError(f"{what}: not seen within {APPEAR_S_MAX:g} s")
