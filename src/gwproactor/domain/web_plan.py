"""What is planned of web servers before they open: which there are, and which routes they have.

Everything that can be seen to be wrong is refused where it is added, with the name of server and
route: there its author stands in the traceback.
"""

from collections.abc import Collection, Mapping
from typing import Final, Generic, TypeVar

import attrs

from gwproactor.domain.outcome import Failure
from gwproactor.domain.web_names import checked_host_name, checked_token

HandlerT = TypeVar("HandlerT")

SERVER_OPTIONS: Final = frozenset({"ssl_context", "backlog", "reuse_address", "reuse_port"})
ROUTE_OPTIONS: Final = frozenset({"name", "allow_head", "expect_handler"})
PORT_MAX: Final = 65_535


@attrs.frozen
class PlannedServer:
    """What was configured of one server; `options` are for the listening call."""

    name: str
    host: str
    port: int
    enabled: bool
    allowed_hosts: tuple[str, ...]
    token: str = attrs.field(repr=False)
    options: Mapping[str, object]


@attrs.frozen
class PlannedRoute(Generic[HandlerT]):
    """What answers *method* on *path*; `options` are for the framework's router."""

    method: str
    path: str
    handler: HandlerT
    options: Mapping[str, object]


@attrs.define
class WebPlan(Generic[HandlerT]):
    """`servers` by name, `routes` by server name. Once `is_open`, only what is there may be added:
    other things raise RuntimeError.
    """

    servers: dict[str, PlannedServer] = attrs.field(init=False, factory=dict)
    routes: dict[str, list[PlannedRoute[HandlerT]]] = attrs.field(init=False, factory=dict)
    is_open: bool = attrs.field(init=False, default=False)

    def add_server(
        self,
        name: str,
        host: str,
        port: int,
        *,
        enabled: bool,
        allowed_hosts: Collection[str],
        token: str,
        options: Mapping[str, object],
    ) -> None:
        """Raises ValueError, and TypeError for an option that there is not."""
        where = f"web server {name!r}"
        _check_options(where, options, SERVER_OPTIONS)
        if type(options.get("backlog", 1)) is not int:
            raise TypeError(f"{where}: the backlog must be a whole number")
        if isinstance(allowed_hosts, str):
            raise ValueError(f"{where}: allowed_hosts is one string; give a list of names")
        if type(port) is not int or not 0 <= port <= PORT_MAX:
            raise ValueError(f"{where}: the port must be from 0 to {PORT_MAX}, not {port!r}")
        hosts = tuple(_host(where, each) for each in allowed_hosts)
        server = PlannedServer(name, host, port, enabled, hosts, _token(where, token), options)
        if self.is_open and self.servers.get(name) == server:
            return
        self._check_not_open(where)
        if name in self.servers:
            raise ValueError(f"there is a {where} already")
        self.servers[name] = server

    def add_route(
        self,
        server_name: str,
        method: str,
        path: str,
        handler: HandlerT,
        options: Mapping[str, object],
    ) -> None:
        """Raises ValueError, and TypeError for an option that there is not."""
        route = PlannedRoute(method.upper(), path, handler, options)
        where = f"web server {server_name!r}: the route {route.method} {path}"
        _check_options(where, options, ROUTE_OPTIONS)
        if not path.startswith("/"):
            raise ValueError(f"{where} cannot be added: a path begins with /")
        routes = self.routes.get(server_name, [])
        if self.is_open and route in routes:
            return
        self._check_not_open(where)
        if any((each.method, each.path) == (route.method, path) for each in routes):
            raise ValueError(f"{where} cannot be added: there is one already")
        self.routes[server_name] = [*routes, route]

    def _check_not_open(self, what: str) -> None:
        if self.is_open:
            raise RuntimeError(f"{what} comes too late: the web servers are open")


def _check_options(where: str, options: Mapping[str, object], known: frozenset[str]) -> None:
    if strangers := options.keys() - known:
        raise TypeError(f"{where}: there are no options {sorted(strangers)}")


def _host(where: str, name: str) -> str:
    checked = checked_host_name(name)
    if isinstance(checked, Failure):
        raise ValueError(f"{where}, allowed_hosts: {checked.failure()}")
    return checked.unwrap()


def _token(where: str, token: str) -> str:
    checked = checked_token(token)
    if isinstance(checked, Failure):
        raise ValueError(f"{where}: {checked.failure()}")
    return checked.unwrap()
