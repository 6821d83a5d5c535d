"""How each part of a node is built from others: one function a part.

Their bodies are checked by mypy, which the keywords of providers are not. Adapters that only some
nodes have are named through their packages, which import them when they are used.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from functools import partial

from gwproactor.adapters import http_client, memory, persistence
from gwproactor.adapters.codec import JsonEventReader, LinkCodec
from gwproactor.adapters.identity import InstanceIdFile
from gwproactor.adapters.stall_sampler import ThreadStallSampler
from gwproactor.adapters.threads import LoopMailbox
from gwproactor.adapters.watchdog import NoExternalWatchdog, SystemdWatchdog
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.dbg import DBG
from gwproactor.app.delivery import Delivery
from gwproactor.app.engine import Engine
from gwproactor.app.event_fates import EventFates
from gwproactor.app.event_homes import EventHome, StoreHome
from gwproactor.app.event_intake import EventIntake
from gwproactor.app.io_loop import NodeIOLoop
from gwproactor.app.link_log import LinkLog
from gwproactor.app.link_publisher import NodeLinkPublisher
from gwproactor.app.loop_lag import LoopLag
from gwproactor.app.media import Media
from gwproactor.app.message_bus import LocalMessageBus
from gwproactor.app.own_events import OwnEvents
from gwproactor.app.proactor import Proactor
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.relay_sink import RelaySink
from gwproactor.app.service import Service
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.sink_home import SinkHome
from gwproactor.app.sink_watch import SinkWatch
from gwproactor.app.stall_sampler import StallWatch
from gwproactor.app.status_pages import StatusPages
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import WatchdogManager
from gwproactor.app.watchdog_keeper import WatchdogKeeper, node_line
from gwproactor.app.web import WebService
from gwproactor.domain.moment import Chance
from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
from gwproactor.domain.node import NodeCore
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.communicators import Communicators
from gwproactor.ports.event_reader import EventReader
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.ports.failures import Failures
from gwproactor.ports.http_client import HttpClient
from gwproactor.ports.instance_id import InstanceId
from gwproactor.ports.io_loop import IOLoop
from gwproactor.ports.link_publisher import LinkPublisher
from gwproactor.ports.link_transport import LinkTransport
from gwproactor.ports.message_bus import MessageBus
from gwproactor.ports.stacks import Stacks
from gwproactor.ports.stall_sampler import StallSampler
from gwproactor.ports.stop_switch import StopSwitch


def make_core(settings: ProactorSettings) -> NodeCore:
    return NodeCore(settings.node_spec())


def make_instance_id(settings: ProactorSettings) -> InstanceId:
    return InstanceIdFile(settings.paths.instance_id)


def make_http_client() -> HttpClient:
    return http_client.AiohttpClient()


def make_event_store(settings: ProactorSettings) -> EventStore:
    paths, choice = settings.paths, settings.event_store
    match choice.kind:
        case "sqlite":
            return persistence.SqliteEventStore(paths.event_store, linger_ms=choice.linger_ms)
        case "rolling-files":
            return persistence.RollingFilesEventStore(paths.event_dir, fsync=choice.fsync)
        case "memory":
            return memory.MemoryEventStore()
        case "null":
            return persistence.NullEventStore()


def make_event_sink(settings: ProactorSettings, store: EventStore) -> EventSink:
    paths, choice = settings.paths, settings.event_sink
    bounds = {"events_max": choice.events_max, "bytes_max": choice.bytes_max}
    match settings.sink_kind:
        case "relay":
            return RelaySink(store, settings.node_spec().store_policy, **bounds)
        case "sqlite":
            return persistence.SqliteEventSink(paths.event_sink, **bounds)
        case "directory":
            return persistence.DirectoryEventSink(paths.event_sink_dir, **bounds)
        case "null":
            return persistence.NullEventSink()


def make_codecs(
    settings: ProactorSettings,
    namespace: MessageNamespace,
    link_namespaces: Mapping[str, MessageNamespace],
) -> Mapping[str, Codec]:
    unknown = set(link_namespaces) - set(settings.links)
    if unknown:
        raise ValueError(f"link_namespaces names unknown links: {', '.join(sorted(unknown))}")
    return {
        name: LinkCodec(CORE_NAMESPACE | link_namespaces.get(name, namespace))
        for name in settings.links
    }


def make_event_reader(namespace: MessageNamespace) -> EventReader:
    return JsonEventReader(CORE_NAMESPACE | namespace)


def make_intake(
    settings: ProactorSettings,
    core: NodeCore,
    store: EventStore,
    sink: SinkWatch,
    clock: Clock,
    chance: Chance,
) -> EventIntake:
    home: EventHome = SinkHome(sink, clock)
    if core.upstream is not None:
        home = StoreHome(store, core.spec.store_policy, EventFates(store))
    return EventIntake(
        long_name=settings.long_name,
        message_bytes_max=settings.message_bytes_max,
        home=home,
        codec=LinkCodec(CORE_NAMESPACE),
        clock=clock,
        chance=chance,
    )


def make_logger(settings: ProactorSettings) -> ProactorLogger:
    """A line for each message is too much for a log that nobody has configured."""
    logger = ProactorLogger.of_base(settings.logging.base_log_name)
    if logger.message_summary_logger.level == logging.NOTSET:
        logger.message_summary_logger.setLevel(logging.WARNING)
    return logger


def make_dbg(
    settings: ProactorSettings, core: NodeCore, logger: ProactorLogger, own_events: OwnEvents
) -> DBG:
    accepted_from = frozenset(name for name, link in settings.links.items() if link.accept_dbg)
    return DBG(core, logger, own_events, accepted_from)


def make_engine(
    settings: ProactorSettings,
    core: NodeCore,
    transports: Mapping[str, LinkTransport],
    codecs: Mapping[str, Codec],
    own_events: OwnEvents,
    store: EventStore,
    sink: SinkWatch,
    delivery: Delivery,
    log: LinkLog,
    clock: Clock,
    chance: Chance,
) -> Engine:
    return Engine(
        core,
        transports=transports,
        codecs=codecs,
        own_events=own_events,
        store=store,
        sink=sink,
        delivery=delivery,
        log=log,
        clock=clock,
        chance=chance,
        message_bytes_max=settings.message_bytes_max,
    )


def make_bus(
    registry: CommunicatorRegistry, engine: Engine, supervisor: Supervisor
) -> LocalMessageBus:
    return LocalMessageBus(registry, engine, supervisor, LoopMailbox())


def make_link_publisher(
    settings: ProactorSettings,
    engine: Engine,
    transports: Mapping[str, LinkTransport],
    codecs: Mapping[str, Codec],
) -> LinkPublisher:
    publisher = NodeLinkPublisher(engine, transports, codecs, settings.message_bytes_max)
    for name, link in settings.links.items():
        if link.client_log or settings.logging.paho_logging:
            publisher.enable_logger(name)
    return publisher


def make_media(store: EventStore, sink: EventSink, intake: EventIntake, clock: Clock) -> Media:
    return Media(store, sink, intake.home, clock)


def make_proactor(
    settings: ProactorSettings,
    engine: Engine,
    bus: LocalMessageBus,
    registry: CommunicatorRegistry,
    media: Media,
    clock: Clock,
    supervisor: Supervisor,
    stop_switch: NodeStopSwitch,
    services: Sequence[Service],
    logger: ProactorLogger,
) -> Proactor:
    return Proactor(
        settings.long_name,
        engine=engine,
        message_bus=bus,
        communicators=registry,
        media=media,
        clock=clock,
        supervisor=supervisor,
        stop_switch=stop_switch,
        services=services,
        logger=logger,
    )


def make_external_watchdog(settings: ProactorSettings) -> ExternalWatchdog:
    match settings.watchdog.external:
        case "auto":
            found = SystemdWatchdog.from_environment(os.environ, os.getpid())
            return found or NoExternalWatchdog("none: no service manager started this process")
        case "none":
            return NoExternalWatchdog("none, by the settings")


def make_watchdog_manager(
    registry: CommunicatorRegistry,
    supervisor: Supervisor,
    bus: LocalMessageBus,
    clock: Clock,
    stacks: Stacks,
    external: ExternalWatchdog,
) -> WatchdogManager:
    return WatchdogManager(
        registry, supervisor=supervisor, bus=bus, clock=clock, stacks=stacks, external=external
    )


def make_watchdog_keeper(
    manager: WatchdogManager,
    external: ExternalWatchdog,
    supervisor: Supervisor,
    clock: Clock,
    lag: LoopLag,
    core: NodeCore,
    store: EventStore,
) -> WatchdogKeeper:
    describe = partial(node_line, core, store)
    return WatchdogKeeper(external, manager, supervisor, clock, lag, describe)


def make_stall_sampler(settings: ProactorSettings, stacks: Stacks) -> StallSampler:
    return ThreadStallSampler(settings.watchdog.stall_seconds, stacks)


def make_stall_watch(sampler: StallSampler, loop_lag: LoopLag, engine: Engine) -> StallWatch:
    return StallWatch(sampler, loop_lag, engine.dispatch)


def make_services(
    io_loop: NodeIOLoop,
    web: WebService,
    pages: StatusPages,
    watchdog: WatchdogKeeper,
    stall_watch: StallWatch,
) -> Sequence[Service]:
    """In the order in which they are opened."""
    return [io_loop, web, pages, watchdog, stall_watch]


def as_stop_switch(stop_switch: NodeStopSwitch) -> StopSwitch:
    """The part of it that actors see."""
    return stop_switch


def as_failures(supervisor: Supervisor) -> Failures:
    """The part of it that actors see."""
    return supervisor


def as_message_bus(bus: LocalMessageBus) -> MessageBus:
    """The part of the bus that actors see."""
    return bus


def as_io_loop(io_loop: NodeIOLoop) -> IOLoop:
    """The part of it that actors see."""
    return io_loop


def as_communicators(registry: CommunicatorRegistry) -> Communicators:
    """The part of the registry that actors see."""
    return registry
