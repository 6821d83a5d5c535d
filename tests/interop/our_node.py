"""One whole node of ours on the test's loop: the real container, transport, store and sink.

What passes between its links and its transport is written down, so that a test sees the wire, and
can wait until something has happened there.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeAlias

import attrs
import orjson
from dependency_injector import providers

from gwproactor import (
    Event,
    LinkSettings,
    Message,
    MessageNamespace,
    MQTTClient,
    Outcome,
    Paths,
    Proactor,
    ProactorContainer,
    ProactorSettings,
    StateName,
    Subscription,
    Success,
    Transition,
    assemble,
    build_node,
    event_type,
)
from gwproactor.adapters.clock import SystemChance
from gwproactor.adapters.persistence import SqliteSinkReader
from gwproactor.app.settings import NO_TLS, EventStoreSettings
from gwproactor.domain.subscription import QOS
from gwproactor.ports.event_sink import (
    EventSink,
    ReceivedEvent,
    SinkAnswer,
    SinkBusy,
    SinkFailed,
    StoreFull,
    StoreProblem,
)
from gwproactor.ports.link_transport import (
    ConnectFailed,
    Disconnected,
    LinkTransport,
    NotConnected,
    PublishFailed,
    TransportListener,
)
from tests.support.family import Recorder

# Only a failing test waits so long.
DEADLINE_S: Final = 20.0
BROKER: Final = "broker"

Role: TypeAlias = Literal["child", "parent"]
PEER_OF: Final[dict[Role, Role]] = {"child": "parent", "parent": "child"}


@attrs.frozen
class Names:
    """The long and short names of the two nodes of one test."""

    child: tuple[str, str]
    parent: tuple[str, str]

    @classmethod
    def of(cls, tag: str) -> "Names":
        """Names that no other test has, as all may have been given the same broker."""
        return cls((f"d1.{tag}.scada", f"s{tag}"), (f"d1.{tag}", f"a{tag}"))

    def of_role(self, role: Role) -> tuple[str, str]:
        return self.child if role == "child" else self.parent


@attrs.frozen(kw_only=True)
class DemoEvent(Event):
    """The event of an app that both libraries know: it is in the original's script, too."""

    wire: ClassVar = event_type("gridworks.event.demo.n")

    index: int
    text: str = ""


class Changes:
    """Tells those who wait that something has happened."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def note(self) -> None:
        self._happened.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once *holds* does; it is asked again after everything that happens."""
        while not holds():
            self._happened.clear()
            await self._happened.wait()


