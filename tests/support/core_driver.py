"""A node's core with everything around it made of plain data: broker, peers, store, sink and time.

`feed` gives it one fact and does what a shell would do about the decisions; `run` lets time pass.
Nothing happens by itself that a test did not switch on.
"""

import heapq
import itertools
from collections import deque
from typing import Final, TypeVar

import attrs

from gwproactor.domain import decisions as d
from gwproactor.domain import facts as f
from gwproactor.domain.events import AnyEvent, CommEvent, Event, ProblemEvent
from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.link_state import StateName, Transition
from gwproactor.domain.message import Header, Message, Received, Sequence, to_peer
from gwproactor.domain.moment import Moment
from gwproactor.domain.node import NodeCore, NodeSpec, UploadOrder
from gwproactor.domain.payloads import Ack, Ping
from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.domain.wire_type import Payload

D = TypeVar("D", bound=d.Decision)
E = TypeVar("E", bound=Event)

LATENCY_S: Final = 0.01
# The filters of the links `up` and `kid`, and one that a test may add.
UP_FILTER: Final = "gw/peer-up/to/own/#"
KID_FILTER: Final = "gw/peer-kid/to/own/#"
EXTRA: Final = "weather/#"


def link_spec(name: str = "up", *, broker: str = "b", upstream: bool | None = None) -> LinkSpec:
    """A link to the node `peer.<name>`; `up` is upstream."""
    return LinkSpec(
        name=name,
        broker=broker,
        own_long_name="own.long",
        receiver_name="own",
        peer_long_name=f"peer.{name}",
        peer_short_name=f"p{name}",
        upstream=name == "up" if upstream is None else upstream,
    )


def node_spec(
    *links: LinkSpec,
    poll_s: float = 60.0,
    ack_timeout_s: float = 5.0,
    reupload_window: int = 5,
    un_acked_max: int = 1_000,
    upload_order: UploadOrder = UploadOrder.LIVE_FIRST,
) -> NodeSpec:
    """A node with these links; by default with just one, upstream."""
    return NodeSpec(
        long_name="own.long",
        short_name="own",
        links=links or (link_spec(),),
        poll_s=poll_s,
        ack_timeout_s=ack_timeout_s,
        reupload_window=reupload_window,
        un_acked_max=un_acked_max,
        upload_order=upload_order,
    )


def any_event(message_id: str, type_name: str = "gridworks.event.test") -> AnyEvent:
    return AnyEvent(
        message_id=message_id, time_created_ms=1, src="x", event_type_name=type_name, json={}
    )


@attrs.define
class FixedChance:
    """Ids in order; always the same fraction."""

    fixed: float = 0.5
    _ids: "itertools.count[int]" = attrs.Factory(lambda: itertools.count(1))

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def fraction(self) -> float:
        return self.fixed


