"""The core of a node: facts in, decisions out. It reads no clock, opens nothing, logs nothing.

`decide` is called with one fact at a time, in the order in which the loop saw them, and returns
what is to be done, in order. Deadlines are not timers here: `wake_s` is the earliest time at which
the core wants a `TimePassed`; the shell keeps one timer for it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

import attrs

from gwproactor.domain import facts as f
from gwproactor.domain.ack_book import AckBook, AckKind
from gwproactor.domain.decisions import (
    Announce,
    Connect,
    Decision,
    Deliver,
    Disconnect,
    FinishStop,
    Keep,
    Publish,
    Raise,
    Subscribe,
    Unsubscribe,
)
from gwproactor.domain.events import (
    CommEvent,
    Event,
    MQTTConnectEvent,
    MQTTDisconnectEvent,
    MQTTFullySubscribedEvent,
    PeerActiveEvent,
    ProblemEvent,
    ProblemType,
    ResponseTimeoutEvent,
    ShutdownEvent,
    StartupEvent,
)
from gwproactor.domain.limits import ProblemLimit
from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.link_state import Connection, On, StateName, Transition
from gwproactor.domain.message import Header, Message, Sequence, to_peer
from gwproactor.domain.moment import Moment
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.payloads import Ack, Ping
from gwproactor.domain.reconnect import Reconnect
from gwproactor.domain.routing import Routes, spec_problems
from gwproactor.domain.stats import ProactorStats, count
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.uploads import Uploads
from gwproactor.domain.wire_type import Payload

# How long a stopping node waits for the peer's ack of its shutdown event, at most.
STOP_ACK_S_MAX: Final = 2.0


@attrs.frozen(kw_only=True)
class NodeSpec:
    """What is configured of a node. Times are in seconds.

    `reupload_window` bounds the backlog events in flight at once, `un_acked_max` all that are sent
    and un-acked; both trade memory and bursts for rate (window / round trip).
    """

    long_name: str
    short_name: str
    links: tuple[LinkSpec, ...] = ()
    poll_s: float = 60.0
    ack_timeout_s: float = 5.0
    reupload_window: int = 5
    un_acked_max: int = 1_000


@attrs.define
class Broker:
    """One broker connection and the links that it carries."""

    name: str
    routes: Routes
    reconnect: Reconnect = attrs.Factory(Reconnect)
    connection: Connection = Connection.NOT_STARTED
    connected_s: float = 0.0
    connect_due_s: float | None = None
    outage_reported: bool = False

    @property
    def links(self) -> Iterable[Link]:
        return self.routes.links.values()


class NodeCore:
    """All links, events and acks of one node. Raises ValueError if the links clash."""

    def __init__(self, spec: NodeSpec) -> None:
        problems = spec_problems(spec.links)
        if problems:
            raise ValueError("; ".join(problems))
        self.spec = spec
        self.links: Mapping[str, Link] = {link.name: self._new_link(link) for link in spec.links}
        self.brokers: Mapping[str, Broker] = {
            name: Broker(name, Routes(self._links_of(name)))
            for name in dict.fromkeys(link.broker for link in spec.links)
        }
        self.stats = ProactorStats({name: link.stats for name, link in self.links.items()})
        self.uploads = Uploads(spec.ack_timeout_s, spec.reupload_window, spec.un_acked_max)
        self.upstream = next((self.links[s.name] for s in spec.links if s.upstream), None)
        self.wake_s: float | None = None
        self.stopping = False
        self.stopped = False
        self._stored = False
        self._problems = ProblemLimit()
        self._requests = 0
        self._shutdown_id: str | None = None
        self._stop_due_s: float | None = None

    @property
    def primary_peer(self) -> Link | None:
        """The link that is marked as the primary peer's."""
        return next((link for link in self.links.values() if link.spec.primary_peer), None)

    def decide(self, fact: f.Fact, at: Moment) -> list[Decision]:
        """What is to be done about *fact*, which became known *at* this moment."""
        match fact:
            case f.MessageArrived():
                return self._message_arrived(self.links[fact.link_name], fact, at)
            case f.EventAccepted():
                return self._event_accepted(fact, at)
            case f.EventKept():
                return self._event_kept(self.links[fact.link_name], fact, at)
            case f.TimePassed():
                return self._time_passed(at)
            case f.MessageSent():
                return self._message_sent(self.links[fact.link_name], fact, at)
            case f.BacklogRead():
                return [*self.uploads.backlog_read(fact), *self._send_backlog(at)]
            case f.RetriesRead():
                again = self.uploads.retries_read(fact)
                return [self._publish_event(e.sequence, e.message_id, e.type_name, e.payload, at)
                        for e in again]  # fmt: skip
            case f.ReadFailed():
                self.uploads.read_failed(fact.round, at.now_s)
                self._wake_by(self.uploads.next_s())
                return self._report("event store", "read", fact.detail, at)
            case f.EventNotKept():
                self.links[fact.link_name].stats.events_not_kept += 1
                return self._report(fact.link_name, "event not stored", fact.detail, at)
            case f.BrokerConnected():
                return self._broker_connected(self.brokers[fact.broker], at)
            case f.BrokerConnectFailed():
                return self._broker_connect_failed(self.brokers[fact.broker], fact, at)
            case f.BrokerDisconnected():
                return self._broker_disconnected(self.brokers[fact.broker], fact, at)
            case f.SubscribeAcked():
                return self._subscribe_acked(self.brokers[fact.broker], fact, at)
            case f.UnreadableArrived():
                return self._unreadable_arrived(self.links[fact.link_name], fact, at)
            case f.StrayArrived():
                self.stats.stray_messages += 1
                detail = f"message on topic [{fact.topic}], which belongs to no link"
                return self._report(fact.broker, "wrongly addressed", detail, at)
            case f.SubscriptionAdded():
                return self._subscription_added(self.links[fact.link_name], fact, at)
            case f.SubscriptionRemoved():
                return self._subscription_removed(self.links[fact.link_name], fact)
            case f.ProblemFound():
                return self._problem_found(fact, at)
            case f.OwnEventTaken():
                self.stats.events_generated += 1
                return self._after_shutdown_event(fact.type_name, at)
            case f.EventRefused():
                self.stats.events_refused += 1
                return self._after_shutdown_event(fact.type_name, at)
            case f.NodeStarted():
                return self._node_started(fact, at)
            case f.LinkStartAsked():
                return self._start_link(self.links[fact.link_name], at)
            case f.LinkStopAsked():
                return self._stop_link(self.links[fact.link_name], at)
            case f.StopAsked():
                return self._stop_asked(fact, at)
            case _:
                assert_never(fact)

    # The node's life

    def _node_started(self, fact: f.NodeStarted, at: Moment) -> list[Decision]:
        self._stored = fact.stored
        decisions: list[Decision] = [Raise(StartupEvent())]
        for link in self.links.values():
            decisions += self._start_link(link, at)
        return decisions

    def _stop_asked(self, fact: f.StopAsked, at: Moment) -> list[Decision]:
        if self.stopping:
            return []
        self.stopping = True
        self._stop_due_s = at.now_s + min(self.spec.ack_timeout_s, STOP_ACK_S_MAX)
        self._wake_by(self._stop_due_s)
        return [Raise(ShutdownEvent(reason=fact.reason))]

    def _finish_stop(self, at: Moment) -> list[Decision]:
        if self.stopped:
            return []
        decisions: list[Decision] = []
        for link in self.links.values():
            decisions += self._stop_link(link, at)
        self.stopped = True
        self._stop_due_s = None
        return [*decisions, FinishStop()]

    # Broker connections

    def _start_link(self, link: Link, at: Moment) -> list[Decision]:
        decisions = self._take(link, On.START, at)
        broker = self.brokers[link.spec.broker]
        if link.facts.connection is not Connection.CONNECTING:
            return decisions
        link.subscriptions.wanted.setdefault(link.spec.own_filter, QOS.AtMostOnce)
        broker.routes.changed()
        match broker.connection:
            case Connection.CONNECTED:
                decisions += self._link_connected(link, at)
            case Connection.CONNECTING:
                pass
            case Connection.NOT_STARTED | Connection.STOPPED:
                broker.connection = Connection.CONNECTING
                decisions.append(Connect(broker.name))
        return decisions

    def _stop_link(self, link: Link, at: Moment) -> list[Decision]:
        broker = self.brokers[link.spec.broker]
        was_connected, filters = link.is_connected, tuple(link.subscriptions.wanted)
        decisions = self._take(link, On.STOP, at)
        link.subscriptions.disconnected()
        others = [o for o in broker.links if o.facts.connection in _STARTED]
        if others and was_connected and filters:
            decisions.append(Unsubscribe(broker.name, filters))
        if not others and broker.connection in _STARTED:
            broker.connection = Connection.STOPPED
            broker.connect_due_s = None
            decisions.append(Disconnect(broker.name))
        return decisions

    def _broker_connected(self, broker: Broker, at: Moment) -> list[Decision]:
        if broker.connection is not Connection.CONNECTING:
            return []
        broker.connection = Connection.CONNECTED
        broker.connected_s = at.now_s
        broker.outage_reported = False
        decisions: list[Decision] = []
        for link in broker.links:
            if link.facts.connection is Connection.CONNECTING:
                decisions += self._link_connected(link, at)
        return decisions

    def _link_connected(self, link: Link, at: Moment) -> list[Decision]:
        link.connected(at.now_s)
        link.stats.connects += 1
        self._requests += 1
        subscriptions = link.subscriptions.connected(self._requests, at.now_s)
        self._wake_by(link.subscriptions.next_s())
        return [
            *self._take(link, On.CONNECTED, at),
            *self._comm_event(link, MQTTConnectEvent(peer_name=link.name), at),
            Subscribe(link.spec.broker, self._requests, subscriptions),
        ]

    def _broker_connect_failed(
        self, broker: Broker, fact: f.BrokerConnectFailed, at: Moment
    ) -> list[Decision]:
        if broker.connection is not Connection.CONNECTING:
            return []
        self._try_again(broker, at)
        decisions: list[Decision] = []
        for link in broker.links:
            if link.facts.connection is Connection.CONNECTING:
                decisions += self._take(link, On.CONNECT_FAILED, at)
        if not broker.outage_reported:
            broker.outage_reported = True
            summary = f"broker {broker.name!r} cannot be reached: {fact.cause}"
            decisions += self._report(broker.name, f"connect: {fact.cause}", fact.detail, at,
                                      summary=summary)  # fmt: skip
        return decisions

    def _broker_disconnected(
        self, broker: Broker, fact: f.BrokerDisconnected, at: Moment
    ) -> list[Decision]:
        if broker.connection is not Connection.CONNECTED:
            return []
        broker.connection = Connection.CONNECTING
        broker.reconnect.connection_ended(at.now_s - broker.connected_s)
        self._try_again(broker, at)
        decisions: list[Decision] = []
        for link in broker.links:
            if link.is_connected:
                decisions += self._take(link, On.DISCONNECTED, at)
                link.acks.clear()
                link.subscriptions.disconnected()
                event = MQTTDisconnectEvent(peer_name=link.name)
                decisions += self._comm_event(link, event, at)
        return decisions

    def _try_again(self, broker: Broker, at: Moment) -> None:
        broker.connect_due_s = at.now_s + broker.reconnect.delay_s(at.chance.fraction())
        self._wake_by(broker.connect_due_s)

    # Subscriptions

    def _subscribe_acked(
        self, broker: Broker, fact: f.SubscribeAcked, at: Moment
    ) -> list[Decision]:
        for link in broker.links:
            refused = link.subscriptions.acked(fact.request, fact.codes, at.now_s)
            if refused is not None:
                return self._filters_answered(link, refused, at)
        return []

    def _filters_answered(
        self, link: Link, refused: Mapping[str, int], at: Moment
    ) -> list[Decision]:
        decisions: list[Decision] = []
        self._wake_by(link.subscriptions.next_s())
        for topic_filter, code in refused.items():
            detail = f"the broker refused the filter {topic_filter!r} (SUBACK code {code})"
            decisions += self._report(link.name, f"filter {topic_filter}", detail, at)
        if link.facts.subscribed:
            return decisions
        if link.subscriptions.setup:
            return [*decisions, *self._take(link, On.SUBACK_SOME, at)]
        decisions += self._take(link, On.SUBACK_ALL, at, activate=False)
        event = MQTTFullySubscribedEvent(peer_name=link.name)
        decisions += [*self._comm_event(link, event, at), self._ping(link, at)]
        if link.is_active:
            decisions += self._activated(link, at)
        return decisions

    def _subscription_added(
        self, link: Link, fact: f.SubscriptionAdded, at: Moment
    ) -> list[Decision]:
        link.subscriptions.wanted[fact.topic_filter] = fact.qos
        self.brokers[link.spec.broker].routes.changed()
        if not link.is_connected:
            return []
        return [self._subscribe(link, (Subscription(fact.topic_filter, fact.qos),), at)]

    def _subscription_removed(self, link: Link, fact: f.SubscriptionRemoved) -> list[Decision]:
        there = link.subscriptions.removed(fact.topic_filter)
        self.brokers[link.spec.broker].routes.changed()
        if not there or not link.is_connected:
            return []
        return [Unsubscribe(link.spec.broker, (fact.topic_filter,))]

    def _subscribe(
        self, link: Link, subscriptions: tuple[Subscription, ...], at: Moment
    ) -> Subscribe:
        self._requests += 1
        filters = [subscription.Topic for subscription in subscriptions]
        link.subscriptions.asked(filters, self._requests, at.now_s)
        self._wake_by(link.subscriptions.next_s())
        return Subscribe(link.spec.broker, self._requests, subscriptions)

    # What the peer says

    def _message_arrived(self, link: Link, fact: f.MessageArrived, at: Moment) -> list[Decision]:
        message = fact.message
        if not link.is_connected:
            return []
        retained = message.received is not None and message.received.retained
        from_peer = fact.from_peer and not retained
        link.stats.received += 1
        link.stats.retained += retained
        count(link.stats.received_by_type, message.header.message_type)
        decisions: list[Decision] = []
        if from_peer:
            link.last_heard_s = at.now_s
            if not link.is_active:
                decisions += self._take(link, On.PEER_HEARD, at)
        match message.payload:
            case Ack() as ack:
                if from_peer:
                    decisions += self._acked(link, ack.ack_message_id, at)
                return decisions
            case Ping():
                pass
            case Event():
                return [*decisions, Keep(link.name, message, from_peer)]
            case _:
                decisions.append(Deliver(link.name, message))
        return [*decisions, *self._ack(link, message, at, from_peer=from_peer)]

    def _event_kept(self, link: Link, fact: f.EventKept, at: Moment) -> list[Decision]:
        ack = self._ack(link, fact.message, at, from_peer=fact.from_peer)
        if fact.duplicate:
            link.stats.duplicates += 1
            return ack
        return [Deliver(link.name, fact.message), *ack]

    def _unreadable_arrived(
        self, link: Link, fact: f.UnreadableArrived, at: Moment
    ) -> list[Decision]:
        if fact.type_name is None:
            link.stats.unreadable += 1
            summary = f"Decoding error topic [{fact.topic}]"
            return self._report(link.name, "undecodable", fact.detail, at, summary=summary)
        link.stats.unknown_types += 1
        if not link.is_new_unknown(fact.type_name):
            return []
        summary = f"link {link.name!r} cannot read messages of type {fact.type_name!r}"
        return self._report(link.name, f"type {fact.type_name}", fact.detail, at, summary=summary)

    def _acked(self, link: Link, message_id: str, at: Moment) -> list[Decision]:
        waiting = link.acks.acked(message_id)
        decisions = self.uploads.acked(message_id) if link is self.upstream else []
        if waiting is None and not decisions:
            link.stats.acks_unmatched += 1
            return []
        link.stats.acks_received += 1
        if link is self.upstream:
            decisions += self._send_backlog(at)
        if self.stopping and message_id == self._shutdown_id:
            decisions += self._finish_stop(at)
        return decisions

    # What is said to the peer

    def _ack(
        self, link: Link, message: Message[Payload], at: Moment, *, from_peer: bool
    ) -> list[Decision]:
        header = message.header
        if not header.ack_required or not from_peer or not link.is_connected:
            return []
        if not header.message_id:
            link.stats.without_id += 1
            return []
        link.stats.acks_sent += 1
        return [self._publish(link, Ack(ack_message_id=header.message_id), at)]

    def _ping(self, link: Link, at: Moment) -> Decision:
        ping = Ping(message_id=at.chance.new_id())
        link.stats.pings += 1
        link.last_ping_s = at.now_s
        decision = self._publish(link, ping, at)
        self._wake_by(link.acks.sent(ping.message_id, AckKind.PING, at.now_s))
        link.acks.probe_sent()
        return decision

    def _publish(self, link: Link, payload: Ping | Ack, at: Moment) -> Publish:
        link.last_sent_s = at.now_s
        link.stats.sent += 1
        message = to_peer(payload, src=link.spec.own_long_name, dst=link.spec.peer_short_name)
        topic = link.topic(message.header.message_type)
        return Publish(link.name, link.spec.broker, topic, message.header, payload)

    def _message_sent(self, link: Link, fact: f.MessageSent, at: Moment) -> list[Decision]:
        link.last_sent_s = at.now_s
        link.stats.sent += 1
        if fact.ack_required:
            self._wake_by(link.acks.sent(fact.message_id, AckKind.MESSAGE, at.now_s))
        return []

    # Events of this node

    def _event_accepted(self, fact: f.EventAccepted, at: Moment) -> list[Decision]:
        self.stats.events_generated += 1
        self._stored = True
        sent = self.upstream is not None and self.uploads.accepted(fact)
        decisions: list[Decision] = []
        if sent:
            decisions.append(
                self._publish_event(
                    fact.sequence, fact.message_id, fact.type_name, fact.payload, at
                )
            )
        if self.stopping and fact.type_name == ShutdownEvent.wire.type_name:
            self._shutdown_id = fact.message_id
            if not sent:
                decisions += self._finish_stop(at)
        return decisions

    def _after_shutdown_event(self, type_name: str, at: Moment) -> list[Decision]:
        """There is no peer that could ack the shutdown event."""
        if self.stopping and type_name == ShutdownEvent.wire.type_name:
            return self._finish_stop(at)
        return []

    def _publish_event(
        self, sequence: Sequence, message_id: str, type_name: str, payload: bytes, at: Moment
    ) -> Decision:
        link = self.upstream
        assert link is not None, "only a node with an upstream link uploads"
        link.last_sent_s = at.now_s
        link.stats.sent += 1
        self._wake_by(link.acks.sent(message_id, AckKind.EVENT, at.now_s))
        header = Header(
            link.spec.own_long_name,
            link.spec.peer_short_name,
            type_name,
            message_id,
            ack_required=True,
            sequence=sequence,
        )
        return Publish(link.name, link.spec.broker, link.topic(type_name), header, payload)

    def _send_backlog(self, at: Moment) -> list[Decision]:
        decisions: list[Decision] = []
        while (e := self.uploads.next_from_backlog()) is not None:
            decisions.append(
                self._publish_event(e.sequence, e.message_id, e.type_name, e.payload, at)
            )
        return decisions

    # Transitions and what they bring

    def _take(self, link: Link, given: On, at: Moment, *, activate: bool = True) -> list[Decision]:
        """Apply an input; a change is announced, entering and leaving active are acted on."""
        match link.take(given, at.now_s):
            case Success(transition):
                return self._moved(link, transition, at, activate=activate)
            case Failure(refused):
                kind = f"input {refused.transition_name.value}"
                return self._report(link.name, kind, str(refused), at)

    def _moved(
        self, link: Link, transition: Transition, at: Moment, *, activate: bool
    ) -> list[Decision]:
        if not transition:
            return []
        decisions: list[Decision] = [Announce(transition)]
        if transition.deactivated() and link is self.upstream:
            self.uploads.deactivated()
        if transition.activated() and activate:
            decisions += self._activated(link, at)
        if link.may_send:
            self._wake_by(link.ping_due_s())
        return decisions

    def _activated(self, link: Link, at: Moment) -> list[Decision]:
        link.acks.drop_pings()
        event = PeerActiveEvent(peer_name=link.name)
        decisions = self._comm_event(link, event, at)
        if link is self.upstream:
            decisions = [*self.uploads.activated(stored=self._stored), *decisions]
        if not (link is self.upstream and any(isinstance(d, Raise) for d in decisions)):
            decisions.append(self._ping(link, at))
        return decisions

    # Time

    def _time_passed(self, at: Moment) -> list[Decision]:
        now_s = at.now_s
        decisions: list[Decision] = []
        for broker in self.brokers.values():
            if broker.connect_due_s is not None and broker.connect_due_s <= now_s:
                broker.connect_due_s = None
                decisions.append(Connect(broker.name))
        for link in self.links.values():
            if link.is_connected:
                decisions += self._link_time_passed(link, at)
        decisions += self.uploads.due(now_s)
        if self._stop_due_s is not None and self._stop_due_s <= now_s:
            decisions += self._finish_stop(at)
        self.wake_s = self._next_s()
        return decisions

    def _link_time_passed(self, link: Link, at: Moment) -> list[Decision]:
        decisions: list[Decision] = []
        verdict = link.acks.look(at.now_s)
        for message_id, waiting in verdict.unanswered:
            link.stats.unanswered += 1
            if waiting.kind is AckKind.EVENT:
                decisions += self.uploads.unanswered(message_id, at.now_s)
                decisions += self._send_backlog(at)
        if verdict.timed_out:
            decisions += self._response_timeout(link, at)
        elif link.may_send and (
            (verdict.probe and link.is_active) or link.ping_due_s() <= at.now_s
        ):
            decisions.append(self._ping(link, at))
        again = link.subscriptions.to_retry(at.now_s)
        if again:
            decisions.append(self._subscribe(link, again, at))
        return decisions

    def _response_timeout(self, link: Link, at: Moment) -> list[Decision]:
        was_active = link.is_active
        link.stats.timeouts += 1
        link.acks.clear()
        decisions = self._take(link, On.RESPONSE_TIMEOUT, at)
        if was_active:
            event = ResponseTimeoutEvent(peer_name=link.name)
            decisions += [*self._comm_event(link, event, at), self._ping(link, at)]
        return decisions

    def _next_s(self) -> float | None:
        times = [broker.connect_due_s for broker in self.brokers.values()]
        times += [link.next_s() for link in self.links.values()]
        times += [self.uploads.next_s() if self.uploads.active else None, self._stop_due_s]
        return min((time for time in times if time is not None), default=None)

    def _wake_by(self, time_s: float | None) -> None:
        if time_s is not None and (self.wake_s is None or time_s < self.wake_s):
            self.wake_s = time_s

    # Reports

    def _comm_event(self, link: Link, event: CommEvent, at: Moment) -> list[Decision]:
        count(link.stats.comm_events, event.type_name)
        suppressed = link.comm_events.admit(at.now_s)
        if suppressed is None:
            return []
        return [Raise(attrs.evolve(event, suppressed=suppressed))]

    def _report(
        self, subject: str, cause: str, details: str, at: Moment, *, summary: str = ""
    ) -> list[Decision]:
        summary = summary or f"{subject}: {cause}"
        return self._problem_found(f.ProblemFound("link", subject, cause, summary, details), at)

    def _problem_found(self, fact: f.ProblemFound, at: Moment) -> list[Decision]:
        self.stats.problems += 1
        left_out = self._problems.admit((fact.kind, fact.subject, fact.cause), at.now_s)
        if left_out is None:
            self.stats.problems_suppressed += 1
            return []
        repeats = f" ({left_out} more like it since the last report)" if left_out else ""
        return [
            Raise(
                ProblemEvent(
                    problem_type=ProblemType.ERROR if fact.is_error else ProblemType.WARNING,
                    summary=fact.summary + repeats,
                    details=fact.details,
                )
            )
        ]

    # Construction

    def _new_link(self, spec: LinkSpec) -> Link:
        link = Link(spec, self.spec.poll_s, AckBook(self.spec.ack_timeout_s))
        link.subscriptions.wanted[spec.own_filter] = QOS.AtMostOnce
        return link

    def _links_of(self, broker: str) -> Mapping[str, Link]:
        return {name: link for name, link in self.links.items() if link.spec.broker == broker}


_STARTED: Final = frozenset({Connection.CONNECTING, Connection.CONNECTED})


def link_states(core: NodeCore) -> Mapping[str, StateName]:
    """The published state of each link."""
    return {name: link.state for name, link in core.links.items()}
