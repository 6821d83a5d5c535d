"""What every `LayoutSource` must do, as tests to be run on each adapter.

Subclass `LayoutSourceContract` under a name that pytest collects, and override its first methods.
The fields of the parts are those of the JSON files of GridWorks nodes.
"""

from collections.abc import Sequence

import attrs

from gwproactor.domain.hardware_layout import Component, ComponentAttributeClass, HardwareLayout
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure
from gwproactor.domain.sh_node import ShNode
from gwproactor.ports.hardware_layout import BadLayout, LayoutSource, NoLayout


@attrs.frozen
class LayoutParts:
    """What is written down, whether it fits together or not."""

    nodes: Sequence[ShNode] = ()
    components: Sequence[Component] = ()
    cacs: Sequence[ComponentAttributeClass] = ()


def node_written(name: str, **fields: Json) -> ShNode:
    """A node with *fields* beside its name."""
    written: dict[str, Json] = {"Name": name, "ActorClass": "NoActor"}
    written |= fields
    return ShNode(
        name=name,
        actor_class=str(written["ActorClass"]),
        component_id=str(written.get("ComponentId", "")),
        actor_hierarchy_name=str(written.get("ActorHierarchyName", name)),
        handle=str(written.get("Handle", name)),
        fields=written,
    )


METER_MODEL = ComponentAttributeClass(
    cac_id="m-1",
    type_name="meter.cac",
    fields={"ComponentAttributeClassId": "m-1", "TypeName": "meter.cac", "Phases": 3},
)
METER = Component(
    component_id="c-1",
    cac_id="m-1",
    type_name="meter.component",
    display_name="Meter of the hall",
    fields={
        "ComponentId": "c-1",
        "ComponentAttributeClassId": "m-1",
        "TypeName": "meter.component",
        "DisplayName": "Meter of the hall",
        "Channels": [{"Phase": 1}, {"Phase": 2}],
    },
)
METERED = LayoutParts(
    nodes=(
        node_written("s", ActorClass="House"),
        node_written(
            "meter", ActorClass="Meter", ActorHierarchyName="s.meter", ComponentId="c-1", Colour=7
        ),
    ),
    components=(METER,),
    cacs=(METER_MODEL,),
)


class LayoutSourceContract:
    """The tests."""

    def source(self, parts: LayoutParts) -> LayoutSource:
        """One that holds *parts*."""
        raise NotImplementedError

    def source_of_nothing(self) -> LayoutSource:
        """One that holds no layout."""
        raise NotImplementedError

    def write(self, source: LayoutSource, parts: LayoutParts) -> None:
        """Let *source* hold *parts* instead."""
        raise NotImplementedError

    def test_it_finds_what_is_written(self) -> None:
        layout = _loaded(self.source(METERED))
        assert list(layout.nodes.values()) == list(METERED.nodes)
        assert layout.component("meter") == METER
        assert layout.cac("meter") == METER_MODEL

    def test_it_keeps_what_nobody_here_knows(self) -> None:
        layout = _loaded(self.source(METERED))
        assert layout.nodes["meter"].fields["Colour"] == 7
        assert layout.components["c-1"].fields["Channels"] == [{"Phase": 1}, {"Phase": 2}]
        assert layout.cacs["m-1"].fields["Phases"] == 3

    def test_a_layout_may_have_no_nodes(self) -> None:
        assert not _loaded(self.source(LayoutParts())).nodes

    def test_that_there_is_none_is_told(self) -> None:
        loaded = self.source_of_nothing().load()
        assert isinstance(loaded, Failure)
        assert isinstance(loaded.failure(), NoLayout)

    def test_everything_that_does_not_fit_is_told_at_once(self) -> None:
        source = self.source(
            LayoutParts(
                nodes=(
                    node_written("a", ActorClass="Valve", ActorHierarchyName="s.a"),
                    node_written("b", ComponentId="c-1"),
                    node_written("c", ComponentId="c-2"),
                    node_written("d", Handle="boss.d"),
                ),
                components=(METER,),
            )
        )
        loaded = source.load()
        assert isinstance(loaded, Failure)
        bad = loaded.failure()
        assert isinstance(bad, BadLayout)
        places = [fault.place for fault in bad.faults]
        assert places == ["node 'a'", "node 'c'", "node 'd'", "component 'c-1'"]

    def test_each_load_looks_anew(self) -> None:
        source = self.source(METERED)
        assert "pump" not in _loaded(source).nodes
        self.write(source, LayoutParts(nodes=[node_written("pump")]))
        assert list(_loaded(source).nodes) == ["pump"]


def _loaded(source: LayoutSource) -> HardwareLayout:
    loaded = source.load()
    assert not isinstance(loaded, Failure), loaded
    return loaded.unwrap()
