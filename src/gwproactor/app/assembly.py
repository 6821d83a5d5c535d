"""How parts of a node are replaced: by keyword when its container is made, not by redefinition."""

import ssl
from collections.abc import Mapping
from inspect import signature

from dependency_injector import providers
from typing_extensions import TypeVar

from gwproactor.app.container import ProactorContainer
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.moment import Chance
from gwproactor.domain.namespace import MessageNamespace
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.external_watchdog import ExternalWatchdog
from gwproactor.ports.http_client import HttpClient
from gwproactor.ports.instance_id import InstanceId
from gwproactor.ports.io_loop import IORunner
from gwproactor.ports.link_transport import LinkTransport
from gwproactor.ports.stall_sampler import StallSampler

C = TypeVar("C", bound=ProactorContainer, default=ProactorContainer)


def assemble(
    settings: ProactorSettings,
    container: type[C] = ProactorContainer,  # type: ignore[assignment] # mypy: defaults of TypeVars
    *,
    namespace: MessageNamespace | None = None,
    link_namespaces: Mapping[str, MessageNamespace] | None = None,
    ssl_contexts: Mapping[str, ssl.SSLContext] | None = None,
    clock: Clock | None = None,
    chance: Chance | None = None,
    hardware_layout: HardwareLayout | None = None,
    http_client: HttpClient | None = None,
    instance_id: InstanceId | None = None,
    event_store: EventStore | None = None,
    event_sink: EventSink | None = None,
    link_transports: Mapping[str, LinkTransport] | None = None,
    external_watchdog: ExternalWatchdog | None = None,
    io_runner: IORunner | None = None,
    stall_sampler: StallSampler | None = None,
) -> C:
    """A ready container of the given class; each keyword replaces one part of the base.

    Names and types are checked by mypy, which those of a container's own keywords are not.
    Without `namespace` it is the container's `message_types`.
    `ssl_contexts` is by broker, `link_namespaces` by link, `link_transports` by broker.
    """
    given = {
        "settings": settings,
        "namespace": namespace,
        "link_namespaces": link_namespaces,
        "ssl_contexts": ssl_contexts,
        "clock": clock,
        "chance": chance,
        "hardware_layout": hardware_layout,
        "http_client": http_client,
        "instance_id": instance_id,
        "event_store": event_store,
        "event_sink": event_sink,
        "link_transports": link_transports,
        "external_watchdog": external_watchdog,
        "io_runner": io_runner,
        "stall_sampler": stall_sampler,
    }
    return container(
        **{name: providers.Object(part) for name, part in given.items() if part is not None}
    )


def refuse_redefined(kind: type[ProactorContainer]) -> None:
    """Raises TypeError if *kind* redefines a provider, as inherited ones keep the base's wiring."""
    inherited = {
        name: base
        for base in reversed(kind.__mro__[1:])
        if issubclass(base, ProactorContainer)
        for name in base.cls_providers
    }
    again = [name for name in vars(kind) if name in inherited]
    if again:
        name = again[0]
        door = f"{kind.__name__}(settings=..., {name}=...)"
        if name in signature(assemble).parameters:
            door = f"assemble(settings, {kind.__name__}, {name}=...)"
        raise TypeError(
            f"{kind.__name__} redefines {', '.join(again)} of {inherited[name].__name__}, which "
            f"would not reach the providers that use it: replace it by keyword, as in {door}"
        )
