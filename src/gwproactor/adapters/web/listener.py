"""One web server that listens: aiohttp behind the rules of this library."""

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from gwproactor.adapters.web.config import (
    CannotListen,
    HandlerFailure,
    ListenAddress,
    WebLimits,
)
from gwproactor.adapters.web.connections import SHORT_TEXT, Connection, Connections
from gwproactor.adapters.web.handler import HTTPHandler, refused
from gwproactor.adapters.web.health import HEALTH_PATH, health_response
from gwproactor.adapters.web.security import Asked, Rules
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.status import Health
from gwproactor.domain.web_plan import PlannedRoute, PlannedServer

REMEDIES: Final = {
    errno.EADDRINUSE: "another program has it, or another web server; choose another port",
    errno.EACCES: "ports below 1024 need a privilege; choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose one that it has",
}
NOT_SERVING: Final = "the node is starting or stopping"
TLS_HANDSHAKE_S_MAX: Final = 10.0
# What a client sent is repeated to it, but not all of it.
SHOWN_MAX: Final = 80


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
        self._connections = Connections(config.name, limits)
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
        self._runner = web.AppRunner(app, shutdown_timeout=self._limits.close_s_max)
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
        if options["ssl"] is not None:
            options["ssl_handshake_timeout"] = TLS_HANDSHAKE_S_MAX
        # The options are the caller's: mypy could not check them.
        listen: Callable[..., Awaitable[asyncio.Server]] = asyncio.get_running_loop().create_server
        server = runner.server
        assert server is not None, "the runner is set up"
        connect = partial(self._connections.make, server)
        try:
            self._server = await listen(connect, config.host, config.port, **options)
        except (OSError, ValueError, TypeError, OverflowError) as error:
            return Failure(CannotListen(_cannot_listen(config, error)))
        return Success(None)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request comes by here."""
        refusal = self._rules.refusal(_asked(request))
        if refusal is not None:
            unauthorized = refusal.status is HTTPStatus.UNAUTHORIZED
            headers = {"WWW-Authenticate": "Bearer"} if unauthorized else None
            return refused(refusal.status, refusal.reason, headers=headers)
        if not self.is_serving:
            return _not_serving(request)
        nowhere = request.match_info.http_exception
        if nowhere is not None:
            return _nowhere(request, nowhere)
        bad_body = await self._read_body(request)
        if bad_body is not None:
            return bad_body
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.is_answering = True
        try:
            return await self._answer_of(handler, request)
        finally:
            connection.is_answering = False
            self._connections.active(connection)

    async def _answer_of(self, handler: Handler, request: web.Request) -> web.StreamResponse:
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
        encoding = request.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            reason = f"the body is encoded ({encoding[:SHOWN_MAX]}); send it as it is"
            headers = {"Accept-Encoding": "identity"}
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason, headers=headers)
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


def _not_serving(request: web.Request) -> web.Response:
    headers = {"Retry-After": "1"}
    if request.path == HEALTH_PATH:
        answer = health_response(Health((NOT_SERVING,)))
        answer.headers.update(headers)
        return answer
    return refused(HTTPStatus.SERVICE_UNAVAILABLE, NOT_SERVING, headers=headers)


def _nowhere(request: web.Request, error: web.HTTPException) -> web.Response:
    """What aiohttp's router answers of its own is no JSON."""
    path = request.path[:SHOWN_MAX]
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        reason = f"{path} does not take {error.method[:SHOWN_MAX]}, but {allowed}"
        return refused(HTTPStatus.METHOD_NOT_ALLOWED, reason, headers={"Allow": allowed})
    return refused(HTTPStatus(error.status), f"there is nothing at {path}")


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
