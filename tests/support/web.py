"""Web servers on real sockets, and clients that do what no library would."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import aiohttp
import attrs
from aiohttp.web import Request, Response

from gwproactor.adapters.web import AiohttpWebServers, HTTPHandler
from gwproactor.adapters.web.config import HandlerFailure, ListenAddress, WebLimits
from gwproactor.domain.outcome import Success

TOKEN = "s3cret"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
SOON_S = 5.0

Data: TypeAlias = bytes | str | AsyncIterator[bytes] | aiohttp.FormData | None


def answering(text: str) -> HTTPHandler:
    """A handler that answers *text*."""

    async def answer(request: Request) -> Response:
        return Response(text=text)

    return answer


@attrs.frozen
class Answer:
    """What a server answered."""

    status: int
    text: str


class Site:
    """Web servers of which one is called `default`; `failures` are those of its handlers."""

    def __init__(self, limits: WebLimits | None = None, *, host: str = "127.0.0.1") -> None:
        self.failures: list[HandlerFailure] = []
        self.servers = AiohttpWebServers(self.failures.append, limits)
        self.servers.add_web_server_config("default", host, 0, token=TOKEN)

    def add(self, method: str, path: str, handler: HTTPHandler) -> None:
        self.servers.add_web_route("default", method, path, handler)

    @property
    def address(self) -> ListenAddress:
        return self.servers.addresses["default"][0]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Site"]:
        assert await self.servers.open() == Success(None)
        self.servers.serve()
        try:
            yield self
        finally:
            await self.servers.close()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Data = None,
        allow_redirects: bool = True,
    ) -> Answer:
        """What the server answers to aiohttp's own client."""
        url = self.address.url.rstrip("/") + path
        return await ask(url, method, headers=headers, data=data, allow_redirects=allow_redirects)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.address.host, self.address.port)


async def ask(
    url: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    data: Data = None,
    allow_redirects: bool = True,
) -> Answer:
    """What the server behind *url* answers, within some seconds."""
    request = aiohttp.request(
        method, url, headers=headers, data=data, allow_redirects=allow_redirects
    )
    async with asyncio.timeout(SOON_S), request as response:
        return Answer(response.status, await response.text())


def head(method: str, path: str, *lines: str) -> bytes:
    """The head of a request as it goes over the line, without the empty line at its end."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, ""]).encode()
