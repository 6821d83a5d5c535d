"""The web servers as a part of the node: configured, opened and closed with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from gwproactor.adapters.web.config import HandlerFailure, WebLimits
from gwproactor.adapters.web.servers import AiohttpWebServers
from gwproactor.app.layout.web import web_servers_of
from gwproactor.app.service import NotStarted, Service
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.web_servers import WebServers

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler


class WebService(Service):
    """Listens before the node starts, answers while it runs; who posted an event is answered when
    the closed store has told what became of it.
    """

    def __init__(self, servers: AiohttpWebServers) -> None:
        self._servers = servers

    @override
    async def open(self) -> Outcome[None, NotStarted]:
        opened = await self._servers.open()
        if isinstance(opened, Failure):
            return Failure(NotStarted(str(opened.failure())))
        return Success(None)

    @override
    def opened_with(self) -> Sequence[str]:
        found = self._servers.addresses.items()
        return [f"web server {name!r} listens on {each}" for name, every in found for each in every]

    @override
    def started(self) -> None:
        self._servers.serve()

    @override
    async def close(self) -> None:
        self._servers.stop_serving()

    @override
    async def finish(self) -> None:
        await self._servers.close()


def make_node_web_servers(
    settings: ProactorSettings, layout: HardwareLayout, supervisor: Supervisor
) -> AiohttpWebServers:
    """Those of the settings, and of the hardware layout those with other names; actors add theirs.
    What a handler raises is reported.
    """

    def report(failure: HandlerFailure) -> None:
        name = f"web server {failure.server_name}"
        supervisor.failed(name, FailurePolicy.REPORT, _problem(failure))

    servers = AiohttpWebServers(report, WebLimits(body_bytes_max=settings.message_bytes_max))
    for name, server in settings.web_servers.items():
        servers.add_web_server_config(
            name,
            server.host,
            server.port,
            enabled=server.enabled,
            allowed_hosts=server.allowed_hosts,
            token=server.token.get_secret_value(),
        )
    for written in web_servers_of(layout):
        if written.name not in settings.web_servers:
            servers.add_web_server_config(
                written.name,
                written.host,
                written.port,
                enabled=written.enabled,
                **written.options,
            )
    return servers


def as_web_servers(servers: AiohttpWebServers) -> "WebServers[HTTPHandler]":
    """The part of them that actors see."""
    return servers


def _problem(failure: HandlerFailure) -> ProblemFound:
    name, route = failure.server_name, f"{failure.method} {failure.path}"
    summary = f"web server {name!r} failed in {route}"
    return raised_problem("web", name, route, summary, failure.error)
