"""The composition root: which adapter stands behind which port.

A deployment *adds* providers in a subclass and *replaces* those of the base by keyword, as
`assembly` has it. What takes more than a call of its class is made in `factories`, or by a `make_…`
beside what it is for. No use case imports these: what one needs, its constructor is given.
"""

import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from dependency_injector import containers, providers

from gwproactor.adapters.clock import LoopClock, SystemChance
from gwproactor.adapters.io_loop import ThreadIORunner
from gwproactor.adapters.stacks import InterpreterStacks
from gwproactor.adapters.web.servers import AiohttpWebServers
from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.core_status import CoreStatus
from gwproactor.app.dbg import DBG
from gwproactor.app.delivery import Delivery
from gwproactor.app.engine import Engine
from gwproactor.app.event_intake import EventIntake
from gwproactor.app.event_log import NodeEventLog
from gwproactor.app.factories import (
    as_communicators,
    as_failures,
    as_io_loop,
    as_message_bus,
    as_stop_switch,
    make_bus,
    make_codecs,
    make_core,
    make_dbg,
    make_engine,
    make_event_reader,
    make_event_sink,
    make_event_store,
    make_external_watchdog,
    make_http_client,
    make_instance_id,
    make_intake,
    make_link_publisher,
    make_logger,
    make_media,
    make_proactor,
    make_services,
    make_stall_sampler,
    make_stall_watch,
    make_watchdog_keeper,
    make_watchdog_manager,
)
from gwproactor.app.io_loop import IO_LOOP_NAME, NodeIOLoop
from gwproactor.app.layout.source import make_hardware_layout, make_layout_source
from gwproactor.app.link_log import LinkLog
from gwproactor.app.link_transports import make_link_transports
from gwproactor.app.loop_lag import LoopLag
from gwproactor.app.media import Media
from gwproactor.app.message_bus import LocalMessageBus
from gwproactor.app.node_status import NodeStatusView
from gwproactor.app.own_events import OwnEvents
from gwproactor.app.proactor import Proactor
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.app.rest.polling import HttpPolling
from gwproactor.app.service import Service
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.sink_watch import SinkWatch
from gwproactor.app.stall_sampler import StallWatch
from gwproactor.app.status_pages import StatusPages, make_status_pages
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.app.watchdog import WatchdogManager
from gwproactor.app.watchdog_keeper import WatchdogKeeper
from gwproactor.app.web import WebService, as_web_servers, make_node_web_servers
from gwproactor.app.wiring import Wiring
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.moment import Chance
from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
from gwproactor.domain.node import NodeCore
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.communicators import Communicators
from gwproactor.ports.event_log import EventLog
from gwproactor.ports.event_reader import EventReader
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.ports.failures import Failures
from gwproactor.ports.hardware_layout import LayoutSource
from gwproactor.ports.http_client import HttpClient
from gwproactor.ports.instance_id import InstanceId
from gwproactor.ports.io_loop import IOLoop, IORunner
from gwproactor.ports.link_publisher import LinkPublisher
from gwproactor.ports.link_transport import LinkTransport
from gwproactor.ports.message_bus import MessageBus
from gwproactor.ports.node_status import NodeStatusSource
from gwproactor.ports.stacks import Stacks
from gwproactor.ports.stall_sampler import StallSampler
from gwproactor.ports.stop_switch import StopSwitch
from gwproactor.ports.web_servers import WebServers

if TYPE_CHECKING:
    from gwproactor.adapters.web.handler import HTTPHandler


