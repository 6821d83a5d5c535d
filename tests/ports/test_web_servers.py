"""The contract of `WebServers`, on those in memory and on aiohttp's."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.memory import MemoryWebServers
from gwproactor.adapters.web import AiohttpWebServers, HTTPHandler
from gwproactor.adapters.web.config import HandlerFailure
from gwproactor.domain.outcome import Success
from gwproactor.testing.web_servers_contract import WebServersContract
from tests.support.web import answering, ask


@attrs.define
class InMemory:
    """Handlers are the texts that they would answer."""

    servers: MemoryWebServers[str] = attrs.field(factory=MemoryWebServers)

    def handler(self, text: str) -> str:
        return text

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.servers.open()
        yield

    async def ask(self, server_name: str, method: str, path: str) -> str | None:
        return self.servers.handler(server_name, method, path)


def _fail(failure: HandlerFailure) -> None:
    raise AssertionError(failure)


@attrs.define
class ByAiohttp:
    servers: AiohttpWebServers = attrs.field(factory=lambda: AiohttpWebServers(_fail))

    def handler(self, text: str) -> HTTPHandler:
        return answering(text)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        assert await self.servers.open() == Success(None)
        self.servers.serve()
        try:
            yield
        finally:
            await self.servers.close()

    async def ask(self, server_name: str, method: str, path: str) -> str | None:
        addresses = self.servers.addresses.get(server_name)
        if addresses is None:
            return None
        answer = await ask(addresses[0].url.rstrip("/") + path, method)
        return answer.text if answer.status == 200 else None


class TestMemoryWebServers(WebServersContract[str]):
    @override
    def make(self) -> InMemory:
        return InMemory()


class TestAiohttpWebServers(WebServersContract[HTTPHandler]):
    @override
    def make(self) -> ByAiohttp:
        return ByAiohttp()


async def test_ignored_routes_are_logged_once_with_their_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = ByAiohttp()
    made.servers.add_web_route("other", "GET", "/a", answering("never"))
    made.servers.add_web_route("other", "POST", "/b", answering("never"))
    async with made.running():
        pass
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert warnings == ["no web server 'other' is configured; ignored: GET /a, POST /b"]