@attrs.define
class CoreDriver:
    """`is_up`, `grants`, `reads`, `keeps` and `acking` switch the surroundings on and off.

    `grants` is the SUBACK code of each filter, None for no SUBACK. `acking` names the links whose
    peers ack, but for `unacked_types`; with `sinks` off they ack no events. Events of
    `killing_types` end the connection. What is switched off is left to the test, which feeds the
    fact itself.
    """

    core: NodeCore
    now_s: float = 1_000.0
    wall_ms: int = 1_700_000_000_000
    chance: FixedChance = attrs.Factory(FixedChance)
    is_up: bool | None = None
    grants: int | None = None
    reads: bool = True
    keeps: bool = True
    acking: set[str] = attrs.Factory(set)
    unacked_types: set[str] = attrs.Factory(set)
    killing_types: set[str] = attrs.Factory(set)
    sinks: bool = True
    stores: bool = True
    stored: dict[int, StoredEvent] = attrs.Factory(dict)
    quarantined: dict[int, Quarantined] = attrs.Factory(dict)
    forgotten: list[int] = attrs.Factory(list)
    dropped: list[int] = attrs.Factory(list)
    kept: set[tuple[str, str]] = attrs.Factory(set)
    log: list[tuple[float, d.Decision]] = attrs.Factory(list)
    wakes: int = 0
    _inbox: deque[f.Fact] = attrs.Factory(deque)
    _later: list[tuple[float, int, f.Fact]] = attrs.Factory(list)
    _order: "itertools.count[int]" = attrs.Factory(lambda: itertools.count(1))
    _numbers: "itertools.count[int]" = attrs.Factory(lambda: itertools.count(1))

    # Driving

    def feed(self, *given: f.Fact) -> list[d.Decision]:
        """The decisions about these facts, and about those that follow from them at once."""
        before = len(self.log)
        for fact in given:
            self._inbox.append(fact)
            while self._inbox:
                moment = Moment(self.now_s, self.wall_ms, self.chance)
                for decision in self.core.decide(self._inbox.popleft(), moment):
                    self.log.append((self.now_s, decision))
                    self._perform(decision)
                self._check_wake()
        return [decision for _, decision in self.log[before:]]

    def run(self, seconds: float) -> list[d.Decision]:
        """Let time pass, with TimePassed exactly when the core wants it."""
        before, end_s, at_once = len(self.log), self.now_s + seconds, 0
        while (next_s := self._next_s()) is not None and next_s <= end_s:
            at_once = at_once + 1 if next_s <= self.now_s else 0
            assert at_once <= 50, "nothing but facts at one instant"
            self.now_s = max(self.now_s, next_s)
            if self._later and self._later[0][0] <= self.now_s:
                self.feed(heapq.heappop(self._later)[2])
            else:
                self._wake()
        self.now_s = end_s
        return [decision for _, decision in self.log[before:]]

    def later(self, after_s: float, fact: f.Fact) -> None:
        """Feed *fact* after so many seconds of `run`."""
        heapq.heappush(self._later, (self.now_s + after_s, next(self._order), fact))

    def start(self) -> list[d.Decision]:
        return self.feed(f.NodeStarted())

    def connect(self, broker: str = "b") -> list[d.Decision]:
        return self.feed(f.BrokerConnected(broker))

    def disconnect(self, broker: str = "b") -> list[d.Decision]:
        return self.feed(f.BrokerDisconnected(broker, "gone"))

    def suback(
        self, *codes: int, broker: str = "b", request: int | None = None
    ) -> list[d.Decision]:
        """Answer the last SUBSCRIBE, or that one."""
        last = self.all(d.Subscribe)[-1]
        answered = last.request if request is None else request
        codes = codes or (0,) * len(last.subscriptions)
        return self.feed(f.SubscribeAcked(broker, answered, codes))

    def hear(self, payload: Payload | None = None, link: str = "up") -> list[d.Decision]:
        """A message from the peer: a ping, if not said otherwise."""
        return self.feed(self.arriving(payload or Ping(message_id="peer-ping"), link))

    def ack(self, message_id: str, link: str = "up") -> list[d.Decision]:
        return self.hear(Ack(ack_message_id=message_id), link)

    def activate(self, link: str = "up") -> None:
        """From nothing to an active link on broker b, with everything acked so far."""
        self.start()
        self.connect()
        for subscribe in self.all(d.Subscribe):
            codes = (0,) * len(subscribe.subscriptions)
            self.feed(f.SubscribeAcked("b", subscribe.request, codes))
        self.hear(link=link)
        self.ack_all(link)
        assert self.state(link) is StateName.ACTIVE

    def ack_all(self, link: str = "up") -> None:
        """Ack what the link waits for, until it waits for nothing."""
        while waiting := [*self.link(link).acks.waiting]:
            for message_id in waiting:
                self.ack(message_id, link)

    def generate(
        self, message_id: str, type_name: str = "gridworks.event.test", payload: bytes = b"{}"
    ) -> list[d.Decision]:
        """An event of the application."""
        return self.feed(self.accept(message_id, type_name, payload))

    def accept(
        self, message_id: str, type_name: str = "gridworks.event.test", payload: bytes = b"{}"
    ) -> f.EventAccepted:
        """Store an event; the fact is to be fed."""
        event = StoredEvent(Sequence("e", next(self._numbers)), message_id, type_name, payload)
        self.stored[event.sequence.number] = event
        return f.EventAccepted.of(event, self.pending_bytes)

    def arriving(
        self,
        payload: Payload,
        link: str = "up",
        *,
        message_id: str = "",
        ack_required: bool | None = None,
        retained: bool = False,
        from_peer: bool = True,
    ) -> f.MessageArrived:
        """The fact of a message as the peer would send it."""
        src = self.link(link).spec.peer_long_name
        sent = to_peer(
            payload, src=src, dst="own", message_id=message_id, ack_required=ack_required
        )
        received = Received(link, "topic", retained, Header(src), {})
        return f.MessageArrived(link, Message(sent.header, payload, received), from_peer)

    # Looking

    def link(self, name: str = "up") -> Link:
        return self.core.links[name]

    def state(self, name: str = "up") -> StateName:
        return self.link(name).state

    def all(self, kind: type[D]) -> list[D]:
        return of(kind, [decision for _, decision in self.log])

    @property
    def pending_bytes(self) -> int:
        return sum(len(event.payload) for event in self.stored.values())

    def stored_ids(self) -> list[str]:
        return [event.message_id for event in self.stored.values()]

    # The surroundings

    def _perform(self, decision: d.Decision) -> None:
        match decision:
            case d.Raise(event):
                self._inbox.append(self._take(event))
            case d.Forget(number):
                assert number in self.stored, "forgotten twice"
                self.forgotten.append(number)
                del self.stored[number]
                self.quarantined.pop(number, None)
            case d.Quarantine(event):
                assert event.number in self.stored, "only what is stored is put in quarantine"
                self.quarantined[event.number] = event
            case d.Release(type_name):
                for number in [n for n, q in self.quarantined.items() if q.type_name == type_name]:
                    del self.quarantined[number]
            case d.ReadQuarantine() if self.reads:
                self._inbox.append(self.read_quarantine())
            case d.Drop(number):
                assert number in self.stored, "dropped twice"
                self.dropped.append(number)
                del self.stored[number]
            case d.ReadOldest() if self.reads:
                self._inbox.append(self.read_oldest(decision))
            case d.ReadBacklog() if self.reads:
                self._inbox.append(self.read(decision))
            case d.ReadRetries() if self.reads:
                self._inbox.append(self.read_retries(decision))
            case d.Keep() if self.keeps:
                key = (decision.link_name, decision.message.header.message_id)
                known = key in self.kept
                self.kept.add(key)
                self._inbox.append(
                    f.EventKept(decision.link_name, decision.message, decision.from_peer, known)
                )
            case d.Connect(broker) if self.is_up is not None:
                up, down = (
                    f.BrokerConnected(broker),
                    f.BrokerConnectFailed(broker, "tcp", "refused"),
                )
                self.later(LATENCY_S, up if self.is_up else down)
            case d.Subscribe() if self.grants is not None:
                codes = (self.grants,) * len(decision.subscriptions)
                self.later(LATENCY_S, f.SubscribeAcked(decision.broker, decision.request, codes))
            case d.Publish(_, broker) if decision.header.message_type in self.killing_types:
                self.later(LATENCY_S, f.BrokerDisconnected(broker, "killed"))
            case d.Publish(link_name) if decision.header.ack_required and link_name in self.acking:
                is_event = isinstance(decision.body, bytes)
                is_acked = decision.header.message_type not in self.unacked_types
                if is_acked and (self.sinks or not is_event):
                    ack = Ack(ack_message_id=decision.header.message_id)
                    self.later(LATENCY_S, self.arriving(ack, link_name))
            case _:
                pass

    def read(self, asked: d.ReadBacklog) -> f.BacklogRead:
        free = sorted(self.stored.keys() - self.quarantined.keys())
        behind = [self.stored[number] for number in free if number > asked.after]
        return f.BacklogRead(asked.round, tuple(behind[: asked.count]))

    def read_quarantine(self) -> f.QuarantineRead:
        """The oldest of each type."""
        oldest = {self.quarantined[n].type_name: n for n in sorted(self.quarantined, reverse=True)}
        return f.QuarantineRead(tuple(self.quarantined[number] for number in oldest.values()))

    def read_oldest(self, asked: d.ReadOldest) -> f.OldestRead:
        behind = [self.stored[number] for number in sorted(self.stored) if number > asked.after]
        return f.OldestRead(tuple(behind[: asked.count]), self.pending_bytes)

    def read_retries(self, asked: d.ReadRetries) -> f.RetriesRead:
        there = tuple(self.stored[number] for number in asked.numbers if number in self.stored)
        return f.RetriesRead(asked.round, asked.numbers, there)

    def _take(self, event: Event) -> f.Fact:
        if not self.stores:
            return f.EventRefused(event.type_name, "full", event.message_id)
        if self.core.upstream is None:
            return f.OwnEventTaken(event.type_name)
        return self.accept(event.message_id or self.chance.new_id(), event.type_name)

    def _next_s(self) -> float | None:
        times = [self.core.wake_s, self._later[0][0] if self._later else None]
        return min((time_s for time_s in times if time_s is not None), default=None)

    def _check_wake(self) -> None:
        """Whatever is due, the core must have asked to be woken by then."""
        due_s, wake_s = self.core._next_s(), self.core.wake_s
        assert due_s is None or (wake_s is not None and wake_s <= due_s), "the core sleeps too long"

    def _wake(self) -> None:
        self.wakes += 1
        self.feed(f.TimePassed())
        wake_s = self.core.wake_s
        assert wake_s is None or wake_s > self.now_s, "the core spins"


