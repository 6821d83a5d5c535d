"""Web servers that a hardware layout configures, as in the original library.

Each is a component of the type `web.server.component.gt`, whose `WebServer` has the members `Name`,
`Host`, `Port`, `Enabled` and `Kwargs`, each with a default.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from gwproactor.app.config.fault import Fault
from gwproactor.app.layout.error import LayoutError, fault_in
from gwproactor.app.layout.section import sections_in
from gwproactor.domain.hardware_layout import HardwareLayout, LayoutFault
from gwproactor.domain.outcome import Failure, Outcome, Success

WEB_SERVER_TYPE: Final = "web.server.component.gt"
SECTION: Final = "WebServer"


class ListenOptions(BaseModel):
    """What a file can say of the listening call of aiohttp, which else has its defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    backlog: int = Field(128, ge=1)
    reuse_address: bool | None = None
    reuse_port: bool | None = None


class LayoutWebServer(BaseModel):
    """One server, with the defaults of the original library."""

    model_config = ConfigDict(
        alias_generator=to_pascal, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    name: str = Field("default", min_length=1)
    host: str = Field("localhost", min_length=1)
    port: int = Field(8080, ge=0, le=65_535)
    enabled: bool = True
    listen: ListenOptions = Field(ListenOptions(), alias="Kwargs")

    @property
    def options(self) -> dict[str, Any]:
        """Those that were given."""
        return self.listen.model_dump(exclude_unset=True)


def web_servers_of(layout: HardwareLayout) -> tuple[LayoutWebServer, ...]:
    """Raises LayoutError with everything that is wrong with any of them."""
    match web_servers_in(layout):
        case Success(servers):
            return servers
        case Failure(faults):
            raise LayoutError(faults)


def web_servers_in(
    layout: HardwareLayout,
) -> Outcome[tuple[LayoutWebServer, ...], tuple[Fault, ...]]:
    """Those of the layout, in its order, or everything that is wrong with any of them."""
    servers, faults = sections_in(layout, WEB_SERVER_TYPE, SECTION, LayoutWebServer)
    told = [fault_in(layout.origin, fault) for fault in (*faults, *_named_twice(servers))]
    return Failure(tuple(told)) if told else Success(tuple(servers.values()))


def _named_twice(servers: Mapping[str, LayoutWebServer]) -> Iterator[LayoutFault]:
    first: dict[str, str] = {}
    for component_id, server in servers.items():
        if first.setdefault(server.name, component_id) != component_id:
            text = f"the web server {server.name!r} is configured by {first[server.name]!r} too"
            yield LayoutFault(f"component {component_id!r}", text)
