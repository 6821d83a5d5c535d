"""The path itself: the commands of docs/getting-started.md, one after the other."""

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
COMMANDS: Final = (NEW, *CHECKS, BROKER, PARENT, NODE, EVENTS)

EVENT: Final = "gridworks.event.machine.load"
ADDRESS: Final = re.compile(r"mqtt://127\.0\.0\.1:(\d+)")

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
    _status_port: int = attrs.field(init=False)

    def walk(self) -> None:
        """The whole path. Raises StepFailedError at the step that fails."""
        with self._ended_terminals():
            self.timed("install the wheel", self._install)
            self.timed(NEW, self._new)
            for command in CHECKS:
                self.timed(command, partial(self._shell.run, command))
            self.timed(BROKER, self._broker)
            self.timed(PARENT, lambda: self._node(PARENT, "awaiting_peer"))
            self._status_port = free_port()
            self._set("PROACTOR_WEB_SERVERS__STATUS__PORT", str(self._status_port))
            self.timed(NODE, lambda: self._node(NODE, "-> active"))
            self.timed(EVENTS, self._event)
            self.timed("the status page", self._status_page)
            self.timed("Ctrl-C, three times", self._ctrl_c)

    def _install(self) -> None:
        home = self.folder / "home"
        home.mkdir()
        self._shell = Shell(clean_environment(home, install(self.folder)), home)

    def _new(self) -> None:
        self._shell.run(NEW)
        self._shell = attrs.evolve(self._shell, folder=self._shell.folder / "my-house")

    def _broker(self) -> None:
        broker = self._open(f"{BROKER} --port 0")
        found = seen(lambda: ADDRESS.search(broker.text), "the broker's address", broker)
        self._set("PROACTOR_BROKERS__LOCAL__PORT", found[1])

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

    def _set(self, variable: str, value: str) -> None:
        environment = {**self._shell.environment, variable: value}
        self._shell = attrs.evolve(self._shell, environment=environment)

    def _open(self, command: str) -> Terminal:
        output = self.folder / f"terminal-{len(self._terminals) + 1}.txt"
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
