"""The container: what is wired to what, and what is refused before anything is opened."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import pytest
from dependency_injector import containers, errors, providers
from typing_extensions import override

from gwproactor import (
    CORE_NAMESPACE,
    Actor,
    Clock,
    Communicator,
    Communicators,
    EventLog,
    HardwareLayout,
    LinkPublisher,
    LinkSettings,
    MessageBus,
    MessageNamespace,
    MQTTClient,
    Paths,
    Proactor,
    ProactorContainer,
    ProactorSettings,
    assemble,
    build_node,
)
from gwproactor.adapters.codec import LinkCodec
from gwproactor.adapters.memory import (
    MemoryBroker,
    MemoryEventSink,
    MemoryEventStore,
    MemoryInstanceId,
    SeededChance,
    VirtualClock,
)
from gwproactor.adapters.mqtt import PahoLinkTransport
from gwproactor.adapters.persistence import (
    DirectoryEventSink,
    NullEventSink,
    NullEventStore,
    RollingFilesEventStore,
    SqliteEventSink,
    SqliteEventStore,
)
from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.core_status import CoreStatus
from gwproactor.app.dbg import DBG
from gwproactor.app.delivery import Delivery
from gwproactor.app.engine import Engine
from gwproactor.app.event_intake import EventIntake
from gwproactor.app.event_log import NodeEventLog
from gwproactor.app.io_loop import NodeIOLoop
from gwproactor.app.link_log import LinkLog
from gwproactor.app.loop_lag import LoopLag
from gwproactor.app.media import Media
from gwproactor.app.message_bus import LocalMessageBus
from gwproactor.app.own_events import OwnEvents
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.relay_sink import RelaySink
from gwproactor.app.rest.polling import HttpPolling
from gwproactor.app.settings import StoreKind
from gwproactor.app.sink_watch import SinkWatch
from gwproactor.app.stall_sampler import StallWatch
from gwproactor.app.status_pages import StatusPages
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import WatchdogManager
from gwproactor.app.watchdog_keeper import WatchdogKeeper
from gwproactor.app.web import WebService
from gwproactor.app.wiring import Wiring
from gwproactor.domain.moment import Chance
from gwproactor.domain.node import NodeCore
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_reader import EventReader
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.ports.failures import Failures
from gwproactor.ports.hardware_layout import LayoutSource
from gwproactor.ports.http_client import HttpClient
from gwproactor.ports.instance_id import InstanceId
from gwproactor.ports.io_loop import IOLoop, IORunner
from gwproactor.ports.link_transport import LinkTransport
from gwproactor.ports.node_status import NodeStatusSource
from gwproactor.ports.stacks import Stacks
from gwproactor.ports.stall_sampler import StallSampler
from gwproactor.ports.stop_switch import StopSwitch
from gwproactor.ports.web_servers import WebServers
from tests.support.family import TYPES, Recorder, RecorderContainer, child_settings


def settings_in(folder: Path) -> ProactorSettings:
    return child_settings(handler="", paths=Paths(data_dir=folder))


# What each provider gives; of a mapping, each value.
PORTS: dict[str, type] = {
    "settings": ProactorSettings,
    "namespace": MessageNamespace,
    "link_namespaces": MessageNamespace,
    "ssl_contexts": ssl.SSLContext,
    "clock": Clock,
    "chance": Chance,
    "layout_source": LayoutSource,
    "hardware_layout": HardwareLayout,
    "event_store": EventStore,
    "event_sink": EventSink,
    "sink_watch": SinkWatch,
    "codecs": Codec,
    "instance_id": InstanceId,
    "http_client": HttpClient,
    "http_polling": HttpPolling,
    "link_transports": LinkTransport,
    "core": NodeCore,
    "registry": CommunicatorRegistry,
    "intake": EventIntake,
    "node_stop_switch": NodeStopSwitch,
    "stop_switch": StopSwitch,
    "supervisor": Supervisor,
    "delivery": Delivery,
    "io_runner": IORunner,
    "node_io_loop": NodeIOLoop,
    "io_loop": IOLoop,
    "logger": ProactorLogger,
    "link_log": LinkLog,
    "dbg": DBG,
    "own_events": OwnEvents,
    "event_reader": EventReader,
    "node_web_servers": AiohttpWebServers,
    "web_servers": WebServers,
    "web_service": WebService,
    "wiring": Wiring,
    "core_status": CoreStatus,
    "node_status": NodeStatusSource,
    "status_pages": StatusPages,
    "services": list,
    "stacks": Stacks,
    "stall_sampler": StallSampler,
    "loop_lag": LoopLag,
    "stall_watch": StallWatch,
    "external_watchdog": ExternalWatchdog,
    "watchdog_manager": WatchdogManager,
    "watchdog_keeper": WatchdogKeeper,
    "engine": Engine,
    "bus": LocalMessageBus,
    "message_bus": MessageBus,
    "event_log": EventLog,
    "failures": Failures,
    "link_publisher": LinkPublisher,
    "communicators": Communicators,
    "media": Media,
    "proactor": Proactor,
}


def does_what(port: type, built: object) -> bool:
    """Whether *built* is one, or has what the Protocol *port* asks for (mypy checks the rest)."""
    if not getattr(port, "_is_protocol", False):
        return isinstance(built, port)
    return {name for name in dir(port) if not name.startswith("_")} <= set(dir(built))


def test_every_provider_is_called_here() -> None:
    assert PORTS.keys() == ProactorContainer.providers.keys()


@pytest.mark.parametrize("name", PORTS)
def test_every_provider_gives_what_its_port_asks_for(name: str, tmp_path: Path) -> None:
    contexts = {"local": ssl.create_default_context()}
    namespaces = {"parent": TYPES}
    settings = settings_in(tmp_path)
    container = assemble(settings, ssl_contexts=contexts, link_namespaces=namespaces)

    built = getattr(container, name)()

    parts = list(built.values()) if isinstance(built, Mapping) else [built]
    assert parts
    assert all(does_what(PORTS[name], part) for part in parts)


@pytest.mark.parametrize("name", ProactorContainer.providers)
def test_every_provider_gives_one_thing_only(name: str, tmp_path: Path) -> None:
    container = assemble(settings_in(tmp_path))
    assert getattr(container, name)() is getattr(container, name)()


def test_building_a_node_opens_nothing(tmp_path: Path) -> None:
    build_node(assemble(settings_in(tmp_path / "not yet")))
    assert list(tmp_path.iterdir()) == []


# What replaces what


def test_a_replaced_part_reaches_everything_that_uses_it() -> None:
    store, sink = MemoryEventStore(), MemoryEventSink()
    chance, instance_id = SeededChance(1), MemoryInstanceId("bc0f")
    loop = asyncio.new_event_loop()
    clock = VirtualClock(loop)
    transports: Mapping[str, LinkTransport] = {"local": MemoryBroker().transport("c")}
    container = assemble(
        child_settings(handler=""),
        clock=clock,
        chance=chance,
        event_store=store,
        event_sink=sink,
        instance_id=instance_id,
        link_transports=transports,
        namespace=TYPES,
    )
    build_node(container)
    loop.close()

    parts = [store, container.sink_watch(), chance, clock, transports]
    assert all(found_in(container.engine(), part) for part in parts)
    assert all(found_in(container.intake(), part) for part in (chance, clock))
    assert container.sink_watch().sink is sink
    assert found_in(container.intake().home, store)
    assert all(found_in(container.media(), part) for part in (store, sink, clock))
    assert all(found_in(container.proactor(), part) for part in (container.media(), clock))
    assert found_in(container.link_publisher(), transports)
    assert found_in(container.core_status(), instance_id)
    assert namespace_of(container.codecs()["parent"]) == CORE_NAMESPACE | TYPES


def found_in(owner: object, part: object) -> bool:
    """Whether an attribute of *owner* is *part*."""
    slots = [name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ())]
    names = {*getattr(owner, "__dict__", {}), *slots} - {"__weakref__"}
    return any(getattr(owner, name, None) is part for name in names)


def namespace_of(codec: Codec) -> MessageNamespace:
    assert isinstance(codec, LinkCodec)
    return codec.namespace


class RedContainer(ProactorContainer):
    """Adds one actor, which uses two ports."""

    recorder: providers.Provider[Recorder] = providers.Singleton(Recorder)
    relay: providers.Provider["Relay"] = providers.Singleton(
        lambda bus, event_log: Relay("relay", bus, event_log),
        bus=ProactorContainer.message_bus,
        event_log=ProactorContainer.event_log,
    )


class Relay(Actor):
    """Uses two ports."""

    def __init__(self, name: str, bus: MessageBus, event_log: EventLog) -> None:
        super().__init__(name)
        self.bus = bus
        self.event_log = event_log


def test_an_added_actor_gets_the_nodes_own_ports_and_is_found_by_name() -> None:
    container = assemble(child_settings(), RedContainer)
    build_node(container)

    relay = container.communicators().get_communicator_as_type("relay", Relay)
    assert relay is container.relay()
    assert relay.bus is container.bus()
    assert isinstance(relay.event_log, NodeEventLog)
    assert relay.event_log.engine is container.engine()


def test_an_added_actor_can_be_replaced_by_keyword() -> None:
    stand_in = Communicator("relay")
    container = RedContainer(
        settings=providers.Object(child_settings()), relay=providers.Object(stand_in)
    )
    build_node(container)
    assert container.communicators().get_communicator("relay") is stand_in


def test_two_nodes_in_one_process_share_nothing(tmp_path: Path) -> None:
    one = assemble(settings_in(tmp_path / "1"), RedContainer)
    other = assemble(settings_in(tmp_path / "2"), RedContainer)
    build_node(one)
    build_node(other)

    shared = [
        name
        for name in RedContainer.providers
        if name not in {"namespace", "link_namespaces", "ssl_contexts"}
        and getattr(one, name)() is getattr(other, name)()
    ]
    assert shared == []
    assert assemble(child_settings(), clock=one.clock()).chance() is not one.chance()


# What is refused


def test_redefining_a_provider_of_the_base_is_refused_with_what_to_do() -> None:
    advice = r"BlueContainer redefines clock of ProactorContainer.*assemble\(settings, .*clock="
    with pytest.raises(TypeError, match=advice):

        class BlueContainer(ProactorContainer):
            clock = providers.Object(None)


def test_redefining_an_inner_provider_names_the_keyword_of_the_container() -> None:
    advice = r"BlueContainer redefines core of .*BlueContainer\(settings=\.\.\., core=\.\.\.\)"
    with pytest.raises(TypeError, match=advice):

        class BlueContainer(ProactorContainer):
            core = providers.Object(None)


def test_redefining_a_provider_of_a_deployments_own_base_is_refused() -> None:
    with pytest.raises(TypeError, match="BlueContainer redefines relay of RedContainer"):

        class BlueContainer(RedContainer):
            relay = providers.Object(None)


def test_an_unknown_keyword_is_refused() -> None:
    with pytest.raises(TypeError, match="event_stor"):
        assemble(child_settings(), event_stor=MemoryEventStore())  # type: ignore[call-arg] # meant to be wrong


def test_an_unknown_keyword_of_a_container_is_refused() -> None:
    with pytest.raises(AttributeError, match="relais"):
        RedContainer(settings=providers.Object(child_settings()), relais=providers.Object(1))


def test_missing_settings_are_a_hole_that_is_named() -> None:
    with pytest.raises(errors.Error, match=r"ProactorContainer\.settings.* is not defined") as hole:
        build_node(ProactorContainer())
    assert hole.value.__notes__ == ["while building 'event_store'"]


def test_settings_of_another_kind_are_refused() -> None:
    with pytest.raises(errors.Error, match=r"is not an instance of .*ProactorSettings"):
        build_node(ProactorContainer(settings=providers.Object(7)))


def test_a_hole_in_a_deployments_part_is_named() -> None:
    class HoledContainer(ProactorContainer):
        thermometer: providers.Provider[MemoryEventSink] = providers.Dependency()
        relay: providers.Provider[Communicator] = providers.Singleton(Communicator, thermometer)

    with pytest.raises(errors.Error, match=r"HoledContainer\.thermometer") as hole:
        build_node(assemble(child_settings(), HoledContainer))
    assert hole.value.__notes__ == ["while building 'relay'"]


def test_what_a_provider_raises_comes_with_its_name() -> None:
    def broken() -> Communicator:
        raise OSError("no such valve")

    class BrokenContainer(ProactorContainer):
        valve: providers.Provider[Communicator] = providers.Singleton(broken)

    with pytest.raises(OSError, match="no such valve") as raised:
        build_node(assemble(child_settings(), BrokenContainer))
    assert raised.value.__notes__ == ["while building 'valve'"]


def test_two_communicators_of_one_name_are_refused_with_name_and_classes() -> None:
    class TwinContainer(RedContainer):
        twin: providers.Provider[Communicator] = providers.Singleton(Communicator, "relay")

    words = "two communicators are named 'relay': Relay and Communicator"
    with pytest.raises(ValueError, match=words):
        build_node(assemble(child_settings(), TwinContainer))


def test_tls_for_an_unknown_broker_is_refused() -> None:
    contexts = {"locl": ssl.create_default_context()}
    with pytest.raises(ValueError, match="ssl_contexts names unknown brokers: locl"):
        build_node(assemble(child_settings(), ssl_contexts=contexts))


def test_a_namespace_for_an_unknown_link_is_refused() -> None:
    with pytest.raises(ValueError, match="link_namespaces names unknown links: grandparent"):
        build_node(assemble(child_settings(), link_namespaces={"grandparent": TYPES}))


# What is made of settings


def test_each_link_reads_its_own_types_or_else_the_nodes() -> None:
    settings = ProactorSettings(
        long_name="d1",
        short_name="s",
        links={
            name: LinkSettings(peer_long_name=name, peer_short_name=name) for name in ("one", "two")
        },
    )
    container = assemble(settings, namespace=CORE_NAMESPACE, link_namespaces={"two": TYPES})
    assert namespace_of(container.codecs()["one"]) == CORE_NAMESPACE
    assert namespace_of(container.codecs()["two"]) == CORE_NAMESPACE | TYPES


class ReadingsContainer(ProactorContainer):
    """Says which payloads its links decode."""

    message_types = TYPES


def direct(settings: ProactorSettings, **parts: object) -> ReadingsContainer:
    given = {"settings": settings, **parts}
    return ReadingsContainer(**{name: providers.Object(part) for name, part in given.items()})


def assembled(
    settings: ProactorSettings, *, namespace: MessageNamespace | None = None
) -> ReadingsContainer:
    return assemble(settings, ReadingsContainer, namespace=namespace)


@pytest.mark.parametrize("make", [direct, assembled])
def test_links_read_the_types_of_the_containers_class_unless_it_is_given_others(
    make: Callable[..., ReadingsContainer],
) -> None:
    declared, given = make(child_settings()), make(child_settings(), namespace=CORE_NAMESPACE)

    assert (declared.namespace(), given.namespace()) == (TYPES, CORE_NAMESPACE)
    assert namespace_of(declared.codecs()["parent"]) == CORE_NAMESPACE | TYPES
    assert namespace_of(given.codecs()["parent"]) == CORE_NAMESPACE


def test_a_container_made_by_another_reads_the_types_of_its_class() -> None:
    class Site(containers.DeclarativeContainer):
        house = providers.Container(ReadingsContainer, settings=providers.Object(child_settings()))

    assert Site().house.namespace() == TYPES


def test_links_of_one_broker_share_its_connection_and_unused_brokers_have_none() -> None:
    settings = ProactorSettings(
        long_name="d1",
        short_name="s",
        brokers={"near": MQTTClient(), "far": MQTTClient(), "unused": MQTTClient()},
        links={
            name: LinkSettings(broker=broker, peer_long_name=name, peer_short_name=name)
            for name, broker in (("one", "near"), ("two", "near"), ("three", "far"))
        },
    )
    assert list(assemble(settings).link_transports()) == ["near", "far"]


@pytest.mark.parametrize("wanted", [True, False])
def test_the_clients_log_is_written_if_a_link_of_the_broker_wants_it(wanted: bool) -> None:
    link = LinkSettings(peer_long_name="p", peer_short_name="p", client_log=wanted)
    container = assemble(child_settings(links={"parent": link}))
    build_node(container)
    transport = container.link_transports()["local"]

    assert isinstance(transport, PahoLinkTransport)
    logger = logging.getLogger("gwproactor.mqtt.local")
    assert found_in(transport, logger) is wanted


STORES: dict[str, type] = {
    "sqlite": SqliteEventStore,
    "rolling-files": RollingFilesEventStore,
    "memory": MemoryEventStore,
    "null": NullEventStore,
}


@pytest.mark.parametrize("kind", get_args(StoreKind))
def test_the_settings_choose_the_event_store(kind: str) -> None:
    container = assemble(child_settings(event_store={"kind": kind}))
    assert isinstance(container.event_store(), STORES[kind])


def test_the_settings_of_a_store_reach_it(tmp_path: Path) -> None:
    def store(**choice: object) -> EventStore:
        paths = Paths(data_dir=tmp_path)
        return assemble(child_settings(event_store=choice, paths=paths)).event_store()

    sqlite, files = store(linger_ms=50), store(kind="rolling-files", fsync=False)
    assert isinstance(sqlite, SqliteEventStore)
    assert (sqlite.path, sqlite.linger_ms) == (tmp_path / "events.sqlite", 50)
    assert isinstance(files, RollingFilesEventStore)
    assert (files.path, files.fsync) == (tmp_path / "event", False)


SINKS: dict[str, type] = {
    "auto": SqliteEventSink,
    "sqlite": SqliteEventSink,
    "directory": DirectoryEventSink,
}


@pytest.mark.parametrize("kind", SINKS)
def test_the_settings_choose_the_event_sink_and_its_room(kind: str) -> None:
    choice = {"kind": kind, "events_max": 7, "bytes_max": 70}
    sink = assemble(child_settings(event_sink=choice)).event_sink()
    assert isinstance(sink, SINKS[kind])
    assert (getattr(sink, "events_max"), getattr(sink, "bytes_max")) == (7, 70)  # noqa: B009 not of the port


def test_a_sink_may_keep_nothing() -> None:
    container = assemble(child_settings(event_sink={"kind": "null"}))
    assert isinstance(container.event_sink(), NullEventSink)


def test_a_relays_sink_is_its_own_store() -> None:
    other = LinkSettings(peer_long_name="p", peer_short_name="p")
    links = child_settings().links | {"below": other}
    choice = {"events_max": 7, "bytes_max": 70}
    container = assemble(child_settings(links=links, event_sink=choice))
    sink = container.event_sink()
    assert isinstance(sink, RelaySink)
    assert sink.store is container.event_store()
    assert (sink.events_max, sink.bytes_max) == (7, 70)


# Actors


class LookingActor(Actor):
    """Looks for another when it is initialised."""

    def __init__(self, name: str, communicators: Communicators) -> None:
        super().__init__(name)
        self.communicators = communicators
        self.found: list[object] = []

    @override
    def init(self) -> None:
        self.found.append(self.communicators.get_communicator("zoe"))


class LookingContainer(ProactorContainer):
    """`abe` is built before `zoe`."""

    abe: providers.Provider[LookingActor] = providers.Singleton(
        LookingActor, "abe", ProactorContainer.communicators
    )
    zoe: providers.Provider[Communicator] = providers.Singleton(Communicator, "zoe")


def test_init_is_called_once_and_finds_every_communicator() -> None:
    container = assemble(child_settings(handler=""), LookingContainer)
    build_node(container)
    assert container.abe().found == [container.zoe()]


def test_an_init_that_raises_says_whose_it_is() -> None:
    class Bad(Actor):
        @override
        def init(self) -> None:
            raise KeyError("channel 3")

    class BadContainer(ProactorContainer):
        bad: providers.Provider[Bad] = providers.Singleton(Bad, "b1")

    with pytest.raises(KeyError, match="channel 3") as raised:
        build_node(assemble(child_settings(handler=""), BadContainer))
    assert raised.value.__notes__ == ["in init of actor 'b1'"]


def test_a_handler_that_is_no_communicator_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(
        ValueError, match=r"'parent' names the handler 'nobody'.* there are: .*recorder"
    ):
        build_node(assemble(child_settings(handler="nobody"), RecorderContainer))


def test_the_wiring_plan_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "gwproactor"):
        build_node(assemble(child_settings(), RecorderContainer, event_sink=MemoryEventSink()))
    plan = {record.getMessage() for record in caplog.records}
    assert "wiring: event_store is a SqliteEventStore" in plan
    assert "wiring: recorder is a Recorder" in plan
