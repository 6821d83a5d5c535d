"""What a web server answers about its node."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from aiohttp.web import Request, Response, StreamResponse

from gwproactor.adapters.web.answers import title
from gwproactor.adapters.web.handler import HTTPHandler, refused
from gwproactor.adapters.web.health import health_response
from gwproactor.adapters.web.live import LiveNews
from gwproactor.adapters.web.markup import Markup
from gwproactor.adapters.web.metrics import CONTENT_TYPE, metrics_text
from gwproactor.adapters.web.status_json import status_json
from gwproactor.adapters.web.status_page import status_content, status_page
from gwproactor.adapters.web.wiring_page import wiring_page
from gwproactor.domain.health import health_of
from gwproactor.ports.clock import Clock
from gwproactor.ports.node_status import NodeStatusSource

STATIC: Final = (
    ("status.css", "text/css"),
    ("status.js", "text/javascript"),
    ("status.svg", "image/svg+xml"),
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# A name that got through as markup could still load, run and send nothing.
PAGE_HEADERS: Final = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}
# Who does not read for so long has gone, or makes others wait for its place.
SEND_S_MAX: Final = 10.0


class StatusRoutes:
    """The handlers, and what keeps pages live. Loop thread only."""

    def __init__(self, source: NodeStatusSource, clock: Clock) -> None:
        self._source = source
        self._live = LiveNews(self._news, clock)

    def routes(self) -> Iterator[tuple[str, HTTPHandler]]:
        """Path and handler of each; all are for GET."""
        yield "/", self._page
        yield "/events", self._events
        yield "/healthz", self._health
        yield "/metrics", self._metrics
        yield "/status.json", self._json
        yield "/wiring", self._wiring
        folder = files("gwproactor.adapters.web") / "static"
        for name, content_type in STATIC:
            yield f"/{name}", _file((folder / name).read_bytes(), content_type)

    async def close(self) -> None:
        """Tell those who watch that the node has ended."""
        await self._live.close()

    async def _page(self, _: Request) -> StreamResponse:
        status = self._source.status()
        return _page(status_page(status, health_of(status)))

    async def _wiring(self, _: Request) -> StreamResponse:
        return _page(wiring_page(self._source.status().name, self._source.wiring()))

    async def _health(self, _: Request) -> StreamResponse:
        response = health_response(self._source.health())
        response.headers.update(HEADERS)
        return response

    async def _json(self, _: Request) -> StreamResponse:
        status = self._source.status()
        return _answer(status_json(status, health_of(status)).encode(), "application/json")

    async def _metrics(self, _: Request) -> StreamResponse:
        status = self._source.status()
        body = metrics_text(status, health_of(status))
        return Response(body=body, headers=HEADERS | {"Content-Type": CONTENT_TYPE})

    async def _events(self, request: Request) -> StreamResponse:
        """Server-sent events: `status` with the content of the page, and `end`."""
        if self._live.is_full:
            reason = "as many pages as there may be are watching already"
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, reason, headers=HEADERS)
        stream = StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        # A watcher that has gone, or does not read, is no problem of the node.
        with suppress(ConnectionError, TimeoutError):
            async with self._live.watch() as news:
                await stream.prepare(request)
                async for event in news:
                    async with asyncio.timeout(SEND_S_MAX):
                        await stream.write(event)
            async with asyncio.timeout(SEND_S_MAX):
                await stream.write(b"event: end\ndata: {}\n\n")
        return stream

    def _news(self) -> bytes:
        status = self._source.status()
        health = health_of(status)
        news = {
            "version": status.version,
            "title": title(status, health),
            "html": status_content(status, health).html,
        }
        return b"event: status\ndata: " + json.dumps(news).encode() + b"\n\n"


def _page(page: Markup) -> Response:
    return _answer(page.data, "text/html", PAGE_HEADERS)


def _file(content: bytes, content_type: str) -> HTTPHandler:
    async def answer(_: Request) -> StreamResponse:
        return _answer(content, content_type)

    return answer


def _answer(body: bytes, content_type: str, headers: Mapping[str, str] = HEADERS) -> Response:
    charset = None if content_type.startswith("image/") else "utf-8"
    return Response(body=body, content_type=content_type, charset=charset, headers=headers)
