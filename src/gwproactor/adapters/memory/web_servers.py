"""`WebServers` of a test: the routes that an actor adds can be read and called."""

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

import attrs

from gwproactor.domain.web_plan import PlannedServer, WebPlan

HandlerT = TypeVar("HandlerT")


@attrs.define
class MemoryWebServers(Generic[HandlerT]):
    """Listens nowhere; refuses what real servers refuse.

    `servers` and `routes` are what was added: the servers by their name, the handlers by server,
    method and path.
    """

    _plan: WebPlan[HandlerT] = attrs.field(init=False, factory=WebPlan)

    @property
    def servers(self) -> Mapping[str, PlannedServer]:
        return self._plan.servers

    @property
    def routes(self) -> Mapping[tuple[str, str, str], HandlerT]:
        return {
            (server_name, route.method, route.path): route.handler
            for server_name, routes in self._plan.routes.items()
            for route in routes
        }

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
        self, server_name: str, method: str, path: str, handler: HandlerT, **kwargs: object
    ) -> None:
        self._plan.add_route(server_name, method, path, handler, kwargs)

    def open(self) -> None:
        """Be the servers of a node that has started."""
        self._plan.is_open = True

    def handler(self, server_name: str, method: str, path: str) -> HandlerT | None:
        """What answers such a request; None: nobody, or no such server listens."""
        server = self.servers.get(server_name)
        if not self._plan.is_open or server is None or not server.enabled:
            return None
        return self.routes.get((server_name, method, path))
