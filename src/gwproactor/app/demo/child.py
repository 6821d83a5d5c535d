"""The demo's child: a node with one sensor, whose readings are events."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TextIO

from dependency_injector import providers

from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.app.actor import Actor
from gwproactor.app.container import ProactorContainer
from gwproactor.app.demo.reading import Reading, SimulatedSensor
from gwproactor.app.demo.reporter import Reporter, UploadWatch, next_try_s
from gwproactor.app.demo.status import ChildStatus, NodeConfig
from gwproactor.app.demo.times import ACK_TIMEOUT_S, POLL_S, broker_of, web_servers_of
from gwproactor.app.settings import LinkSettings, Paths, ProactorSettings
from gwproactor.domain.moment import Chance
from gwproactor.domain.node import NodeCore
from gwproactor.domain.outcome import Failure
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_log import EventLog
from gwproactor.ports.event_store import EventStore

LOG: Final = logging.getLogger("gwproactor.demo")
# Less than this is not waited for: a rounded sum of floats may never arrive.
SOON_S: Final = 1e-4


class SensorActor(Actor):
    """Reads the sensor at a steady rate, lists the id of each event, then generates the event.

    The list is the witness of the demo: it says what there must be, whatever becomes of the node.
    Without it there is nothing to show: a failure ends the node, and the supervisor sees that.
    """

    failure_policy = FailurePolicy.STOP_NODE

    def __init__(
        self,
        name: str,
        *,
        event_log: EventLog,
        clock: Clock,
        chance: Chance,
        list_path: Path,
        rate: float,
        events: int,
        seconds: float | None,
    ) -> None:
        super().__init__(name)
        self._event_log = event_log
        self._clock = clock
        self._chance = chance
        self._sensor = SimulatedSensor(chance)
        self._list_path = list_path
        self._rate = rate
        self._events = events
        self._seconds = seconds
        self._begin = asyncio.Event()
        self.generated = 0
        self.refused = 0
        self.finished = False
        self.celsius: float | None = None

    def generate(self) -> None:
        """Begin. Without effect if it has begun."""
        self._begin.set()

    async def run(self) -> None:
        with self.waiting("the word to begin"):
            await self._begin.wait()
        started_s = self._clock.monotonic_s()
        with self._list_path.open("a", encoding="utf-8") as listed:
            while self.generated < self._events:
                passed_s = self._clock.monotonic_s() - started_s
                if self._seconds is not None and passed_s >= self._seconds:
                    break
                early_s = self.generated / self._rate - passed_s
                if early_s < SOON_S:
                    self._read_sensor(listed, passed_s)
                    early_s = 0.0  # the loop has other work, too
                await self.sleep(early_s)
        self.finished = True

    def _read_sensor(self, listed: TextIO, passed_s: float) -> None:
        message_id = self._chance.new_id()
        listed.write(f"{message_id}\n")
        listed.flush()
        self.celsius = self._sensor.celsius(passed_s)
        self.generated += 1
        reading = Reading(message_id=message_id, celsius=self.celsius)
        refused = self._event_log.generate_event(reading)
        if isinstance(refused, Failure):
            self.refused += 1
            LOG.error("reading %s was refused: %s", message_id, refused.failure())


def make_sensor(
    config: NodeConfig, event_log: EventLog, clock: Clock, chance: Chance
) -> SensorActor:
    return SensorActor(
        "sensor",
        event_log=event_log,
        clock=clock,
        chance=chance,
        list_path=config.list_path,
        rate=config.rate,
        events=config.events,
        seconds=config.seconds,
    )


def make_upload_watch(core: NodeCore, store: EventStore) -> UploadWatch:
    return UploadWatch("upload watch", core=core, store=store)


def make_reporter(
    core: NodeCore,
    store: EventStore,
    watch: UploadWatch,
    sensor: SensorActor,
    clock: Clock,
    servers: AiohttpWebServers,
) -> Reporter:
    status: Callable[[], ChildStatus] = partial(child_status, core, store, watch, sensor, clock)
    return Reporter("reporter", clock=clock, status=status, servers=servers)


class ChildContainer(ProactorContainer):
    """The child: a node with a sensor, and what tells the supervisor about it."""

    config: providers.Dependency[NodeConfig] = providers.Dependency(instance_of=NodeConfig)
    sensor: providers.Provider[SensorActor] = providers.Singleton(
        make_sensor,
        config=config,
        event_log=ProactorContainer.event_log,
        clock=ProactorContainer.clock,
        chance=ProactorContainer.chance,
    )
    upload_watch: providers.Provider[UploadWatch] = providers.Singleton(
        make_upload_watch, core=ProactorContainer.core, store=ProactorContainer.event_store
    )
    reporter: providers.Provider[Reporter] = providers.Singleton(
        make_reporter,
        core=ProactorContainer.core,
        store=ProactorContainer.event_store,
        watch=upload_watch,
        sensor=sensor,
        clock=ProactorContainer.clock,
        servers=ProactorContainer.node_web_servers,
    )


def child_settings(config: NodeConfig) -> ProactorSettings:
    """The child sends its events upstream, to the parent."""
    parent = LinkSettings(peer_long_name=config.parent_name, peer_short_name="p", upstream=True)
    return ProactorSettings(
        long_name=config.child_name,
        short_name="c",
        paths=Paths(data_dir=config.child_folder),
        brokers={"local": broker_of(config)},
        links={"parent": parent},
        mqtt_link_poll_seconds=POLL_S,
        ack_timeout_seconds=ACK_TIMEOUT_S,
        web_servers=dict(web_servers_of(config)),
    )


def child_status(
    core: NodeCore, store: EventStore, watch: UploadWatch, sensor: SensorActor, clock: Clock
) -> ChildStatus:
    """How the child stands now."""
    assert core.upstream is not None
    return ChildStatus(
        link=core.upstream.state.value,
        next_try_s=next_try_s(core, clock),
        generated=sensor.generated,
        refused=sensor.refused,
        finished=sensor.finished,
        celsius=sensor.celsius,
        events=core.stats.events_generated,
        pending=store.content().pending,
        un_acked=len(core.uploads.un_acked),
        acked=core.uploads.stats.acked,
        reuploads=watch.reuploads,
        reuploaded=watch.reuploaded(),
        reuploads_done=watch.reuploads_done,
    )
