"""The status page and its companions, on the web servers that are configured for them."""

from typing import TYPE_CHECKING

from typing_extensions import override

from gwproactor.app.service import Service
from gwproactor.app.settings import ProactorSettings
from gwproactor.ports.clock import Clock
from gwproactor.ports.node_status import NodeStatusSource
from gwproactor.ports.web_servers import WebServers

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler
    from gwproactor.adapters.web.status_routes import StatusRoutes


class StatusPages(Service):
    """To be opened after the web servers, so that those who watch are told the end before."""

    def __init__(self, routes: "StatusRoutes | None" = None) -> None:
        self._routes = routes

    @override
    async def close(self) -> None:
        if self._routes is not None:
            await self._routes.close()


def make_status_pages(
    settings: ProactorSettings,
    web_servers: "WebServers[HTTPHandler]",
    source: NodeStatusSource,
    clock: Clock,
) -> StatusPages:
    """Adds the routes to every server whose `status_page` is set."""
    names = [name for name, server in settings.web_servers.items() if server.status_page]
    if not names:
        return StatusPages()
    from gwproactor.adapters.web.status_routes import StatusRoutes  # noqa: PLC0415 - loads aiohttp

    routes = StatusRoutes(source, clock)
    for name in names:
        for path, handler in routes.routes():
            web_servers.add_web_route(name, "GET", path, handler)
    return StatusPages(routes)
