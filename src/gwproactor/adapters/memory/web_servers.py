"""`WebServers` of a test: the routes that an actor adds can be read and called."""

from collections.abc import Collection
from typing import Generic, TypeVar

import attrs

HandlerT = TypeVar("HandlerT")


@attrs.frozen
class AddedServer:
    """What was configured of a server."""

    host: str
    port: int
    enabled: bool
    allowed_hosts: Collection[str]
    token: str = attrs.field(repr=False)


@attrs.define
class MemoryWebServers(Generic[HandlerT]):
    """Listens nowhere. `servers` and `routes` are what was added: the servers by their name, the
    handlers by server, method and path.
    """

    servers: dict[str, AddedServer] = attrs.field(init=False, factory=dict)
    routes: dict[tuple[str, str, str], HandlerT] = attrs.field(init=False, factory=dict)
    _is_open: bool = attrs.field(init=False, default=False)

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
        server = AddedServer(host, port, enabled, tuple(allowed_hosts), token)
        if self._is_open and self.servers.get(name) == server:
            return
        self._check_not_open()
        if name in self.servers:
            raise ValueError(f"there is a web server {name!r} already")
        self.servers[name] = server

    def add_web_route(
        self, server_name: str, method: str, path: str, handler: HandlerT, **kwargs: object
    ) -> None:
        route = (server_name, method.upper(), path)
        if self._is_open and self.routes.get(route) == handler:
            return
        self._check_not_open()
        self.routes[route] = handler

    def open(self) -> None:
        """Be the servers of a node that has started."""
        self._is_open = True

    def handler(self, server_name: str, method: str, path: str) -> HandlerT | None:
        """What answers such a request; None: nobody, or no such server listens."""
        server = self.servers.get(server_name)
        if not self._is_open or server is None or not server.enabled:
            return None
        return self.routes.get((server_name, method, path))

    def _check_not_open(self) -> None:
        if self._is_open:
            raise RuntimeError("this comes too late: the web servers are open")