@attrs.frozen
class Packet:
    """A message on the wire; `sent` by our node, or else received by it."""

    sent: bool
    topic: str
    data: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The whole message."""
        parsed: dict[str, Any] = orjson.loads(self.data)
        return parsed

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.json["Payload"]
        return payload


class WatchedTransport:
    """A `LinkTransport` that writes down what passes through it."""

    def __init__(self, inner: LinkTransport, packets: list[Packet], changes: Changes) -> None:
        self._inner = inner
        self._packets = packets
        self._changes = changes

    def listen(self, listener: TransportListener) -> None:
        self._inner.listen(_WatchedListener(listener, self._packets, self._changes))

    def connect(self) -> None:
        self._inner.connect()

    def publish(
        self, topic: str, payload: bytes, qos: QOS, *, retain: bool = False
    ) -> Outcome[None, NotConnected | PublishFailed]:
        result = self._inner.publish(topic, payload, qos, retain=retain)
        if isinstance(result, Success):
            self._packets.append(Packet(True, topic, payload))
        self._changes.note()
        return result

    def subscribe(
        self, request: int, subscriptions: Sequence[Subscription]
    ) -> Outcome[None, NotConnected]:
        return self._inner.subscribe(request, subscriptions)

    def unsubscribe(self, topic_filters: Sequence[str]) -> Outcome[None, NotConnected]:
        return self._inner.unsubscribe(topic_filters)

    async def disconnect(self) -> None:
        await self._inner.disconnect()


@attrs.frozen
class _WatchedListener:
    _inner: TransportListener
    _packets: list[Packet]
    _changes: Changes

    def connected(self) -> None:
        self._inner.connected()
        self._changes.note()

    def connect_failed(self, failure: ConnectFailed) -> None:
        self._inner.connect_failed(failure)
        self._changes.note()

    def disconnected(self, reason: Disconnected) -> None:
        self._inner.disconnected(reason)
        self._changes.note()

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        self._inner.subscribe_acked(request, codes)
        self._changes.note()

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self._packets.append(Packet(False, topic, payload))
        self._inner.received(topic, payload, retained=retained)
        self._changes.note()


class WatchedRecorder(Recorder):
    """Handles what the link brings, and notes it."""

    changes: Changes

    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        answer = super().process_message(message)
        self.changes.note()
        return answer

    def link_changed(self, transition: Transition) -> None:
        super().link_changed(transition)
        self.changes.note()

    @property
    def events(self) -> list[Event]:
        """The events handed over, in order."""
        payloads = [message.payload for message in self.messages]
        return [payload for payload in payloads if isinstance(payload, Event)]


class WatchedContainer(ProactorContainer):
    """A node whose links are handled by a recorder."""

    recorder: providers.Provider[WatchedRecorder] = providers.Singleton(WatchedRecorder)


class PromptChance(SystemChance):
    """Reconnects after a tenth of the longest delay, so that tests need not wait for chance."""

    def fraction(self) -> float:
        return 0.1


class HeldSink:
    """An `EventSink` whose medium hangs until `release`."""

    def __init__(self, inner: EventSink) -> None:
        self._inner = inner
        self._held: list[tuple[ReceivedEvent, Callable[[SinkAnswer], None]]] | None = []

    @property
    def held_ids(self) -> list[str]:
        """Of the events that wait, in order of arrival, as often as they arrived."""
        return [event.message_id for event, _ in self._held or ()]

    def release(self) -> None:
        held, self._held = self._held or [], None
        for event, done in held:
            assert isinstance(self._inner.put(event, done), Success)

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        self._inner.listen(tell)

    async def open(self) -> Outcome[None, SinkFailed]:
        return await self._inner.open()

    def put(
        self, event: ReceivedEvent, done: Callable[[SinkAnswer], None]
    ) -> Outcome[None, SinkBusy | StoreFull]:
        if self._held is None:
            return self._inner.put(event, done)
        self._held.append((event, done))
        return Success(None)

    async def close(self) -> None:
        self.release()
        await self._inner.close()


@attrs.frozen
class OurNode:
    """A node with one link, named after the role of its peer. Build it with `our_node`."""

    container: WatchedContainer
    proactor: Proactor
    recorder: WatchedRecorder
    changes: Changes
    packets: list[Packet]
    link_name: Role

    @property
    def long_name(self) -> str:
        return self.proactor.name

    @property
    def state(self) -> StateName:
        return self.container.core().links[self.link_name].state

    @property
    def pending(self) -> int:
        """How many events are stored for the parent; always 0 at a parent."""
        return self.container.event_store().content().pending

    @property
    def transitions(self) -> list[Transition]:
        """Every change of the link's state, in order."""
        return self.recorder.transitions

    @property
    def stored(self) -> list[ReceivedEvent]:
        """What the sink's file holds, in order of arrival; at a parent its own events, too."""
        return list(SqliteSinkReader(self.container.settings().paths.event_sink).events())

    def generate(self, *events: Event) -> list[str]:
        """Their ids."""
        log = self.container.event_log()
        return [log.generate_event(event).unwrap().event.message_id for event in events]

    def handled(self) -> Counter[str]:
        """How often the handler was given each event, by id."""
        return Counter(event.message_id for event in self.recorder.events)

    def sent(self, type_name: str, *, since: int = 0) -> list[Packet]:
        """The messages of this type that it sent; *since* is a length of `packets`."""
        return self._packets(True, type_name, since)

    def heard(self, type_name: str, *, since: int = 0) -> list[Packet]:
        """The messages of this type that came to it."""
        return self._packets(False, type_name, since)

    def acked_ids(self, *, since: int = 0) -> list[str]:
        """What it acknowledged, in order."""
        return [p.payload["AckMessageID"] for p in self.sent("gridworks.ack", since=since)]

    def ids_acked_by_peer(self, *, since: int = 0) -> list[str]:
        """What the peer acknowledged, in order."""
        return [p.payload["AckMessageID"] for p in self.heard("gridworks.ack", since=since)]

    async def eventually(self, holds: Callable[[], bool], what: str) -> None:
        """Return once *holds* does. Raises AssertionError, naming *what*, if it never does."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self.changes.until(holds)
        except TimeoutError:
            moves = "; ".join(str(transition) for transition in self.transitions[-6:])
            raise AssertionError(
                f"ours, waited in vain: {what}; state {self.state.value}, pending {self.pending}, "
                f"last moves: {moves}"
            ) from None

    async def is_in(self, state: StateName) -> None:
        """Return once the link is in *state*."""
        await self.eventually(lambda: self.state is state, f"link in {state.value}")

    def _packets(self, sent: bool, type_name: str, since: int) -> list[Packet]:
        # Topics tell the type, so that bytes which are no message do no harm here.
        end = type_name.replace(".", "-")
        packets = self.packets[since:]
        return [p for p in packets if p.sent is sent and p.topic.rsplit("/", 1)[-1] == end]


def our_node(
    role: Role,
    names: Names,
    address: tuple[str, int],
    data_dir: Path,
    *,
    poll_s: float,
    ack_timeout_s: float,
    hold_sink: bool = False,
    event_store: EventStoreSettings | None = None,
    event_dir: Path | None = None,
) -> OurNode:
    """A node that is not started yet; the same *data_dir* continues an earlier one, and with
    rolling files the same *event_dir*, which may be the original's.
    """
    peer = PEER_OF[role]
    long_name, short_name = names.of_role(role)
    peer_long_name, peer_short_name = names.of_role(peer)
    host, port = address
    link = LinkSettings(
        broker=BROKER,
        peer_long_name=peer_long_name,
        peer_short_name=peer_short_name,
        upstream=role == "child",
        handler="recorder",
    )
    settings = ProactorSettings(
        long_name=long_name,
        short_name=short_name,
        paths=Paths(data_dir=data_dir, event_dir=event_dir or data_dir / "event"),
        event_store=event_store or EventStoreSettings(),
        brokers={BROKER: MQTTClient(host=host, port=port, tls=NO_TLS)},
        links={peer: link},
        mqtt_link_poll_seconds=poll_s,
        ack_timeout_seconds=ack_timeout_s,
    )
    container = assemble(
        settings, WatchedContainer, namespace=MessageNamespace.of(DemoEvent), chance=PromptChance()
    )
    changes = Changes()
    packets: list[Packet] = []
    # What the container made itself is wrapped, so that its own wiring is what is tested.
    watched = {
        name: WatchedTransport(transport, packets, changes)
        for name, transport in container.link_transports().items()
    }
    container.link_transports.override(providers.Object(watched))
    if hold_sink:
        container.event_sink.override(providers.Object(HeldSink(container.event_sink())))
    recorder = container.recorder()
    recorder.changes = changes
    return OurNode(container, build_node(container), recorder, changes, packets, peer)
