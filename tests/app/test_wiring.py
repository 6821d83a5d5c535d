"""The graph of a container is told as it is, with what was replaced and what was added."""

import pytest
from dependency_injector import containers, errors, providers

from gwproactor import Clock, Communicator, ProactorContainer, assemble, build_node
from gwproactor.adapters.memory import MemoryEventStore
from gwproactor.app.wiring import wiring_of
from gwproactor.domain.status import WiringEntry
from tests.support.family import child_settings


class Meter(Communicator):
    def __init__(self, name: str, *, clock: Clock) -> None:
        super().__init__(name)
        self.clock = clock


class MeterContainer(ProactorContainer):
    meter: providers.Provider[Meter] = providers.Singleton(
        Meter, "meter", clock=ProactorContainer.clock
    )


def entries() -> dict[str, WiringEntry]:
    container = assemble(child_settings(handler=""), MeterContainer, event_store=MemoryEventStore())
    build_node(container)
    return {entry.name: entry for entry in container.node_status().wiring()}


def test_every_part_is_told_in_the_order_of_the_container() -> None:
    assert list(entries()) == list(MeterContainer.providers)


def test_a_part_names_its_class_and_what_it_was_built_from() -> None:
    told = entries()

    assert told["own_events"].class_name == "OwnEvents"
    assert told["own_events"].needs == ("intake", "clock")
    assert told["settings"].class_name == "ProactorSettings"
    assert told["settings"].needs == ()


def test_what_a_deployment_adds_leads_to_the_parts_of_the_base() -> None:
    assert entries()["meter"] == WiringEntry(name="meter", class_name="Meter", needs=("clock",))


def test_what_a_deployment_replaces_is_told_and_not_what_it_replaced() -> None:
    assert entries()["event_store"] == WiringEntry(
        name="event_store", class_name="MemoryEventStore", needs=()
    )


def test_of_many_parts_in_one_those_are_told() -> None:
    told = entries()

    assert told["link_transports"].class_name == "dict of PahoLinkTransport"
    assert told["ssl_contexts"].class_name == "empty dict"
    assert told["services"].class_name.startswith("list of NodeIOLoop, WebService, ")


def test_each_need_is_a_part() -> None:
    told = entries()

    assert {need for entry in told.values() for need in entry.needs} <= told.keys()


class Valve:
    """Counts how many there are."""

    made = 0

    def __init__(self, *needs: object) -> None:
        Valve.made += 1
        self.needs = needs


class OtherValve(Valve):
    """Stands for what a deployment replaces the valve by."""


class Parts(containers.DeclarativeContainer):
    clock = providers.Singleton(object)
    valve = providers.Factory(Valve, clock)
    store = providers.Singleton(dict[str, int])


def told(container: containers.Container) -> dict[str, WiringEntry]:
    return {entry.name: entry for entry in wiring_of(container.providers)}


@pytest.mark.parametrize(
    ("replacement", "class_name"),
    [(providers.Object(OtherValve()), "OtherValve"), (providers.Factory(OtherValve), "OtherValve")],
    ids=["object", "factory"],
)
def test_of_a_replaced_factory_the_replacement_is_told(
    replacement: providers.Provider[Valve], class_name: str
) -> None:
    entry = told(Parts(valve=replacement))["valve"]

    assert (entry.class_name, entry.needs) == (class_name, ())


def test_a_part_of_a_part_is_a_need_of_it_too() -> None:
    class House(Parts):
        heater = providers.Singleton(
            Valve,
            Parts.store.provided.get.call("x"),
            providers.List(Parts.clock, Parts.valve.provider),
            Parts.store,
        )

    assert told(House())["heater"].needs == ("store", "clock", "valve")


@pytest.mark.parametrize("given_by", ["default", "keyword"])
def test_telling_the_graph_makes_nothing(given_by: str) -> None:
    class House(Parts):
        wanted: providers.Dependency[Valve] = providers.Dependency(default=Parts.valve)

    container = House() if given_by == "default" else House(wanted=providers.Factory(OtherValve))
    before = Valve.made
    entry = told(container)["wanted"]

    assert Valve.made == before
    expected = {"default": ("Valve", ("valve",)), "keyword": ("OtherValve", ())}
    assert (entry.class_name, entry.needs) == expected[given_by]


def test_what_was_not_given_is_named() -> None:
    class Undefined(ProactorContainer):
        maybe: providers.Dependency[Valve] = providers.Dependency()

    with pytest.raises(errors.Error, match="maybe") as raised:
        build_node(assemble(child_settings(handler=""), Undefined))

    assert "while building 'maybe'" in raised.value.__notes__
