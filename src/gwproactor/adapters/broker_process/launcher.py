"""What every launched broker can do, and the process that most of them are."""

import contextlib
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Protocol, Self

import attrs

LOOPBACK: Final = "127.0.0.1"
START_S: Final = 10.0
STOP_S: Final = 5.0
LOOK_EVERY_S: Final = 0.01
# Each failure means that somebody took the port between choosing and using it.
PORTS_TRIED_MAX: Final = 5


class BrokerStartError(RuntimeError):
    """A broker could not be started; the text says why and ends with what the broker logged."""


@attrs.frozen
class BrokerTls:
    """PEM files of a broker: its certificate chain and key, and the authority of its clients.

    `require_client_cert` needs `authority`; it and `revoked`, a list of revoked certificates of
    clients, are held by mosquitto only.
    """

    certificate: Path
    key: Path
    authority: Path | None = None
    require_client_cert: bool = False
    revoked: Path | None = None


class BrokerLauncher(Protocol):
    """A broker that can be started and ended. Its calls block: not for the loop's thread.

    In use: `with IotcoreBroker(folder) as broker: …` starts and stops it.
    """

    @property
    def name(self) -> str:
        """Which broker it is, for people."""
        ...

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int:
        """Stays the same over `stop` and `start`. To be read after the first `start`."""
        ...

    @property
    def is_ours(self) -> bool:
        """Whether `stop`, `kill` and `restart` have an effect."""
        ...

    @property
    def log(self) -> str:
        """What the broker wrote so far."""
        ...

    def start(self) -> None:
        """Return when it accepts connections. Without effect if it runs.

        Raises BrokerStartError.
        """
        ...

    def stop(self) -> None:
        """End it in good order. Idempotent."""
        ...

    def kill(self) -> None:
        """End it without a goodbye to anybody. Idempotent."""
        ...

    def restart(self) -> None:
        """`stop`, then `start` on the same port."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class ProcessBroker(ABC):
    """A broker in a child process; it ends when this process does.

    The child ends itself when its standard input does, so also if this process is killed. It
    listens on *host*, an address of this machine; *port* 0: a free one. Its files are written to
    *folder*.
    """

    is_ours: Final = True

    def __init__(self, name: str, folder: Path, port: int, host: str = LOOPBACK) -> None:
        self.name = name
        self.host: Final = host
        self._folder = folder
        self._port = port
        self._chooses_port = port == 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        assert self._port, "the port is known after the first start"
        return self._port

    @property
    def log(self) -> str:
        path = self._log_path
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def _log_path(self) -> Path:
        return self._folder / f"{self.name}.log"

    def start(self) -> None:
        if self._process is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in reversed(range(PORTS_TRIED_MAX)):
            try:
                with reserved_port(0 if self._chooses_port else self._port, self.host) as port:
                    self._port = port
                    self._start_once()
            except OSError as error:
                where = f"{self.host}:{self._port}"
                raise BrokerStartError(f"{self.name} cannot use {where}: {error}") from error
            except BrokerStartError as error:
                if not (left and self._chooses_port and "in use" in str(error)):
                    raise
            else:
                self._chooses_port = False
                return

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._wait(self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._close_input(self._process)
            self._wait(self._process)

    def restart(self) -> None:
        self.stop()
        self.start()

    def wait(self) -> int:
        """Return its exit code once it has ended by itself."""
        assert self._process is not None, "only what was started can end"
        return self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def _command(self, port: int) -> list[str]:
        """What to run, its files being written. It must end at the end of its standard input."""

    def _start_once(self) -> None:
        command = self._command(self._port)
        with self._log_path.open("ab") as log:
            logged = log.tell()
            self._process = process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait_until_it_accepts(process, logged)
        except BaseException:
            self.kill()
            raise

    def _wait_until_it_accepts(self, process: "subprocess.Popen[bytes]", logged: int) -> None:
        deadline = time.monotonic() + START_S
        while True:
            accepts = port_accepts(self.host, self._port)
            # Asked after the port, which may be somebody else's while ours has given up.
            code = process.poll()
            if code is not None:
                raise self._error(f"ended with exit code {code}", logged)
            if accepts:
                return
            if time.monotonic() > deadline:
                raise self._error(f"accepted no connection within {START_S:g} s", logged)
            time.sleep(LOOK_EVERY_S)

    def _error(self, what: str, logged: int) -> BrokerStartError:
        log = self._log_path.read_bytes()[logged:].decode("utf-8", "replace").strip()
        where = f"the broker {self.name} on {self.host}:{self._port}"
        return BrokerStartError(f"{where} {what}; its log:\n{log or '(empty)'}")

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = None
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            self._close_input(process)

    @staticmethod
    def _close_input(process: "subprocess.Popen[bytes]") -> None:
        stdin: IO[bytes] | None = process.stdin
        if stdin is not None:
            with contextlib.suppress(OSError):
                stdin.close()


def python_script(name: str) -> list[str]:
    """How to run a script of this folder so that it finds installed packages, but not our files."""
    return [sys.executable, "-P", str(Path(__file__).with_name(name))]


@contextlib.contextmanager
def reserved_port(port: int, host: str = LOOPBACK) -> Iterator[int]:
    """*port*, or a free one for 0; nobody else is given it during the context. Raises OSError.

    A broker can listen on it nevertheless, because brokers set SO_REUSEADDR.
    """
    with socket.socket(_family_of(host)) as sock:
        if port:
            # Else connections of its last use would count as a use.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved: int = sock.getsockname()[1]
        if sys.platform != "linux":
            sock.close()  # there the broker could not listen on it
        yield reserved


def port_accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
