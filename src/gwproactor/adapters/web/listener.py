"""One web server that listens: aiohttp behind the rules of this library."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from typing_extensions import override

from gwproactor.adapters.web.config import (
    CannotListen,
    HandlerFailure,
    ListenAddress,
    WebLimits,
)
from gwproactor.adapters.web.handler import HTTPHandler, refused
from gwproactor.adapters.web.security import Asked, Rules
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.web_plan import PlannedRoute, PlannedServer

# The rest of a body that is not wanted is read for so long, so that the answer is seen.
LINGER_S_MAX: Final = 2.0

REMEDIES: Final = {
    errno.EADDRINUSE: "another program has it, or another web server; choose another port",
    errno.EACCES: "ports below 1024 need a privilege; choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose one that it has",
}
SHORT_TEXT: Final = "the server failed to answer; its log says why"


class _NoClientFaults(logging.Filter):
    """Drops what aiohttp logs of requests that are no HTTP and of clients that have gone: anybody
    could fill the log with it.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | ConnectionError)


LOG: Final = logging.getLogger("gwproactor.web")
LOG.addFilter(_NoClientFaults())


class _TurnedAway(asyncio.Protocol):
    """A connection too many: files and links of the node need sockets too."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class Listener:
    """`open` at most once. `is_serving`: the handlers answer. Loop thread only."""

    def __init__(
        self,
        config: PlannedServer,
        report: Callable[[HandlerFailure], None],
        limits: WebLimits,
    ) -> None:
        self.is_serving = False
        self._config = config
        self._report = report
        self._limits = limits
        self._rules = Rules.of(config.name, config.host, config.allowed_hosts, config.token)
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """Where it listens: several if its host name has several addresses."""
        scheme = "https" if self._config.options.get("ssl_context") else "http"
        sockets = () if self._server is None else self._server.sockets
        names = (each.getsockname() for each in sockets)
        return tuple(ListenAddress(str(name[0]), int(name[1]), scheme) for name in names)

    async def open(
        self, routes: Collection[PlannedRoute[HTTPHandler]]
    ) -> Outcome[None, CannotListen]:
        """Listen, and answer by *routes*."""

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        app = web.Application(middlewares=[answer], client_max_size=self._limits.body_bytes_max)
        for route in routes:
            problem = _add(app, route)
            if problem is not None:
                return Failure(CannotListen(f"web server {self._config.name!r}: {problem}"))
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=LOG,
            shutdown_timeout=self._limits.close_s_max,
            keepalive_timeout=self._limits.idle_s_max,
            lingering_time=LINGER_S_MAX,
        )
        await self._runner.setup()
        return await self._listen(self._runner)

    async def close(self) -> None:
        """Return within some seconds, all connections closed."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> Outcome[None, CannotListen]:
        config = self._config
        options = dict(config.options)
        options["ssl"] = options.pop("ssl_context", None)
        # The options are the caller's: mypy could not check them.
        listen: Callable[..., Awaitable[asyncio.Server]] = asyncio.get_running_loop().create_server
        connected = partial(self._connected, runner)
        try:
            self._server = await listen(connected, config.host, config.port, **options)
        except (OSError, ValueError, TypeError, OverflowError) as error:
            return Failure(CannotListen(_cannot_listen(config, error)))
        return Success(None)

    def _connected(self, runner: web.AppRunner) -> asyncio.Protocol:
        server = runner.server
        if server is None or len(server.connections) >= self._limits.connections_max:
            return _TurnedAway()
        return server()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request comes by here."""
        refusal = self._rules.refusal(_asked(request))
        if refusal is not None:
            unauthorized = refusal.status is HTTPStatus.UNAUTHORIZED
            headers = {"WWW-Authenticate": "Bearer"} if unauthorized else None
            return refused(refusal.status, refusal.reason, headers=headers)
        if not self.is_serving:
            return refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the node is starting or stopping",
                headers={"Retry-After": "1"},
            )
        bad_body = await self._read_body(request)
        if bad_body is not None:
            return bad_body
        try:
            response = await handler(request)
            if not isinstance(response, web.StreamResponse):
                raise TypeError(f"the handler returned {type(response).__name__}, no response")
        except web.HTTPException:
            raise
        except Exception as error:
            return self._failed(request, error)
        return response

    async def _read_body(self, request: web.Request) -> web.Response | None:
        """Have the body in memory before a handler sees the request, or say what is wrong.

        Files of a form are left to the handler, which alone knows where they should go.
        """
        if (request.content_length or 0) > self._limits.body_bytes_max:
            return self._too_large()
        if not request.can_read_body or request.content_type.startswith("multipart/"):
            return None
        try:
            async with asyncio.timeout(self._limits.body_s_max):
                await request.read()
        except TimeoutError:
            reason = f"the body did not come within {self._limits.body_s_max:g} s"
            return refused(HTTPStatus.REQUEST_TIMEOUT, reason)
        except web.HTTPRequestEntityTooLarge:
            return self._too_large()
        except web.RequestPayloadError as error:
            return refused(HTTPStatus.BAD_REQUEST, f"the body cannot be read: {error}")
        return None

    def _too_large(self) -> web.Response:
        reason = f"the body is larger than {self._limits.body_bytes_max} bytes"
        return refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)

    def _failed(self, request: web.Request, error: Exception) -> web.Response:
        if isinstance(error, ConnectionError) and request.transport is None:
            raise error  # the client has gone, and is not missed
        resource = request.match_info.route.resource
        path = "*" if resource is None else resource.canonical
        self._report(HandlerFailure(self._config.name, request.method, path, error))
        if request.writer.output_size > 0:
            raise ConnectionResetError("a part of the answer was sent already") from error
        return refused(HTTPStatus.INTERNAL_SERVER_ERROR, SHORT_TEXT)


def _asked(request: web.Request) -> Asked:
    transport = request.transport
    came_to = None if transport is None else transport.get_extra_info("sockname")
    return Asked(
        method=request.method,
        hosts=request.headers.getall("Host", ()),
        origins=request.headers.getall("Origin", ()),
        authorization=request.headers.get("Authorization"),
        came_to=str(came_to[0]) if came_to else "",
    )


def _add(app: web.Application, route: PlannedRoute[HTTPHandler]) -> str | None:
    """Why *route* cannot be had, or None."""
    options = dict(route.options)
    try:
        app.add_routes([web.RouteDef(route.method, route.path, route.handler, options)])
    except (ValueError, TypeError, RuntimeError) as error:
        return f"the route {route.method} {route.path} cannot be added: {error}"
    return None


def _cannot_listen(config: PlannedServer, error: Exception) -> str:
    where = f"web server {config.name!r} cannot listen on {config.host} port {config.port}"
    match error:
        case socket.gaierror():
            return f"{where}: no such host: {error.strerror}"
        case OSError(errno=int(code)) if code in REMEDIES:
            return f"{where}: {os.strerror(code)} ({REMEDIES[code]})"
        case UnicodeError():  # the resolver does not even ask for such a name
            return f"{where}: no such host: {error.__cause__ or error}"
        case _:  # what else is wrong is one of the options
            return f"{where}: {error}"
