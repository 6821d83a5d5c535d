"""The JSON document of a layout, as GridWorks nodes have it, and the parts that it describes.

`ShNodes` is the list of nodes. Every list whose name ends with `Components` holds components, every
one whose name ends with `Cacs` attribute classes. All else is kept, and nothing is asked of it.
"""

from collections.abc import Iterator
from typing import Final

import attrs

from gwproactor.domain.hardware_layout import (
    Component,
    ComponentAttributeClass,
    HardwareLayout,
    LayoutFault,
)
from gwproactor.domain.layout_check import layout_of
from gwproactor.domain.message import Json, JsonObject
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.sh_node import ShNode

NODES: Final = "ShNodes"
COMPONENTS: Final = "Components"
CACS: Final = "Cacs"


def read_layout(
    document: Json, origin: str = "hardware layout"
) -> Outcome[HardwareLayout, tuple[LayoutFault, ...]]:
    """The layout that *document* describes, or everything that is wrong with it."""
    if not isinstance(document, dict):
        return Failure((LayoutFault("", f"must be a JSON object, not {_kind(document)}"),))
    faults: list[LayoutFault] = []
    if NODES not in document:
        faults.append(LayoutFault("", f"has no list {NODES}, so it is no hardware layout"))
    layout = layout_of(
        [node for part in _parts(document, NODES, faults) if (node := _node(part)).name],
        [
            component
            for key in document
            if key.endswith(COMPONENTS)
            for part in _parts(document, key, faults)
            if (component := _component(part)).component_id
        ],
        [
            cac
            for key in document
            if key.endswith(CACS)
            for part in _parts(document, key, faults)
            if (cac := _cac(part)).cac_id
        ],
        fields=document,
        origin=origin,
    )
    match layout:
        case Failure(misfits):
            return Failure((*faults, *misfits))
        case Success():
            return Failure(tuple(faults)) if faults else layout


@attrs.frozen
class _Part:
    """An object in a list of the document; what is wrong with it goes to `faults`."""

    place: str
    fields: JsonObject
    faults: list[LayoutFault]

    def text(self, key: str) -> str:
        """Empty, if it is not there."""
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.faults.append(LayoutFault(self.place, f"{key} must be a text, not {_kind(value)}"))
        return ""

    def needed(self, key: str) -> str:
        """Empty, with a fault, if it is not there."""
        if self.fields.get(key) in (None, ""):
            self.faults.append(LayoutFault(self.place, f"has no {key}"))
            return ""
        return self.text(key)


def _parts(document: JsonObject, key: str, faults: list[LayoutFault]) -> Iterator[_Part]:
    listed = document.get(key, [])
    if not isinstance(listed, list):
        faults.append(LayoutFault(key, f"must be a list, not {_kind(listed)}"))
        return
    for index, fields in enumerate(listed):
        place = f"{key}[{index}]"
        if not isinstance(fields, dict):
            faults.append(LayoutFault(place, f"must be an object, not {_kind(fields)}"))
            continue
        name = fields.get("Name", fields.get("DisplayName"))
        yield _Part(f"{place} {name!r}" if isinstance(name, str) else place, fields, faults)


def _node(part: _Part) -> ShNode:
    name = part.needed("Name")
    return ShNode(
        name=name,
        actor_class=part.needed("ActorClass"),
        display_name=part.text("DisplayName"),
        sh_node_id=part.text("ShNodeId"),
        component_id=part.text("ComponentId"),
        actor_hierarchy_name=part.text("ActorHierarchyName") or name,
        handle=part.text("Handle") or name,
        fields=part.fields,
    )


def _component(part: _Part) -> Component:
    return Component(
        component_id=part.needed("ComponentId"),
        cac_id=part.needed("ComponentAttributeClassId"),
        type_name=part.needed("TypeName"),
        display_name=part.text("DisplayName"),
        fields=part.fields,
    )


def _cac(part: _Part) -> ComponentAttributeClass:
    return ComponentAttributeClass(
        cac_id=part.needed("ComponentAttributeClassId"),
        type_name=part.text("TypeName"),
        display_name=part.text("DisplayName"),
        fields=part.fields,
    )


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
