"""The demo's parent: a node that stores its child's events, and an actor that counts them."""

from collections.abc import Callable
from functools import partial
from typing import Final

from dependency_injector import providers

from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.app.actor import Actor
from gwproactor.app.communicators import HANDLED
from gwproactor.app.container import ProactorContainer
from gwproactor.app.demo.reading import Reading
from gwproactor.app.demo.reporter import Reporter, next_try_s
from gwproactor.app.demo.status import NodeConfig, ParentStatus
from gwproactor.app.demo.times import ACK_TIMEOUT_S, POLL_S, broker_of, web_servers_of
from gwproactor.app.settings import LinkSettings, Paths, ProactorSettings
from gwproactor.domain.message import Message
from gwproactor.domain.node import NodeCore
from gwproactor.domain.outcome import Outcome
from gwproactor.ports.clock import Clock

COUNTER: Final = "counter"
CHILD_LINK: Final = "child"


class CountingActor(Actor):
    """Handles what the child sends: counts it, and remembers the last reading."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.handled = 0
        self.others = 0
        self.celsius: float | None = None

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        match message.payload:
            case Reading(celsius=celsius):
                self.handled += 1
                self.celsius = celsius
            case _:
                self.others += 1
        return HANDLED


def make_counter() -> CountingActor:
    return CountingActor(COUNTER)


def make_reporter(
    core: NodeCore, counter: CountingActor, clock: Clock, servers: AiohttpWebServers
) -> Reporter:
    status: Callable[[], ParentStatus] = partial(parent_status, core, counter, clock)
    return Reporter("reporter", clock=clock, status=status, servers=servers)


class ParentContainer(ProactorContainer):
    """The parent: a node that counts, and what tells the supervisor about it."""

    counter: providers.Provider[CountingActor] = providers.Singleton(make_counter)
    reporter: providers.Provider[Reporter] = providers.Singleton(
        make_reporter,
        core=ProactorContainer.core,
        counter=counter,
        clock=ProactorContainer.clock,
        servers=ProactorContainer.node_web_servers,
    )


def parent_settings(config: NodeConfig) -> ProactorSettings:
    """The parent hands what its child sends to the counting actor."""
    child = LinkSettings(peer_long_name=config.child_name, peer_short_name="c", handler=COUNTER)
    return ProactorSettings(
        long_name=config.parent_name,
        short_name="p",
        paths=Paths(data_dir=config.parent_folder),
        brokers={"local": broker_of(config)},
        links={CHILD_LINK: child},
        mqtt_link_poll_seconds=POLL_S,
        ack_timeout_seconds=ACK_TIMEOUT_S,
        web_servers=dict(web_servers_of(config)),
    )


def parent_status(core: NodeCore, counter: CountingActor, clock: Clock) -> ParentStatus:
    """How the parent stands now."""
    link = core.links[CHILD_LINK]
    return ParentStatus(
        link=link.state.value,
        next_try_s=next_try_s(core, clock),
        handled=counter.handled,
        others=counter.others,
        duplicates=link.stats.duplicates,
        celsius=counter.celsius,
    )
