"""What a web server answers about its node."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from aiohttp.web import Request, Response, StreamResponse

from gwproactor.adapters.web.answers import title
from gwproactor.adapters.web.handler import HTTPHandler, refused
from gwproactor.adapters.web.health import health_response
from gwproactor.adapters.web.live import WATCHERS_MAX, LiveNews
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
# The system would hold megabytes, minutes of news, for somebody who does not read.
SEND_BUFFER_BYTES: Final = 16 * 1024


def _event(name: str, data: Mapping[str, str]) -> bytes:
    """As server-sent events go over the line."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


FULL: Final = _event("full", {"reason": f"{WATCHERS_MAX} pages are watching live already"})
END: Final = _event("end", {})


class StatusRoutes:
    """The handlers, and what keeps pages live. Loop thread only."""

    def __init__(
        self,
        source: NodeStatusSource,
        clock: Clock,
        report: Callable[[Exception], None],
        *,
        send_s_max: float = SEND_S_MAX,
    ) -> None:
        """*report* is told when the page that others watch cannot be made."""
        self._source = source
        self._send_s_max = send_s_max
        self._live = LiveNews(self._news, clock, report)

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
        """Server-sent events: `status` with the content of the page, `full` and `end`."""
        if self._live.is_closed:
            reason = "the node is stopping"
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, reason, headers=HEADERS)
        stream = StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        _hold_little(request)
        try:
            if self._live.is_full:
                # A browser's EventSource shows its page nothing of a refusal.
                await stream.prepare(request)
                await self._send(request, stream, FULL)
                return stream
            async with self._live.watch() as news:
                await stream.prepare(request)
                async for event in news:
                    await self._send(request, stream, event)
            await self._send(request, stream, END)
        except (ConnectionError, TimeoutError):
            # A watcher that has gone, or does not read, is no problem of the node.
            if request.transport is not None:
                request.transport.abort()
        return stream

    async def _send(self, request: Request, stream: StreamResponse, event: bytes) -> None:
        """Return when the system has taken all of it."""
        async with asyncio.timeout(self._send_s_max):
            await stream.write(event)
            await request.writer.drain()

    def _news(self) -> bytes:
        status = self._source.status()
        health = health_of(status)
        news = {
            "version": status.version,
            "title": title(status, health),
            "html": status_content(status, health).html,
        }
        return _event("status", news)


def _hold_little(request: Request) -> None:
    """Have this connection hold little of what its client does not read."""
    transport = request.transport
    if transport is None:
        return
    transport.set_write_buffer_limits(high=0)
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


def _page(page: Markup) -> Response:
    return _answer(page.data, "text/html", PAGE_HEADERS)


def _file(content: bytes, content_type: str) -> HTTPHandler:
    async def answer(_: Request) -> StreamResponse:
        return _answer(content, content_type)

    return answer


def _answer(body: bytes, content_type: str, headers: Mapping[str, str] = HEADERS) -> Response:
    charset = None if content_type.startswith("image/") else "utf-8"
    return Response(body=body, content_type=content_type, charset=charset, headers=headers)
