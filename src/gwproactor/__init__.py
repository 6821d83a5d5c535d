"""Infrastructure of edge nodes: actors on one asyncio loop, MQTT links, events that are not lost.

Names are imported when they are first used, so that a script pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwproactor.adapters.threads import (
        AsyncQueueWriter,
        SyncAsyncInteractionThread,
        SyncAsyncQueueWriter,
        responsive_sleep,
    )
    from gwproactor.adapters.watchdog import (
        CommandWatchdog,
        ExternalWatchdogCommandBuilder,
        SystemDWatchdogCommandBuilder,
    )
    from gwproactor.adapters.web import HTTPHandler
    from gwproactor.app.actor import Actor, ActorLoadError
    from gwproactor.app.assembly import assemble
    from gwproactor.app.building import build_node
    from gwproactor.app.communicators import HANDLED, NOT_FOR_ME, Communicator
    from gwproactor.app.container import ProactorContainer
    from gwproactor.app.layout.actors import ActorMaker, actor_makers, load_actors
    from gwproactor.app.layout.error import LayoutError
    from gwproactor.app.layout.rest import rest_settings_of
    from gwproactor.app.logging_setup import format_exceptions, setup_logging
    from gwproactor.app.proactor import Proactor, StartError
    from gwproactor.app.proactor_logger import MessageSummary, ProactorLogger
    from gwproactor.app.rest.actor import RESTPollerActor
    from gwproactor.app.rest.poller import RESTPoller
    from gwproactor.app.rest.polling import HttpPolling
    from gwproactor.app.rest.settings import RESTPollerSettings
    from gwproactor.app.run import run_node, run_process
    from gwproactor.app.settings import (
        FormatterSettings,
        LinkSettings,
        LoggerLevels,
        LoggingSettings,
        MQTTClient,
        Paths,
        ProactorSettings,
        RotatingFileHandlerSettings,
        SettingsPart,
        TLSInfo,
        TLSPaths,
    )
    from gwproactor.app.sync_thread_actor import SyncThreadActor
    from gwproactor.app.web_event_listener import WebEventListener, WebEventListenerSettings
    from gwproactor.domain.events import AnyEvent, Event, ProblemEvent, event_type
    from gwproactor.domain.hardware_layout import (
        Component,
        ComponentAttributeClass,
        HardwareLayout,
    )
    from gwproactor.domain.link_state import StateName, Transition, TransitionName
    from gwproactor.domain.message import Header, Message, Sequence, to_actor, to_peer
    from gwproactor.domain.namespace import CORE_NAMESPACE, MessageNamespace
    from gwproactor.domain.outcome import Failure, Outcome, Success
    from gwproactor.domain.problems import Problems
    from gwproactor.domain.sh_node import ShNode
    from gwproactor.domain.subscription import QOS, Subscription
    from gwproactor.domain.supervision import FailurePolicy
    from gwproactor.domain.wire_type import Naming, Payload, WireType
    from gwproactor.ports.clock import Clock
    from gwproactor.ports.communicators import (
        ActorInterface,
        CommunicatorInterface,
        Communicators,
        MonitoredName,
        Runnable,
    )
    from gwproactor.ports.event_log import EventLog
    from gwproactor.ports.external_watchdog import ExternalWatchdog
    from gwproactor.ports.failures import Failures
    from gwproactor.ports.http_client import (
        HttpClient,
        HttpRequest,
        HttpResponse,
        HttpSession,
        HttpTrouble,
        RequestFailed,
    )
    from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE, IOLoop
    from gwproactor.ports.link_publisher import LinkPublisher
    from gwproactor.ports.message_bus import MessageBus
    from gwproactor.ports.web_servers import WebServers

_HOMES = {
    "adapters.threads": (
        "AsyncQueueWriter",
        "SyncAsyncInteractionThread",
        "SyncAsyncQueueWriter",
        "responsive_sleep",
    ),
    "adapters.watchdog": (
        "CommandWatchdog",
        "ExternalWatchdogCommandBuilder",
        "SystemDWatchdogCommandBuilder",
    ),
    "adapters.web": ("HTTPHandler",),
    "app.actor": ("Actor", "ActorLoadError"),
    "app.assembly": ("assemble",),
    "app.communicators": ("HANDLED", "NOT_FOR_ME", "Communicator"),
    "app.building": ("build_node",),
    "app.container": ("ProactorContainer",),
    "app.logging_setup": ("format_exceptions", "setup_logging"),
    "app.layout.actors": ("ActorMaker", "actor_makers", "load_actors"),
    "app.layout.error": ("LayoutError",),
    "app.layout.rest": ("rest_settings_of",),
    "app.proactor": ("Proactor", "StartError"),
    "app.proactor_logger": ("MessageSummary", "ProactorLogger"),
    "app.rest.actor": ("RESTPollerActor",),
    "app.rest.poller": ("RESTPoller",),
    "app.rest.polling": ("HttpPolling",),
    "app.rest.settings": ("RESTPollerSettings",),
    "app.run": ("run_node", "run_process"),
    "app.settings": (
        "FormatterSettings",
        "LinkSettings",
        "LoggerLevels",
        "LoggingSettings",
        "MQTTClient",
        "Paths",
        "ProactorSettings",
        "RotatingFileHandlerSettings",
        "SettingsPart",
        "TLSInfo",
        "TLSPaths",
    ),
    "app.web_event_listener": ("WebEventListener", "WebEventListenerSettings"),
    "app.sync_thread_actor": ("SyncThreadActor",),
    "domain.events": ("AnyEvent", "Event", "ProblemEvent", "event_type"),
    "domain.hardware_layout": ("Component", "ComponentAttributeClass", "HardwareLayout"),
    "domain.link_state": ("StateName", "Transition", "TransitionName"),
    "domain.message": ("Header", "Message", "Sequence", "to_actor", "to_peer"),
    "domain.namespace": ("CORE_NAMESPACE", "MessageNamespace"),
    "domain.outcome": ("Failure", "Outcome", "Success"),
    "domain.problems": ("Problems",),
    "domain.sh_node": ("ShNode",),
    "domain.subscription": ("QOS", "Subscription"),
    "domain.supervision": ("FailurePolicy",),
    "domain.wire_type": ("Naming", "Payload", "WireType"),
    "ports.clock": ("Clock",),
    "ports.communicators": (
        "ActorInterface",
        "CommunicatorInterface",
        "Communicators",
        "MonitoredName",
        "Runnable",
    ),
    "ports.event_log": ("EventLog",),
    "ports.external_watchdog": ("ExternalWatchdog",),
    "ports.failures": ("Failures",),
    "ports.http_client": (
        "HttpClient",
        "HttpRequest",
        "HttpResponse",
        "HttpSession",
        "HttpTrouble",
        "RequestFailed",
    ),
    "ports.io_loop": ("INVALID_IO_TASK_HANDLE", "IOLoop"),
    "ports.link_publisher": ("LinkPublisher",),
    "ports.message_bus": ("MessageBus",),
    "ports.web_servers": ("WebServers",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CORE_NAMESPACE",
    "HANDLED",
    "INVALID_IO_TASK_HANDLE",
    "NOT_FOR_ME",
    "QOS",
    "Actor",
    "ActorInterface",
    "ActorLoadError",
    "ActorMaker",
    "AnyEvent",
    "AsyncQueueWriter",
    "Clock",
    "CommandWatchdog",
    "Communicator",
    "CommunicatorInterface",
    "Communicators",
    "Component",
    "ComponentAttributeClass",
    "Event",
    "EventLog",
    "ExternalWatchdog",
    "ExternalWatchdogCommandBuilder",
    "Failure",
    "FailurePolicy",
    "Failures",
    "FormatterSettings",
    "HTTPHandler",
    "HardwareLayout",
    "Header",
    "HttpClient",
    "HttpPolling",
    "HttpRequest",
    "HttpResponse",
    "HttpSession",
    "HttpTrouble",
    "IOLoop",
    "LayoutError",
    "LinkPublisher",
    "LinkSettings",
    "LoggerLevels",
    "LoggingSettings",
    "MQTTClient",
    "Message",
    "MessageBus",
    "MessageNamespace",
    "MessageSummary",
    "MonitoredName",
    "Naming",
    "Outcome",
    "Paths",
    "Payload",
    "Proactor",
    "ProactorContainer",
    "ProactorLogger",
    "ProactorSettings",
    "ProblemEvent",
    "Problems",
    "RESTPoller",
    "RESTPollerActor",
    "RESTPollerSettings",
    "RequestFailed",
    "RotatingFileHandlerSettings",
    "Runnable",
    "Sequence",
    "SettingsPart",
    "ShNode",
    "StartError",
    "StateName",
    "Subscription",
    "Success",
    "SyncAsyncInteractionThread",
    "SyncAsyncQueueWriter",
    "SyncThreadActor",
    "SystemDWatchdogCommandBuilder",
    "TLSInfo",
    "TLSPaths",
    "Transition",
    "TransitionName",
    "WebEventListener",
    "WebEventListenerSettings",
    "WebServers",
    "WireType",
    "actor_makers",
    "assemble",
    "build_node",
    "event_type",
    "format_exceptions",
    "load_actors",
    "responsive_sleep",
    "rest_settings_of",
    "run_node",
    "run_process",
    "setup_logging",
    "to_actor",
    "to_peer",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'gwproactor' has no attribute {name!r}")
    return getattr(import_module(f"gwproactor.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
