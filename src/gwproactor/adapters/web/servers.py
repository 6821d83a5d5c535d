"""The web servers of a node, by aiohttp (adapter of `WebServers`).

aiohttp is imported when the first of them listens: most nodes have none, and it is large.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final

from gwproactor.adapters.web.config import (
    CannotListen,
    HandlerFailure,
    ListenAddress,
    WebLimits,
)
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.web_plan import PlannedServer, WebPlan

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler
    from gwproactor.adapters.web.listener import Listener

LOG: Final = logging.getLogger("gwproactor")


class AiohttpWebServers:
    """`open` listens, `serve` lets the handlers answer, `close` ends it all. Loop thread only.

    The keywords that a server's configuration takes besides are `ssl_context`, `backlog`,
    `reuse_address` and `reuse_port`; a route's are `name`, `allow_head` and `expect_handler`.
    """

    def __init__(
        self,
        report: Callable[[HandlerFailure], None],
        limits: WebLimits | None = None,
    ) -> None:
        """*report* is told of handlers that raise."""
        self._report = report
        self._limits = limits or WebLimits()
        self._plan: WebPlan[HTTPHandler] = WebPlan()
        self._listeners: dict[str, Listener] = {}

    @property
    def addresses(self) -> Mapping[str, tuple[ListenAddress, ...]]:
        """By server, where it listens now, with the ports that it was really given."""
        found = {name: listener.addresses for name, listener in self._listeners.items()}
        return {name: addresses for name, addresses in found.items() if addresses}

    def add_web_server_config(
        self,
        name: str,
        host: str,
        port: int,
        *,
        enabled: bool = True,
        allowed_hosts: Collection[str] = (),
        token: str = "",
        **kwargs: object,
    ) -> None:
        self._plan.add_server(
            name,
            host,
            port,
            enabled=enabled,
            allowed_hosts=allowed_hosts,
            token=token,
            options=kwargs,
        )

    def add_web_route(
        self, server_name: str, method: str, path: str, handler: "HTTPHandler", **kwargs: object
    ) -> None:
        if not iscoroutinefunction(handler):
            where = f"web server {server_name!r}: the handler of {method} {path}"
            raise TypeError(f"{where} is no coroutine function (async def): {handler!r}")
        self._plan.add_route(server_name, method, path, handler, kwargs)

    async def open(self) -> Outcome[None, CannotListen]:
        """Have every enabled server listen; until `serve` it answers that the node is starting.

        After a Failure some may listen all the same, until `close`.
        """
        self._plan.is_open = True
        self._log_strays()
        for server in self._plan.servers.values():
            if server.enabled:
                opened = await self._open(server)
                if isinstance(opened, Failure):
                    return opened
        return Success(None)

    def serve(self) -> None:
        """From now on the handlers answer."""
        for listener in self._listeners.values():
            listener.is_serving = True

    def stop_serving(self) -> None:
        """New requests are refused; handlers at work may still answer, until `close`."""
        for listener in self._listeners.values():
            listener.is_serving = False

    async def close(self) -> None:
        """Stop listening, give requests some seconds to end, then cancel their handlers."""
        self.stop_serving()
        await asyncio.gather(*(listener.close() for listener in self._listeners.values()))
        self._listeners.clear()

    async def _open(self, server: PlannedServer) -> Outcome[None, CannotListen]:
        from gwproactor.adapters.web.listener import Listener  # noqa: PLC0415 - loads aiohttp

        listener = Listener(server, self._report, self._limits)
        self._listeners[server.name] = listener
        return await listener.open(self._plan.routes.get(server.name, ()))

    def _log_strays(self) -> None:
        for name, routes in self._plan.routes.items():
            if name not in self._plan.servers:
                paths = ", ".join(f"{route.method} {route.path}" for route in routes)
                LOG.warning("no web server %r is configured; ignored: %s", name, paths)
