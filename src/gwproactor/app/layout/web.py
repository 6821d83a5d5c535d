"""Web servers that a hardware layout configures, as in the original library.

Each is a component of the type `web.server.component.gt`, whose `WebServer` has the members `Name`,
`Host`, `Port`, `Enabled` and `Kwargs`, each with a default.
"""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from gwproactor.app.config.fault import Fault
from gwproactor.app.layout.error import LayoutError, fault_in
from gwproactor.domain.hardware_layout import Component, HardwareLayout, LayoutFault
from gwproactor.domain.outcome import Failure, Outcome, Success

WEB_SERVER_TYPE: Final = "web.server.component.gt"
SECTION: Final = "WebServer"
OWN_WORDS: Final = {
    "extra_forbidden": "is no option that a layout may set",
    "string_too_short": "must not be empty",
}


class ListenOptions(BaseModel):
    """What a file can say of the listening call of aiohttp, which else has its defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    backlog: int = Field(128, ge=1)
    reuse_address: bool | None = None
    reuse_port: bool | None = None


class LayoutWebServer(BaseModel):
    """One server, with the defaults of the original library."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True, hide_input_in_errors=True)

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
    servers: dict[str, LayoutWebServer] = {}
    faults: list[LayoutFault] = []
    for component in layout.components_of_type(WEB_SERVER_TYPE):
        place = f"component {component.component_id!r}"
        match _server(component):
            case Failure(texts):
                faults += [LayoutFault(place, text) for text in texts]
            case Success(server) if server.name in servers:
                text = f"another component configures the web server {server.name!r}"
                faults.append(LayoutFault(place, text))
            case Success(server):
                servers[server.name] = server
    if faults:
        return Failure(tuple(fault_in(layout.origin, fault) for fault in faults))
    return Success(tuple(servers.values()))


def _server(component: Component) -> Outcome[LayoutWebServer, tuple[str, ...]]:
    section = component.fields.get(SECTION)
    if not isinstance(section, dict):
        return Failure((f"needs an object {SECTION}",))
    try:
        return Success(LayoutWebServer.model_validate(section))
    except ValidationError as error:
        return Failure(tuple(_texts(error)))


def _texts(error: ValidationError) -> Iterator[str]:
    from gwproactor.app.config.words import WORDS  # noqa: PLC0415 - for a faulty layout only

    for each in error.errors(include_input=False, include_url=False):
        member = ".".join(map(str, (SECTION, *each["loc"])))
        kind = each["type"]
        words = OWN_WORDS.get(kind) or WORDS.get(kind)
        yield f"{member} {words.format_map(each.get('ctx', {})) if words else each['msg']}"
