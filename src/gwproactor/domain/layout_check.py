"""Putting the parts of a layout together, or telling everything that does not fit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from gwproactor.domain.hardware_layout import (
    Component,
    ComponentAttributeClass,
    HardwareLayout,
    LayoutFault,
)
from gwproactor.domain.message import JsonObject
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.sh_node import ShNode

PartT = TypeVar("PartT")

# They would change the structure of a topic. A `-`, which reads as `.` there, is in many names.
NOT_IN_TOPICS: Final = "/+#"


def layout_of(
    nodes: Sequence[ShNode],
    components: Sequence[Component] = (),
    cacs: Sequence[ComponentAttributeClass] = (),
    *,
    fields: JsonObject | None = None,
    origin: str = "hardware layout",
) -> Outcome[HardwareLayout, tuple[LayoutFault, ...]]:
    """The layout of these parts, or everything that is wrong with it, at least one fault.

    A part that is written twice in the same words counts once.
    """
    layout = HardwareLayout(
        nodes={node.name: node for node in nodes},
        components={component.component_id: component for component in components},
        cacs={cac.cac_id: cac for cac in cacs},
        fields=fields or {},
        origin=origin,
    )
    faults = (
        *_twice(nodes, _node_place, "another node has this name"),
        *_twice(components, _component_place, "another component has this id"),
        *_twice(cacs, _cac_place, "another attribute class has this id"),
        *(fault for node in layout.nodes.values() for fault in _unfit_name(node)),
        *_shared_ids(nodes),
        *(fault for node in layout.nodes.values() for fault in _lost_links(layout, node)),
        *(
            LayoutFault(
                _component_place(component),
                f"its attribute class {component.cac_id!r} is not in the layout",
                ComponentAttributeClass,
            )
            for component in layout.components.values()
            if component.cac_id and component.cac_id not in layout.cacs
        ),
    )
    return Failure(faults) if faults else Success(layout)


def _node_place(node: ShNode) -> str:
    return f"node {node.name!r}"


def _component_place(component: Component) -> str:
    return f"component {component.component_id!r}"


def _cac_place(cac: ComponentAttributeClass) -> str:
    return f"attribute class {cac.cac_id!r}"


def _twice(
    parts: Iterable[PartT], place_of: Callable[[PartT], str], text: str
) -> Iterator[LayoutFault]:
    first: dict[str, PartT] = {}
    for part in parts:
        if first.setdefault(place_of(part), part) != part:
            yield LayoutFault(place_of(part), text)


def _unfit_name(node: ShNode) -> Iterator[LayoutFault]:
    for character in node.name:
        if character in NOT_IN_TOPICS or character.isspace() or not character.isprintable():
            text = f"its name has {character!r} in it, which no topic can carry"
            yield LayoutFault(_node_place(node), text)
            return


def _shared_ids(nodes: Iterable[ShNode]) -> Iterator[LayoutFault]:
    first: dict[str, ShNode] = {}
    for node in nodes:
        owner = first.setdefault(node.sh_node_id, node)
        if node.sh_node_id and owner.name != node.name:
            yield LayoutFault(
                _node_place(node),
                f"its ShNodeId {node.sh_node_id!r} is that of the node {owner.name!r} too",
            )


def _lost_links(layout: HardwareLayout, node: ShNode) -> Iterator[LayoutFault]:
    place = _node_place(node)
    if node.component_id and node.component_id not in layout.components:
        text = f"its component {node.component_id!r} is not in the layout"
        yield LayoutFault(place, text, Component)
    # Who has no actor needs nobody to start it: the original library does not look either.
    parent = node.parent_hierarchy_name
    if node.has_actor and parent and layout.parent_node(node) is None:
        yield LayoutFault(
            place,
            f"its ActorHierarchyName {node.actor_hierarchy_name!r} is below {parent!r}, "
            "which no node has",
            ShNode,
        )
    if layout.boss_node(node) is None:
        yield LayoutFault(
            place,
            f"its Handle {node.handle!r} is below {node.boss_handle!r}, which no node has",
            ShNode,
        )