def driver(*links: LinkSpec, poll_s: float = 60.0, ack_timeout_s: float = 5.0) -> CoreDriver:
    """Nothing is switched on but the store and the sink."""
    return CoreDriver(NodeCore(node_spec(*links, poll_s=poll_s, ack_timeout_s=ack_timeout_s)))


def live(*links: LinkSpec, poll_s: float = 60.0, ack_timeout_s: float = 5.0) -> CoreDriver:
    """Broker and peers answer; nothing is started."""
    made = driver(*links, poll_s=poll_s, ack_timeout_s=ack_timeout_s)
    made.is_up, made.grants, made.acking = True, 0, set(made.core.links)
    return made


def active(*, poll_s: float = 60.0, ack_timeout_s: float = 5.0) -> CoreDriver:
    """A node whose one link, upstream, is active; nothing is un-acked or stored."""
    node = driver(poll_s=poll_s, ack_timeout_s=ack_timeout_s)
    node.activate()
    assert node.stored == {}
    return node


def two_links(*, poll_s: float = 60.0) -> CoreDriver:
    """Upstream and a child on one broker, both active."""
    node = driver(link_spec("up"), link_spec("kid"), poll_s=poll_s)
    node.activate()
    node.hear(link="kid")
    node.ack_all("kid")
    node.ack_all("up")
    assert node.state("kid") is StateName.ACTIVE
    return node


