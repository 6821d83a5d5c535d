"""The status page and its companions, on the web servers that are configured for them."""

from traceback import format_exception, format_exception_only
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from gwproactor.app.service import Service
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.clock import Clock
from gwproactor.ports.node_status import NodeStatusSource
from gwproactor.ports.web_servers import WebServers

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler
    from gwproactor.adapters.web.status_routes import StatusRoutes

PAGE: Final = "status page"


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
    supervisor: Supervisor,
) -> StatusPages:
    """Adds the routes to every server whose `status_page` is set."""
    names = [name for name, server in settings.web_servers.items() if server.status_page]
    if not names:
        return StatusPages()
    from gwproactor.adapters.web.status_routes import StatusRoutes  # noqa: PLC0415 - loads aiohttp

    def report(error: Exception) -> None:
        supervisor.failed(PAGE, FailurePolicy.REPORT, _problem(error))

    routes = StatusRoutes(source, clock, report)
    for name in names:
        for path, handler in routes.routes():
            web_servers.add_web_route(name, "GET", path, handler)
    return StatusPages(routes)


def _problem(error: Exception) -> ProblemFound:
    what = "".join(format_exception_only(error)).strip()
    return ProblemFound(
        kind="web",
        subject=PAGE,
        cause=type(error).__name__,
        summary=f"the status page cannot be made: {what}",
        details="".join(format_exception(error)),
        is_error=True,
    )
