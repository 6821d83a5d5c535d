"""Actors that the layout asks for: which are made, how, and what is refused."""

import types
from abc import ABC, abstractmethod

import pytest

from gwproactor import Actor, EventLog, ShNode
from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryEventLog, SeededChance
from gwproactor.app.layout.actors import ActorMaker, actor_makers, load_actors
from gwproactor.app.layout.error import LayoutError
from gwproactor.domain.hardware_layout import HardwareLayout
from tests.app.layout.sites import child, node, site


class Valve(Actor):
    """An actor with a port of its own."""

    def __init__(self, name: str, *, node: ShNode, event_log: EventLog) -> None:
        super().__init__(name, node=node)
        self.event_log = event_log


class HallValve(Valve):
    """Another of the same constructor."""


class AnyValve(Valve, ABC):
    """None: it cannot be made."""

    @abstractmethod
    def turn(self) -> None: ...


class Fan(Actor):
    """An actor without ports."""


EVENT_LOG = MemoryEventLog(LoopClock(), SeededChance(1))
MAKERS: dict[str, ActorMaker[Actor]] = {
    "Valve": lambda node: Valve(node.name, node=node, event_log=EVENT_LOG),
    "Fan": lambda node: Fan(node.name, node=node),
}
HOUSE = site(
    [
        node("s", "House"),
        node("s2", "Shed"),
        child("v1", "Valve", DisplayName="Valve of the hall"),
        child("hall", "NoActor"),
        child("fan", "Fan"),
        child("v2", "Valve", of="s.fan"),
        child("v3", "Valve", of="s2"),
        node("lamp", "Lamp"),
    ]
)


def refusal(layout: HardwareLayout, **wishes: object) -> list[str]:
    given = {"makers": MAKERS, "parent": "s"} | wishes
    with pytest.raises(LayoutError) as refused:
        load_actors(layout, **given)  # type: ignore[arg-type] # keywords by name
    assert str(refused.value) == "\n".join(map(str, refused.value.faults))
    return [str(fault) for fault in refused.value.faults]


def test_each_node_below_the_parent_gets_the_actor_of_its_class() -> None:
    actors = load_actors(HOUSE, MAKERS, parent="s")
    assert [(actor.name, type(actor)) for actor in actors] == [
        ("v1", Valve),
        ("fan", Fan),
        ("v2", Valve),
    ]
    assert [actor.node for actor in actors] == [HOUSE.node(name) for name in ("v1", "fan", "v2")]
    assert actors[0].alias == "Valve of the hall"


def test_each_parent_has_its_own() -> None:
    assert [actor.name for actor in load_actors(HOUSE, MAKERS, parent="s2")] == ["v3"]


def test_a_makers_actor_gets_its_ports() -> None:
    first = load_actors(HOUSE, MAKERS, parent="s")[0]
    assert isinstance(first, Valve)
    assert first.event_log is EVENT_LOG


@pytest.mark.parametrize(("left_out", "made"), [("Valve", ["fan"]), ("v1", ["fan", "v2"])])
def test_nodes_and_classes_may_be_left_to_others(left_out: str, made: list[str]) -> None:
    actors = load_actors(HOUSE, MAKERS, parent="s", left_out={left_out})
    assert [actor.name for actor in actors] == made


def test_who_is_left_out_needs_no_maker() -> None:
    only_fans = {"Fan": MAKERS["Fan"]}
    assert len(load_actors(HOUSE, only_fans, parent="s", left_out={"Valve"})) == 1


def test_a_parent_that_is_not_there_is_refused() -> None:
    assert refusal(HOUSE, parent="s3") == [
        "site.json: has no node 's3' to be the parent of actors; there are as such: s, fan, s2"
    ]


def test_a_node_that_needs_actors_needs_a_layout() -> None:
    empty = HardwareLayout(origin="/etc/layout.json (there is no such file)")
    assert refusal(empty) == [
        "/etc/layout.json (there is no such file): has no node 's' to be the parent of actors; "
        "there are as such: none"
    ]


def test_everything_that_nobody_makes_is_told_at_once() -> None:
    many = site(
        [
            node("s", "House"),
            *(child(f"r{number}", "Relay") for number in range(7)),
            child("v1", "Valv"),
        ]
    )
    assert refusal(many, left_out=["Relais", "r1"]) == [
        "site.json: nobody makes an actor of the ActorClass 'Relay', which r0, r2, r3, r4, r5 "
        "and 1 more have: give load_actors a maker of it, or leave it out",
        "site.json: nobody makes an actor of the ActorClass 'Valv', which v1 has: give load_actors "
        "a maker of it, or leave it out; did you mean 'Valve'?",
        "site.json: 'Relais' is to be left out, but there is neither an actor of that name below "
        "'s', nor one of that ActorClass; did you mean 'Relay'?",
    ]


@pytest.mark.parametrize(
    "maker", [lambda node: Fan(node.name), lambda node: Fan("fun", node=node)], ids=["node", "name"]
)
def test_an_actor_of_another_node_is_refused(maker: ActorMaker[Actor]) -> None:
    with pytest.raises(ValueError, match="a maker must hand on the node that it is given"):
        load_actors(HOUSE, MAKERS | {"Fan": maker}, parent="s")


def test_what_a_maker_raises_names_the_node() -> None:
    def fail(node: ShNode) -> Actor:
        raise OSError("no bus")

    with pytest.raises(OSError, match="no bus") as raised:
        load_actors(HOUSE, MAKERS | {"Fan": fail}, parent="s")
    assert raised.value.__notes__ == ["while making the Fan of the layout's node 'fan'"]


def test_the_actors_of_a_module_are_made_by_their_class_names() -> None:
    module = types.ModuleType("house_actors")
    vars(module).update(
        Valve=Valve, HallValve=HallValve, Fan=Fan, AnyValve=AnyValve, Actor=Actor, valve="none"
    )
    made = actor_makers(
        module, Valve, lambda kind, node: kind(node.name, node=node, event_log=EVENT_LOG)
    )
    assert list(made) == ["HallValve"]
    hall = made["HallValve"](ShNode(name="v9"))
    assert (type(hall), hall.node.name) == (HallValve, "v9")
    assert set(actor_makers(module, Actor, lambda kind, node: kind(node.name, node=node))) == {
        "Valve",
        "HallValve",
        "Fan",
    }
