"""The hardware layout: what is installed at a site, under which names, and who acts for it.

Nodes refer to components (a device that is there), components to their attribute class (what all
devices of one make and model share). A layout that exists is whole: every reference leads
somewhere.
"""

from collections.abc import Mapping, Sequence

import attrs

from gwproactor.domain.message import JsonObject
from gwproactor.domain.sh_node import ShNode


@attrs.frozen(kw_only=True)
class ComponentAttributeClass:
    """What components of one make and model have in common; `fields` as in `ShNode`."""

    cac_id: str
    type_name: str = ""
    display_name: str = ""
    fields: JsonObject = attrs.field(factory=dict, repr=False, hash=False)


@attrs.frozen(kw_only=True)
class Component:
    """A device. `type_name` tells which `fields` it has beyond those named here."""

    component_id: str
    cac_id: str
    type_name: str = ""
    display_name: str = ""
    fields: JsonObject = attrs.field(factory=dict, repr=False, hash=False)


@attrs.frozen
class LayoutFault:
    """`place` says where in the layout, `text` what is wrong there; neither shows a value of
    `fields`. `lost` is the class of a part of which it says that there is none: it may be one that
    could not be read.
    """

    place: str
    text: str
    lost: type | None = None


@attrs.frozen(kw_only=True)
class HardwareLayout:
    """A whole layout, made by `layout_of`; by default that of a node without hardware.

    `nodes` by name, `components` and `cacs` by id, all in the order in which they are written.
    `fields` is everything that was written; `origin` says where, for messages.
    """

    nodes: Mapping[str, ShNode] = attrs.field(factory=dict)
    components: Mapping[str, Component] = attrs.field(factory=dict)
    cacs: Mapping[str, ComponentAttributeClass] = attrs.field(factory=dict)
    fields: JsonObject = attrs.field(factory=dict, repr=False, hash=False)
    origin: str = "hardware layout"

    def node(self, name: str) -> ShNode | None:
        """None: there is none of that name."""
        return self.nodes.get(name)

    def node_by_handle(self, handle: str) -> ShNode | None:
        """The first one, as everywhere if several have one handle; None: there is none."""
        return next((node for node in self.nodes.values() if node.handle == handle), None)

    def parent_node(self, node: ShNode) -> ShNode | None:
        """Who starts its actor, by the hierarchy names; None: nobody."""
        wanted = node.parent_hierarchy_name
        return next(
            (one for one in self.nodes.values() if one.actor_hierarchy_name == wanted), None
        )

    def nodes_below(self, node: ShNode) -> Sequence[ShNode]:
        """Its children in the hierarchy, their children, and so on."""
        start = f"{node.actor_hierarchy_name}."
        return [one for one in self.nodes.values() if one.actor_hierarchy_name.startswith(start)]

    def boss_node(self, node: ShNode) -> ShNode | None:
        """Who commands it, by the handles; a handle without dots commands itself."""
        return self.node_by_handle(node.boss_handle) if node.boss_handle else node

    def direct_reports(self, node: ShNode) -> Sequence[ShNode]:
        """Whom it commands, without itself."""
        return [one for one in self.nodes.values() if one.boss_handle == node.handle]

    def component(self, node_name: str) -> Component | None:
        """The device of a node; None: it has none, or there is no such node."""
        node = self.nodes.get(node_name)
        return self.components.get(node.component_id) if node is not None else None

    def cac(self, node_name: str) -> ComponentAttributeClass | None:
        """The attribute class of the device of a node."""
        component = self.component(node_name)
        return self.cacs.get(component.cac_id) if component is not None else None

    def components_of_type(self, type_name: str) -> Sequence[Component]:
        """Those of one TypeName."""
        return [one for one in self.components.values() if one.type_name == type_name]

    def nodes_of_component(self, component_id: str) -> Sequence[ShNode]:
        """Several nodes may share one device, as the relays of one board do."""
        return [node for node in self.nodes.values() if node.component_id == component_id]
