"""The web servers of a node, by aiohttp (adapter of `WebServers`).

aiohttp is imported when the first of them listens: most nodes have none, and it is large.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

from gwproactor.adapters.web.config import (
    CannotListen,
    HandlerFailure,
    ListenAddress,
    Route,
    WebLimits,
    WebServerConfig,
)
from gwproactor.domain.outcome import Failure, Outcome, Success

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler
    from gwproactor.adapters.web.listener import Listener

LOG: Final = logging.getLogger("gwproactor")

LISTEN_OPTIONS: Final = frozenset({"ssl_context", "backlog", "reuse_address", "reuse_port"})


class AiohttpWebServers:
    """`open` listens, `serve` lets the handlers answer, `close` ends it all. Loop thread only.

    The keywords that a server's configuration takes besides are `ssl_context`, `backlog`,
    `reuse_address` and `reuse_port`; others raise TypeError.
    """

    def __init__(
        self,
        report: Callable[[HandlerFailure], None],
        limits: WebLimits | None = None,
    ) -> None:
        """*report* is told of handlers that raise."""
        self._report = report
        self._limits = limits or WebLimits()
        self._configs: dict[str, WebServerConfig] = {}
        self._routes: dict[str, list[Route]] = {}
        self._listeners: dict[str, Listener] = {}
        self._is_open = False

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
        if strangers := kwargs.keys() - LISTEN_OPTIONS:
            raise TypeError(f"web server {name!r}: there are no options {sorted(strangers)}")
        hosts = tuple(allowed_hosts)
        config = WebServerConfig(name, host, port, enabled, hosts, token, kwargs)
        if self._is_open and self._configs.get(name) == config:
            return
        self._check_not_open("web server", name)
        if name in self._configs:
            raise ValueError(f"there is a web server {name!r} already")
        self._configs[name] = config

    def add_web_route(
        self, server_name: str, method: str, path: str, handler: "HTTPHandler", **kwargs: object
    ) -> None:
        route = Route(method.upper(), path, handler, kwargs)
        if self._is_open and route in self._routes.get(server_name, ()):
            return
        self._check_not_open("route", f"{method} {path}")
        self._routes.setdefault(server_name, []).append(route)

    async def open(self) -> Outcome[None, CannotListen]:
        """Have every enabled server listen; until `serve` it answers that the node is starting.

        After a Failure some may listen all the same, until `close`.
        """
        self._is_open = True
        self._log_strays()
        for config in self._configs.values():
            if config.enabled:
                opened = await self._open(config)
                if isinstance(opened, Failure):
                    return opened
        return Success(None)

    def serve(self) -> None:
        """From now on the handlers answer."""
        for listener in self._listeners.values():
            listener.is_serving = True

    async def close(self) -> None:
        """Stop listening, give requests some seconds to end, then cancel their handlers."""
        for listener in self._listeners.values():
            listener.is_serving = False
        await asyncio.gather(*(listener.close() for listener in self._listeners.values()))
        self._listeners.clear()

    async def _open(self, config: WebServerConfig) -> Outcome[None, CannotListen]:
        from gwproactor.adapters.web.listener import Listener  # noqa: PLC0415 - loads aiohttp

        listener = Listener(config, self._report, self._limits)
        self._listeners[config.name] = listener
        opened = await listener.open(self._routes.get(config.name, ()))
        if isinstance(opened, Success):
            for address in listener.addresses:
                LOG.info("web server %r listens on %s", config.name, address.url)
        return opened

    def _log_strays(self) -> None:
        for name, routes in self._routes.items():
            if name not in self._configs:
                paths = ", ".join(f"{route.method} {route.path}" for route in routes)
                LOG.warning("no web server %r is configured; ignored: %s", name, paths)

    def _check_not_open(self, kind: str, name: str) -> None:
        if self._is_open:
            raise RuntimeError(f"the {kind} {name!r} comes too late: the web servers are open")