def child_only() -> CoreDriver:
    """A node without upstream link; its one link is active."""
    node = driver(link_spec("kid"))
    node.activate("kid")
    return node


def of(kind: type[D], decisions: list[d.Decision]) -> list[D]:
    return [decision for decision in decisions if isinstance(decision, kind)]


def sent(decisions: list[d.Decision]) -> list[str]:
    """The types of what is published, in order, without their common prefix."""
    types = [publish.header.message_type for publish in of(d.Publish, decisions)]
    return [type_name.removeprefix("gridworks.") for type_name in types]


def sent_ids(decisions: list[d.Decision]) -> list[str]:
    return [publish.header.message_id for publish in of(d.Publish, decisions)]


def acked_ids(decisions: list[d.Decision]) -> list[str]:
    bodies = (publish.body for publish in of(d.Publish, decisions))
    return [body.ack_message_id for body in bodies if isinstance(body, Ack)]


def raised(decisions: list[d.Decision]) -> list[str]:
    """The types of the node's own events, in order, without their common prefix."""
    types = (raise_.event.type_name for raise_ in of(d.Raise, decisions))
    return [type_name.removeprefix("gridworks.event.") for type_name in types]


def problems(decisions: list[d.Decision]) -> list[ProblemEvent]:
    events = (raise_.event for raise_ in of(d.Raise, decisions))
    return [event for event in events if isinstance(event, ProblemEvent)]


def comm_events(decisions: list[d.Decision]) -> list[CommEvent]:
    events = (raise_.event for raise_ in of(d.Raise, decisions))
    return [event for event in events if isinstance(event, CommEvent)]


def transitions(decisions: list[d.Decision]) -> list[Transition]:
    return [announce.transition for announce in of(d.Announce, decisions)]