class ProactorContainer(containers.DeclarativeContainer):
    """Builds one node. Ports that actors use: `message_bus`, `event_log`, `link_publisher`,
    `communicators`, `failures`, `clock`, `chance`, `io_loop`, `logger`, `web_servers`,
    `event_reader`, `hardware_layout`, `http_client`; and `http_polling`, which is some of them.
    """

    settings_class: ClassVar[type[ProactorSettings]] = ProactorSettings
    """The class whose fields a node of this kind is configured by."""
    message_types: ClassVar[MessageNamespace] = CORE_NAMESPACE
    """The payloads that its links decode, unless it is given a `namespace`; of a link with a
    namespace of its own, those instead.
    """

    settings: providers.Dependency[ProactorSettings] = providers.Dependency(
        instance_of=ProactorSettings
    )
    namespace: providers.Provider[MessageNamespace] = providers.Object(CORE_NAMESPACE)
    link_namespaces: providers.Provider[Mapping[str, MessageNamespace]] = providers.Object({})
    ssl_contexts: providers.Provider[Mapping[str, ssl.SSLContext]] = providers.Object({})

    clock: providers.Provider[Clock] = providers.Singleton(LoopClock)
    chance: providers.Provider[Chance] = providers.Singleton(SystemChance)
    http_client: providers.Provider[HttpClient] = providers.Singleton(make_http_client)
    event_store: providers.Provider[EventStore] = providers.Singleton(
        make_event_store, settings=settings
    )
    event_sink: providers.Provider[EventSink] = providers.Singleton(
        make_event_sink, settings=settings, store=event_store
    )
    sink_watch: providers.Provider[SinkWatch] = providers.Singleton(SinkWatch, event_sink)
    codecs: providers.Provider[Mapping[str, Codec]] = providers.Singleton(
        make_codecs, settings=settings, namespace=namespace, link_namespaces=link_namespaces
    )
    instance_id: providers.Provider[InstanceId] = providers.Singleton(
        make_instance_id, settings=settings
    )
    link_transports: providers.Provider[Mapping[str, LinkTransport]] = providers.Singleton(
        make_link_transports, settings=settings, ssl_contexts=ssl_contexts, instance_id=instance_id
    )
    layout_source: providers.Provider[LayoutSource] = providers.Singleton(
        make_layout_source, settings=settings
    )
    hardware_layout: providers.Provider[HardwareLayout] = providers.Singleton(
        make_hardware_layout, settings=settings, source=layout_source
    )

    core: providers.Provider[NodeCore] = providers.Singleton(make_core, settings=settings)
    registry: providers.Provider[CommunicatorRegistry] = providers.Singleton(CommunicatorRegistry)
    intake: providers.Provider[EventIntake] = providers.Singleton(
        make_intake,
        settings=settings,
        core=core,
        store=event_store,
        sink=sink_watch,
        clock=clock,
        chance=chance,
    )
    node_stop_switch: providers.Provider[NodeStopSwitch] = providers.Singleton(NodeStopSwitch)
    stop_switch: providers.Provider[StopSwitch] = providers.Singleton(
        as_stop_switch, node_stop_switch
    )
    supervisor: providers.Provider[Supervisor] = providers.Singleton(
        Supervisor, stop_switch=stop_switch, clock=clock, chance=chance
    )
    failures: providers.Provider[Failures] = providers.Singleton(as_failures, supervisor)
    own_events: providers.Provider[OwnEvents] = providers.Singleton(
        OwnEvents, intake=intake, clock=clock
    )
    logger: providers.Provider[ProactorLogger] = providers.Singleton(make_logger, settings=settings)
    link_log: providers.Provider[LinkLog] = providers.Singleton(LinkLog, logger=logger)
    dbg: providers.Provider[DBG] = providers.Singleton(
        make_dbg, settings=settings, core=core, logger=logger, own_events=own_events
    )
    delivery: providers.Provider[Delivery] = providers.Singleton(
        Delivery, registry=registry, supervisor=supervisor, dbg=dbg
    )
    engine: providers.Provider[Engine] = providers.Singleton(
        make_engine,
        settings=settings,
        core=core,
        transports=link_transports,
        codecs=codecs,
        own_events=own_events,
        store=event_store,
        sink=sink_watch,
        delivery=delivery,
        log=link_log,
        clock=clock,
        chance=chance,
    )
    bus: providers.Provider[LocalMessageBus] = providers.Singleton(
        make_bus, registry=registry, engine=engine, supervisor=supervisor
    )

    message_bus: providers.Provider[MessageBus] = providers.Singleton(as_message_bus, bus)
    event_log: providers.Provider[EventLog] = providers.Singleton(
        NodeEventLog, engine=engine, intake=intake, own_events=own_events
    )
    link_publisher: providers.Provider[LinkPublisher] = providers.Singleton(
        make_link_publisher,
        settings=settings,
        engine=engine,
        transports=link_transports,
        codecs=codecs,
    )
    communicators: providers.Provider[Communicators] = providers.Singleton(
        as_communicators, registry
    )
    media: providers.Provider[Media] = providers.Singleton(
        make_media, store=event_store, sink=event_sink, intake=intake, clock=clock
    )
    event_reader: providers.Provider[EventReader] = providers.Singleton(
        make_event_reader, namespace=namespace
    )
    node_web_servers: providers.Provider[AiohttpWebServers] = providers.Singleton(
        make_node_web_servers, settings=settings, layout=hardware_layout, supervisor=supervisor
    )
    web_servers: "providers.Provider[WebServers[HTTPHandler]]" = providers.Singleton(
        as_web_servers, node_web_servers
    )
    web_service: providers.Provider[WebService] = providers.Singleton(
        WebService, servers=node_web_servers
    )
    stacks: providers.Provider[Stacks] = providers.Singleton(InterpreterStacks)
    stall_sampler: providers.Provider[StallSampler] = providers.Singleton(
        make_stall_sampler, settings=settings, stacks=stacks
    )
    loop_lag: providers.Provider[LoopLag] = providers.Singleton(LoopLag)
    stall_watch: providers.Provider[StallWatch] = providers.Singleton(
        make_stall_watch, sampler=stall_sampler, loop_lag=loop_lag, engine=engine
    )
    external_watchdog: providers.Provider[ExternalWatchdog] = providers.Singleton(
        make_external_watchdog, settings=settings
    )
    watchdog_manager: providers.Provider[WatchdogManager] = providers.Singleton(
        make_watchdog_manager,
        registry=registry,
        supervisor=supervisor,
        bus=bus,
        clock=clock,
        stacks=stacks,
        external=external_watchdog,
    )
    watchdog_keeper: providers.Provider[WatchdogKeeper] = providers.Singleton(
        make_watchdog_keeper,
        manager=watchdog_manager,
        external=external_watchdog,
        supervisor=supervisor,
        clock=clock,
        lag=loop_lag,
        core=core,
        store=event_store,
    )
    io_runner: providers.Provider[IORunner] = providers.Singleton(ThreadIORunner, IO_LOOP_NAME)
    node_io_loop: providers.Provider[NodeIOLoop] = providers.Singleton(
        NodeIOLoop,
        io_runner,
        supervisor=supervisor,
        watchdog=watchdog_manager,
        bus=message_bus,
        clock=clock,
        logger=logger,
    )
    io_loop: providers.Provider[IOLoop] = providers.Singleton(as_io_loop, node_io_loop)
    http_polling: providers.Provider[HttpPolling] = providers.Singleton(
        HttpPolling, io_loop=io_loop, http_client=http_client, clock=clock
    )
    wiring: providers.Provider[Wiring] = providers.Singleton(Wiring)
    core_status: providers.Provider[CoreStatus] = providers.Singleton(
        CoreStatus,
        settings=settings,
        engine=engine,
        store=event_store,
        sink=event_sink,
        clock=clock,
        instance_id=instance_id,
    )
    node_status: providers.Provider[NodeStatusSource] = providers.Singleton(
        NodeStatusView,
        core_status=core_status,
        own_events=own_events,
        supervisor=supervisor,
        io_loop=node_io_loop,
        watchdog=watchdog_keeper,
        node_wiring=wiring,
    )
    status_pages: providers.Provider[StatusPages] = providers.Singleton(
        make_status_pages,
        settings=settings,
        web_servers=web_servers,
        source=node_status,
        clock=clock,
        supervisor=supervisor,
    )
    services: providers.Provider[Sequence[Service]] = providers.Singleton(
        make_services,
        io_loop=node_io_loop,
        web=web_service,
        pages=status_pages,
        watchdog=watchdog_keeper,
        stall_watch=stall_watch,
    )
    proactor: providers.Provider[Proactor] = providers.Singleton(
        make_proactor,
        settings=settings,
        engine=engine,
        bus=bus,
        registry=registry,
        media=media,
        clock=clock,
        supervisor=supervisor,
        stop_switch=node_stop_switch,
        services=services,
        logger=logger,
    )

    def __new__(cls, **given: object) -> Self:
        """A container in which the keywords replace providers."""
        return super().__new__(cls, **{"namespace": providers.Object(cls.message_types)} | given)

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse what would silently not work: inherited providers keep the base's wiring."""
        super().__init_subclass__(**kwargs)
        from gwproactor.app.assembly import refuse_redefined  # noqa: PLC0415 - which needs this

        refuse_redefined(cls)
