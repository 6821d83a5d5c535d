"""`ExternalWatchdog` by datagrams to the service manager: the protocol of sd_notify(3).

Nothing is sent if WATCHDOG_PID names another process: this one is then a child of the service, and
its READY or STOPPING would be taken for the service's own.
"""

import contextlib
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Final, Self

LOG: Final = logging.getLogger("gwproactor")

# systemd itself recommends a pat in half of the time after which it gives a service up.
PATS_PER_TIMEOUT: Final = 2
# More often is of no use, and would keep the loop from its work.
PAT_EVERY_S_MIN: Final = 0.01


class SystemdWatchdog:
    """Speaks to *address*, as NOTIFY_SOCKET names it: a path, or "@" and an abstract name.

    What could not be sent, pats aside, goes out with what is sent next.
    """

    def __init__(self, address: str, pat_every_s: float | None = None) -> None:
        self._name = address
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._pat_every_s = pat_every_s
        self._on_trouble: Callable[[str], None] = lambda _: None
        self._socket: socket.socket | None = None
        self._to_say: dict[str, str] = {}
        self._status = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], process_id: int) -> Self | None:
        """The service manager that started this process, *process_id*; None: none did.

        What makes no sense in *environment* is logged as a warning, and not followed.
        """
        address = environment.get("NOTIFY_SOCKET", "")
        if not address:
            return None
        if not address.startswith(("/", "@")):
            LOG.warning(
                "NOTIFY_SOCKET is %r, which is neither a path from the root nor an abstract name: "
                "the service manager is told nothing",
                address,
            )
            return None
        wanted = environment.get("WATCHDOG_PID", "")
        if wanted not in {"", str(process_id)}:
            LOG.warning(
                "WATCHDOG_PID is %r and this process is %d: the service manager waits for another "
                "one and is told nothing by this. Start the node by exec, not as a child",
                wanted,
                process_id,
            )
            return None
        return cls(address, _pat_every_s(environment.get("WATCHDOG_USEC", "")))

    @property
    def pat_every_s(self) -> float | None:
        return self._pat_every_s

    @property
    def description(self) -> str:
        if self._pat_every_s is None:
            return f"systemd at {self._name}, which wants no pats"
        return f"systemd at {self._name}"

    def listen(self, on_trouble: Callable[[str], None]) -> None:
        self._on_trouble = on_trouble

    def ready(self) -> None:
        self._say("READY", "1")

    def pat(self) -> None:
        self._say("WATCHDOG", "1")
        self._to_say.pop("WATCHDOG", None)

    def status(self, text: str) -> None:
        line = " ".join(text.split())
        if line != self._status:
            self._status = line
            self._say("STATUS", line)
        elif self._to_say:
            self._send()

    def stopping(self) -> None:
        self._say("STOPPING", "1")

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, variable: str, value: str) -> None:
        self._to_say[variable] = value
        self._send()

    def _send(self) -> None:
        text = "\n".join(f"{variable}={value}" for variable, value in self._to_say.items())
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto(text.encode(errors="replace"), self._address)
        except OSError as error:
            # The text of the error alone: it is the same each time, and so reported once.
            self._on_trouble(f"cannot reach {self._name}: {error.strerror or error}")
            return
        self._to_say.clear()


def _pat_every_s(watchdog_usec: str) -> float | None:
    """How often to pat if a pat is due every *watchdog_usec*; None if that is empty or nonsense."""
    if not watchdog_usec:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        timeout_s = int(watchdog_usec) / 1_000_000
        if timeout_s > 0:
            return max(timeout_s / PATS_PER_TIMEOUT, PAT_EVERY_S_MIN)
    LOG.warning(
        "WATCHDOG_USEC is %r, which is no number of microseconds above 0: nobody is patted",
        watchdog_usec[:100],
    )
    return None
