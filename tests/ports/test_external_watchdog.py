"""The contract of `ExternalWatchdog`: in memory, with a real datagram socket, by real commands."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.memory.external_watchdog import MemoryExternalWatchdog
from gwproactor.adapters.watchdog import (
    CommandWatchdog,
    ExternalWatchdogCommandBuilder,
    SystemdWatchdog,
)
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.testing.external_watchdog_contract import ExternalWatchdogContract, WatchedProcess
from tests.support.notify_socket import NotifySocket


@attrs.define
class InMemory:
    watchdog: MemoryExternalWatchdog = attrs.Factory(MemoryExternalWatchdog)
    heard: int = 0

    async def next_pat(self) -> None:
        self.heard += 1
        assert self.watchdog.pats == self.heard

    def go_away(self) -> None:
        self.watchdog.unreachable = "away"

    def come_back(self) -> None:
        self.watchdog.unreachable = ""


class TestMemoryExternalWatchdog(ExternalWatchdogContract):
    @asynccontextmanager
    @override
    async def watched(self) -> AsyncIterator[WatchedProcess]:
        yield InMemory()


@attrs.frozen
class BySystemd:
    watchdog: ExternalWatchdog
    listener: NotifySocket

    async def next_pat(self) -> None:
        while "WATCHDOG=1" not in await self.listener.next_lines():
            pass

    def go_away(self) -> None:
        self.listener.go_away()

    def come_back(self) -> None:
        self.listener.come_back()


class TestSystemdWatchdog(ExternalWatchdogContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @asynccontextmanager
    @override
    async def watched(self) -> AsyncIterator[WatchedProcess]:
        with NotifySocket.at(self.folder / "notify") as listener:
            yield BySystemd(SystemdWatchdog(listener.address, 1.0), listener)


@attrs.frozen
class ByCommand:
    """The command writes a byte into a pipe; it is out of reach while it is not there."""

    watchdog: ExternalWatchdog
    command: Path
    pipe: int

    async def next_pat(self) -> None:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self.pipe, readable.set)
        await readable.wait()
        loop.remove_reader(self.pipe)
        assert os.read(self.pipe, 1) == b"p"

    def go_away(self) -> None:
        self.command.rename(self.command.with_suffix(".away"))

    def come_back(self) -> None:
        self.command.with_suffix(".away").rename(self.command)


class TestCommandWatchdog(ExternalWatchdogContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = tmp_path
        monkeypatch.setenv(ExternalWatchdogCommandBuilder.service_variable_name("house"), "1")

    @asynccontextmanager
    @override
    async def watched(self) -> AsyncIterator[WatchedProcess]:
        pipe, command = self.folder / "pipe", self.folder / "pat.sh"
        os.mkfifo(pipe)
        command.write_text(f"#!/bin/sh\nprintf p > '{pipe}'\n")
        command.chmod(0o700)
        reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        try:
            watchdog = CommandWatchdog(ExternalWatchdogCommandBuilder, "house", args=[str(command)])
            yield ByCommand(watchdog, command, reader)
        finally:
            os.close(reader)
