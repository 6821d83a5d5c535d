"""The path itself: the commands of docs/getting-started.md, one after the other."""

import itertools
import re
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from tests.newcomer.ground import StepFailedError, clean_environment, install
from tests.newcomer.terminal import Shell, Terminal, seen

NEW: Final = "gwproactor new my-house"
CHECKS: Final = (
    "python -m pytest",
    "python -m mypy",
    "python -m ruff check",
    "gwproactor check node.toml",
)
BROKER: Final = "gwproactor broker"
PARENT: Final = "gwproactor run parent.toml"
NODE: Final = "gwproactor run node.toml"
EVENTS: Final = "gwproactor events ls var/parent/received.sqlite --newest"
CERTS: Final = "gwproactor certs certs"
BROKER_WITH_TLS: Final = "gwproactor broker --tls certs"
COMMANDS: Final = (NEW, *CHECKS, BROKER, PARENT, NODE, EVENTS, CERTS, BROKER_WITH_TLS)

# Of node.toml and parent.toml: what has to go for a broker with TLS.
WITHOUT_TLS: Final = "port = 1883\ntls.use_tls = false\n"

EVENT: Final = "gridworks.event.machine.load"
ADDRESS: Final = re.compile(r"mqtts?://[\w.]+:(\d+)")

Timed: TypeAlias = Callable[[str, Callable[[], object]], None]


@attrs.define
class Newcomer:
    """Somebody with a home in *folder* who follows the path; *timed* tells how long a step took.

    Ports are free ones, by the environment and an option, as others may work on this machine.
    """

    folder: Path
    timed: Timed
    _shell: Shell = attrs.field(init=False)
    _terminals: list[Terminal] = attrs.field(init=False, factory=list)
    _numbers: Iterator[int] = attrs.field(init=False, factory=itertools.count)
    _status_port: int = attrs.field(init=False)

    def walk(self) -> None:
        """The whole path. Raises StepFailedError at the step that fails."""
        with self._ended_terminals():
            self.timed("install the wheel", self._install)
            self.timed(NEW, self._new)
            for command in CHECKS:
                self.timed(command, partial(self._shell.run, command))
            self.timed(BROKER, lambda: self._broker(BROKER, "PORT"))
            self.timed(PARENT, lambda: self._node(PARENT, "awaiting_peer"))
            self._status_port = free_port()
            self._set("PROACTOR_WEB_SERVERS__STATUS__PORT", str(self._status_port))
            self.timed(NODE, lambda: self._node(NODE, "-> active"))
            self.timed(EVENTS, self._event)
            self.timed("the status page", self._status_page)
            self.timed("Ctrl-C, three times", self._ctrl_c)
            self.timed(CERTS, self._certs)
            self.timed(BROKER_WITH_TLS, lambda: self._broker(BROKER_WITH_TLS, "TLS__PORT"))
            self.timed(f"{NODE}, with TLS", lambda: self._node(NODE, "awaiting_peer"))
            self.timed("Ctrl-C, twice", self._ctrl_c)

    def _install(self) -> None:
        home = self.folder / "home"
        home.mkdir()
        self._shell = Shell(clean_environment(home, install(self.folder)), home)

    def _new(self) -> None:
        self._shell.run(NEW)
        self._shell = attrs.evolve(self._shell, folder=self._shell.folder / "my-house")

    def _broker(self, command: str, setting: str) -> None:
        broker = self._open(f"{command} --port 0")
        found = seen(lambda: ADDRESS.search(broker.text), "the broker's address", broker)
        self._set(f"PROACTOR_BROKERS__LOCAL__{setting}", found[1])

    def _node(self, command: str, state: str) -> None:
        node = self._open(command)
        seen(lambda: True if state in node.text else None, f"{state!r} of {command}", node)

    def _event(self) -> None:
        def look() -> bool | None:
            with suppress(StepFailedError):  # the parent may not have made its file yet
                return True if EVENT in self._shell.run(EVENTS) else None
            return None

        seen(look, f"{EVENT} at the parent", *self._terminals)

    def _status_page(self) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._status_port}/", timeout=10) as page:
            if b"my_house.node" not in page.read():
                raise StepFailedError("the status page does not name the node")

    def _ctrl_c(self) -> None:
        for terminal in reversed(self._terminals):
            terminal.ctrl_c()
        self._terminals.clear()

    def _certs(self) -> None:
        self._shell.run(CERTS)
        for name in ("node.toml", "parent.toml"):
            file = self._shell.folder / name
            text = file.read_text(encoding="utf-8")
            if WITHOUT_TLS not in text:
                raise StepFailedError(f"{name} has not the lines that a broker without TLS needs")
            file.write_text(text.replace(WITHOUT_TLS, ""), encoding="utf-8")

    def _set(self, variable: str, value: str) -> None:
        environment = {**self._shell.environment, variable: value}
        self._shell = attrs.evolve(self._shell, environment=environment)

    def _open(self, command: str) -> Terminal:
        output = self.folder / f"terminal-{next(self._numbers)}.txt"
        terminal = Terminal(command, self._shell, output)
        self._terminals.append(terminal)
        return terminal

    @contextmanager
    def _ended_terminals(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            for terminal in self._terminals:
                error.add_note(f"--- {terminal.command}\n{terminal.text}")
            raise
        finally:
            for terminal in self._terminals:
                terminal.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
