"""`ExternalWatchdog` by a command that is run for each pat, in a thread beside the loop."""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Final

from gwproactor.adapters.watchdog.command_builders import ExternalWatchdogCommandBuilder

# That of the original. A watchdog that is patted by a command should wait for several of them.
PAT_EVERY_S: Final = 9.0
# A command that was killed ends at once, unless the system itself hangs.
CLOSE_S_MAX: Final = 2.0
THREAD_NAME: Final = "external watchdog command"


class CommandWatchdog:
    """Runs the command of *builder* for the service *service_name* every *pat_every_s* seconds.

    It is killed, with what it started, when it takes longer than *timeout_s* (as a rule until the
    next pat is due). One runs at a time; pats that come meanwhile are one more run after it. Its
    errors go to this process's stderr. There is no command for anything but pats.
    """

    def __init__(
        self,
        builder: type[ExternalWatchdogCommandBuilder],
        service_name: str,
        *,
        args: list[str] | None = None,
        pat_every_s: float = PAT_EVERY_S,
        timeout_s: float | None = None,
    ) -> None:
        self._command = builder.pat_args(service_name, args)
        self._switch = builder.service_variable_name(service_name)
        self._pat_every_s = pat_every_s
        self._timeout_s = pat_every_s if timeout_s is None else timeout_s
        self._on_trouble: Callable[[str], None] = lambda _: None
        self._run: _Run | None = None
        self._again = False

    @property
    def pat_every_s(self) -> float | None:
        return self._pat_every_s if self._command else None

    @property
    def description(self) -> str:
        if not self._command:
            return f"none: {self._switch} is not set to 1, or there is no command"
        return f"the command {' '.join(self._command)!r}"

    def listen(self, on_trouble: Callable[[str], None]) -> None:
        self._on_trouble = on_trouble

    def ready(self) -> None:
        pass

    def pat(self) -> None:
        if not self._command:
            return
        if self._run is not None:
            self._again = True
            return
        self._run = _Run(self._command, self._timeout_s, asyncio.get_running_loop(), self._ended)

    def status(self, text: str) -> None:
        pass

    def stopping(self) -> None:
        pass

    async def close(self) -> None:
        self._again, self._on_trouble = False, lambda _: None
        if self._run is not None:
            self._run.kill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._run.ended.wait(), CLOSE_S_MAX)

    def _ended(self, trouble: str) -> None:
        self._run = None
        if trouble:
            self._on_trouble(trouble)
        if self._again:
            self._again = False
            self.pat()


class _Run:
    """One run of the command, in a thread of its own; *tell* is called on the loop thread."""

    def __init__(
        self,
        command: Sequence[str],
        timeout_s: float,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[str], None],
    ) -> None:
        self.ended = asyncio.Event()
        self._command = command
        self._timeout_s = timeout_s
        self._loop = loop
        self._tell = tell
        self._lock = threading.Lock()
        self._killed = False
        self._process: subprocess.Popen[bytes] | None = None
        # A daemon: what cannot be killed must not hold up the end of this process.
        threading.Thread(target=self._run_in_thread, name=THREAD_NAME, daemon=True).start()

    def kill(self) -> None:
        """End it, and what it started. Any thread."""
        with self._lock:
            self._killed = True
            # The group's number is taken until its leader has been waited for.
            if self._process is not None and self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _run_in_thread(self) -> None:
        trouble = self._trouble_in_thread()
        with contextlib.suppress(RuntimeError):  # The loop was closed in the meantime.
            self._loop.call_soon_threadsafe(self._end, trouble)

    def _end(self, trouble: str) -> None:
        self.ended.set()
        self._tell(trouble)

    def _trouble_in_thread(self) -> str:
        try:
            with self._lock:
                if self._killed:
                    return ""
                self._process = subprocess.Popen(  # noqa: S603 # the deployment's own command
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            return f"cannot run {self._command[0]!r}: {error}"
        try:
            code = self._process.wait(self._timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
            return f"{self._command[0]!r} took longer than {self._timeout_s:g} s and was killed"
        return f"{self._command[0]!r} ended with exit code {code}" if code else ""
