"""The graph of a container is told as it is, with what was replaced and what was added."""

from dependency_injector import providers

from gwproactor import Clock, Communicator, ProactorContainer, assemble, build_node
from gwproactor.adapters.memory import MemoryEventStore
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
