"""Layouts of the tests."""

from gwproactor.adapters.layout import read_layout
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.message import Json, JsonObject

WEB_MODEL: JsonObject = {"ComponentAttributeClassId": "m-web", "TypeName": "cac"}


def node(name: str, actor_class: str = "NoActor", **fields: Json) -> JsonObject:
    """As it is written in a file."""
    return {"Name": name, "ActorClass": actor_class, **fields}


def child(name: str, actor_class: str, of: str = "s", **fields: Json) -> JsonObject:
    """One whose actor is below *of*."""
    return node(name, actor_class, ActorHierarchyName=f"{of}.{name}", **fields)


def web_server(component_id: str, section: Json) -> JsonObject:
    """A component that configures a web server."""
    return {
        "ComponentId": component_id,
        "ComponentAttributeClassId": "m-web",
        "TypeName": "web.server.component.gt",
        "WebServer": section,
    }


def rest_poller(component_id: str, section: Json) -> JsonObject:
    """A component that configures a REST poller."""
    return {
        "ComponentId": component_id,
        "ComponentAttributeClassId": "m-web",
        "TypeName": "rest.poller.component.gt",
        "Rest": section,
    }


def document(nodes: list[JsonObject], components: list[JsonObject] | None = None) -> JsonObject:
    """A file of *nodes* and components of `WEB_MODEL`."""
    return {
        "ShNodes": list(nodes),
        "OtherComponents": list(components or []),
        "OtherCacs": [WEB_MODEL],
    }


def site(nodes: list[JsonObject], components: list[JsonObject] | None = None) -> HardwareLayout:
    """The layout of such a file."""
    return read_layout(document(nodes, components), "site.json").unwrap()
