"""A real HTTP server that answers as a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import attrs
from aiohttp import web

from gwproactor.adapters.http_client import AiohttpClient
from gwproactor.ports.http_client import HttpClient, HttpRequest, HttpResponse


@attrs.define
class HttpSite:
    """Answers by path and query; `requests` are those that arrived. A path in `silent` is answered
    by nobody.
    """

    answers: dict[str, HttpResponse]
    client: HttpClient = attrs.Factory(AiohttpClient)
    silent: set[str] = attrs.Factory(set)
    requests: list[HttpRequest] = attrs.field(init=False, factory=list)
    origin: str = attrs.field(init=False, default="")
    arrived: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    def url(self, path: str) -> str:
        return f"{self.origin}{path}"

    def received(self) -> HttpRequest:
        return self.requests[-1]

    async def handle(self, request: web.BaseRequest) -> web.Response:
        path = request.raw_path
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(
            HttpRequest(
                url=self.url(path),
                method=request.method,
                headers=headers,
                body=await request.read() or None,
            )
        )
        self.arrived.set()
        if path in self.silent:
            await asyncio.Event().wait()
        answer = self.answers.get(path, HttpResponse(status=404))
        return web.Response(
            status=answer.status,
            reason=answer.reason or None,
            headers=dict(answer.headers),
            body=answer.body or None,
        )


@asynccontextmanager
async def http_site(
    answers: Mapping[str, HttpResponse] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpSite]:
    """It listens at 127.0.0.1 until the context is left."""
    site = HttpSite(dict(answers or {}))
    runner = web.ServerRunner(web.Server(site.handle), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        [(_, port)] = runner.addresses
        site.origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
        yield site
    finally:
        await runner.cleanup()
