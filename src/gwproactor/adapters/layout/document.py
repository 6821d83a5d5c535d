"""The JSON document of a layout, as GridWorks nodes have it, and the parts that it describes.

`ShNodes` is the list of nodes. Every list whose name ends with `Components` holds components, every
one whose name ends with `Cacs` attribute classes. All else is kept, and nothing is asked of it.
"""

from collections.abc import Iterator, Mapping
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
# By which others refer to a part.
NAMING: Final[Mapping[type, tuple[str, ...]]] = {
    ShNode: ("Name", "ActorHierarchyName", "Handle"),
    Component: ("ComponentId",),
    ComponentAttributeClass: ("ComponentAttributeClassId",),
}


def read_layout(
    document: Json, origin: str = "hardware layout"
) -> Outcome[HardwareLayout, tuple[LayoutFault, ...]]:
    """The layout that *document* describes, or everything that is wrong with it."""
    if not isinstance(document, dict):
        return Failure((LayoutFault("", f"must be a JSON object, not {_kind(document)}"),))
    found = _Found()
    if NODES not in document:
        found.faults.append(LayoutFault("", f"has no list {NODES}, so it is no hardware layout"))
    layout = layout_of(
        [node for part in found.parts(document, NODES, ShNode) if (node := _node(part)).name],
        [
            component
            for key in document
            if key.endswith(COMPONENTS)
            for part in found.parts(document, key, Component)
            if (component := _component(part)).component_id
        ],
        [
            cac
            for key in document
            if key.endswith(CACS)
            for part in found.parts(document, key, ComponentAttributeClass)
            if (cac := _cac(part)).cac_id
        ],
        fields=document,
        origin=origin,
    )
    match layout:
        case Failure(misfits):
            told = (misfit for misfit in misfits if misfit.lost not in found.unread)
            return Failure((*found.faults, *told))
        case Success():
            return Failure(tuple(found.faults)) if found.faults else layout


@attrs.frozen
class _Found:
    """What is wrong with single parts; `unread`: of these, some have no name that is known."""

    faults: list[LayoutFault] = attrs.field(factory=list)
    unread: set[type] = attrs.field(factory=set)

    def parts(self, document: JsonObject, key: str, kind: type) -> "Iterator[_Part]":
        """Those in the list *key*."""
        listed = document.get(key, [])
        if not isinstance(listed, list):
            self._is_unread(kind, LayoutFault(key, f"must be a list, not {_kind(listed)}"))
            return
        for index, fields in enumerate(listed):
            place = f"{key}[{index}]"
            if not isinstance(fields, dict):
                self._is_unread(kind, LayoutFault(place, f"must be an object, not {_kind(fields)}"))
                continue
            name = fields.get("Name", fields.get("DisplayName"))
            place = f"{place} {name!r}" if isinstance(name, str) else place
            yield _Part(place, fields, self, kind)

    def wrong(self, part: "_Part", key: str, text: str) -> None:
        fault = LayoutFault(part.place, text)
        if key in NAMING[part.kind]:
            self._is_unread(part.kind, fault)
        else:
            self.faults.append(fault)

    def _is_unread(self, kind: type, fault: LayoutFault) -> None:
        self.faults.append(fault)
        self.unread.add(kind)


@attrs.frozen
class _Part:
    """An object in a list of the document."""

    place: str
    fields: JsonObject
    found: _Found
    kind: type

    def text(self, key: str) -> str:
        """Empty, if it is not there."""
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.found.wrong(self, key, f"{key} must be a text, not {_kind(value)}")
        return ""

    def needed(self, key: str) -> str:
        """Empty, with a fault, if it is not there."""
        if self.fields.get(key) in (None, ""):
            self.found.wrong(self, key, f"has no {key}")
            return ""
        return self.text(key)


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
