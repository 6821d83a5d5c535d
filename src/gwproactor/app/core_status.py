"""Links and event store of a node as values, from what the core knows of them."""

from typing import Final

import attrs

from gwproactor.adapters.persistence.null import NullEventSink, NullEventStore
from gwproactor.app.engine import Engine
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.link import Link
from gwproactor.domain.short_text import short_key
from gwproactor.domain.status import LinkStatus, StoreStatus
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_sink import EventSink
from gwproactor.ports.event_store import EventStore
from gwproactor.ports.instance_id import InstanceId

# More names of types are of no use on a page.
TYPES_SHOWN: Final = 20
HOUR_S: Final = 3_600.0


@attrs.frozen(eq=False)
class CoreStatus:
    """Loop thread only. *sink* is the one that the engine watches.

    The core knows monotonic times only. As wall times they are told by how long ago they are, and
    so a clock that was set since does not make them wrong.
    """

    settings: ProactorSettings
    engine: Engine
    store: EventStore
    sink: EventSink
    clock: Clock
    instance_id: InstanceId

    @property
    def started_ms(self) -> int | None:
        """When the links were started."""
        started_s = self.engine.core.started_s
        return None if started_s is None else self._wall_ms(started_s)

    @property
    def stopping(self) -> bool:
        core = self.engine.core
        return core.stopping or core.stopped

    def links(self) -> tuple[LinkStatus, ...]:
        """In the order of the settings."""
        return tuple(self._link(link) for link in self.engine.core.links.values())

    def _link(self, link: Link) -> LinkStatus:
        spec = link.spec
        broker = self.settings.every_broker[spec.broker]
        host = f"[{broker.host}]" if ":" in broker.host else broker.host
        connection = self.engine.core.brokers[spec.broker]
        due_s = connection.connect_due_s
        return LinkStatus(
            name=spec.name,
            broker=spec.broker,
            broker_address=f"{host}:{broker.effective_port()}",
            peer=spec.peer_long_name,
            upstream=spec.upstream,
            state=link.state.value,
            since_ms=None if link.since_s is None else self._wall_ms(link.since_s),
            next_try_s=None if due_s is None else max(0.0, due_s - self.clock.monotonic_s()),
            no_broker=connection.last_failure,
            last_sent_ms=self._wall_ms(link.last_sent_s) if link.last_sent_s else None,
            last_heard_ms=self._wall_ms(link.last_heard_s) if link.last_heard_s else None,
            un_acked=len(link.acks.waiting),
            subscriptions_pending=len(link.subscriptions.pending),
            stats=link.stats,
        )

    def store_status(self) -> StoreStatus:
        """What is stored, here and in the sink."""
        core, content, choice = self.engine.core, self.store.content(), self.settings.event_store
        types = core.uploads.alone.quarantine.oldest
        return StoreStatus(
            kind=type(self.store).__qualname__,
            pending=content.pending,
            pending_bytes=content.pending_bytes,
            bytes_max=choice.bytes_max,
            in_flight=core.uploads.count_in_flight(),
            when_full=choice.when_full.value,
            hours_left=self._hours_left(content.pending_bytes),
            quarantined=content.quarantined,
            quarantined_types=tuple(map(short_key, sorted(types)[:TYPES_SHOWN])),
            trouble=self.engine.store_trouble,
            keeps=not isinstance(self.store, NullEventStore),
            sink_kind=type(self.sink).__qualname__,
            sink_keeps=not isinstance(self.sink, NullEventSink),
            sink_trouble=self.engine.sink_trouble,
        )

    def _hours_left(self, pending_bytes: int) -> float | None:
        core = self.engine.core
        if core.started_s is None:
            return None
        rate = core.fill_rate.bytes_per_s(core.started_s, self.clock.monotonic_s())
        if rate == 0.0:
            return None
        room = max(0, self.settings.event_store.bytes_max - pending_bytes)
        return room / rate / HOUR_S

    def _wall_ms(self, then_s: float) -> int:
        ago_s = self.clock.monotonic_s() - then_s
        return self.clock.wall_ms() - round(ago_s * 1_000)
