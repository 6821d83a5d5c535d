"""The core of a node: facts in, decisions out. It reads no clock, opens nothing, logs nothing.

`decide` is called with one fact at a time, in the order in which the loop saw them, and returns
what is to be done, in order. Deadlines are not timers here: `wake_s` is the earliest time at which
the core wants a `TimePassed`; the shell keeps one timer for it.

Here are the node's life and the way of each fact to its owner: `connections` (brokers and
subscriptions), `conversation` (peers), `event_upload` (events for the parent), `store_room` (a full
store) or `reports`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, assert_never

import attrs

from gwproactor.domain import facts as f
from gwproactor.domain.ack_book import AckBook
from gwproactor.domain.connections import Broker, Connections
from gwproactor.domain.conversation import Conversation
from gwproactor.domain.decisions import Decision, Deliver, Drop, FinishStop, Raise
from gwproactor.domain.event_upload import EventUpload
from gwproactor.domain.events import ShutdownEvent, StartupEvent
from gwproactor.domain.fill_rate import FillRate
from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.moment import Moment
from gwproactor.domain.reports import Reports
from gwproactor.domain.routing import Routes, spec_problems
from gwproactor.domain.short_text import short_details
from gwproactor.domain.stats import ProactorStats
from gwproactor.domain.store_room import StorePolicy, StoreRoom, WhenFull
from gwproactor.domain.subscription import QOS
from gwproactor.domain.uploads import Uploads
from gwproactor.domain.wake import Wake

# How long a stopping node waits for the peer's ack of its shutdown event, at most.
STOP_ACK_S_MAX: Final = 2.0


class UploadOrder(Enum):
    """What is sent first after an outage: what happens now, or what happened first."""

    LIVE_FIRST = "live-first"
    STRICT = "strict"


@attrs.frozen(kw_only=True)
class NodeSpec:
    """What is configured of a node. Times are in seconds. Raises ValueError for what is not above
    zero: a node that polls every 0 s does nothing else.

    `reupload_window` bounds the backlog events in flight at once, and those sent again;
    `un_acked_max` how many are in flight when one more is sent for the first time (but for the
    shutdown event), and also how many wait to be sent again. Both trade memory and bursts for rate
    (window / round trip). `strikes_max`: see `strikes`.
    """

    long_name: str
    short_name: str
    links: tuple[LinkSpec, ...] = ()
    poll_s: float = attrs.field(default=60.0, validator=attrs.validators.gt(0))
    ack_timeout_s: float = attrs.field(default=5.0, validator=attrs.validators.gt(0))
    reupload_window: int = attrs.field(default=5, validator=attrs.validators.gt(0))
    un_acked_max: int = attrs.field(default=1_000, validator=attrs.validators.gt(0))
    store_bytes_max: int = attrs.field(default=524_288_000, validator=attrs.validators.gt(0))
    when_full: WhenFull = WhenFull.DROP_OLDEST
    upload_order: UploadOrder = UploadOrder.LIVE_FIRST
    strikes_max: int = attrs.field(default=3, validator=attrs.validators.gt(0))

    @property
    def store_policy(self) -> StorePolicy:
        """What a full event store does."""
        return StorePolicy(self.store_bytes_max, self.when_full)


class NodeCore:
    """All links, events and acks of one node. Raises ValueError if the links clash."""

    def __init__(self, spec: NodeSpec) -> None:
        problems = spec_problems(spec.links)
        if problems:
            raise ValueError("; ".join(problems))
        self.spec = spec
        self.links: Mapping[str, Link] = {link.name: _new_link(spec, link) for link in spec.links}
        self.brokers: Mapping[str, Broker] = {
            name: Broker(name, Routes(self._links_of(name)))
            for name in dict.fromkeys(link.broker for link in spec.links)
        }
        self.upstream = next((self.links[s.name] for s in spec.links if s.upstream), None)
        self.stats = ProactorStats({name: link.stats for name, link in self.links.items()})
        self.uploads = Uploads(
            spec.ack_timeout_s,
            spec.reupload_window,
            spec.un_acked_max,
            strikes_max=spec.strikes_max,
            strict=spec.upload_order is UploadOrder.STRICT,
        )
        self.fill_rate = FillRate()
        self.started_s: float | None = None
        if self.upstream is not None:
            self.upstream.stats.upload = self.uploads.stats
        self.stopping = False
        self.stopped = False
        self._stop_due_s: float | None = None
        # Known once the store has it; then the node stays only until its peer has it, too.
        self._shutdown_id: str | None = None
        self._shutdown_accepted = False
        self._wake = Wake()
        self._reports = Reports(self.stats)
        self._room = StoreRoom(spec.store_policy, self._reports, self.uploads.in_flight)
        self._upload = EventUpload(self.upstream, self.uploads, self._wake, self._reports)
        self._conversation = Conversation(self._reports, self._upload, self._wake)
        self._connections = Connections(self.brokers, self._reports, self._conversation)

    @property
    def wake_s(self) -> float | None:
        """When the core wants a TimePassed, in monotonic seconds; None: nothing is waited for."""
        return self._wake.at_s

    @property
    def primary_peer(self) -> Link | None:
        """The link that is marked as the primary peer's."""
        return next((link for link in self.links.values() if link.spec.primary_peer), None)

    def decide(self, fact: f.Fact, at: Moment) -> list[Decision]:
        """What is to be done about *fact*, which became known *at* this moment."""
        if self.stopped:
            return _after_stop(fact)
        decisions = self._decide(fact, at)
        self._room.performed(decisions)
        if self.uploads.active:
            self._room.peer_active()
        if self._shutdown_accepted and self._shutdown_id not in self.uploads.un_acked:
            decisions += self._finish_stop(at)
        return decisions

    def _decide(self, fact: f.Fact, at: Moment) -> list[Decision]:
        """The facts that come with every message; none of them looks at all links."""
        match fact:
            case f.MessageArrived():
                return self._conversation.message_arrived(self.links[fact.link_name], fact, at)
            case f.EventAccepted():
                return self._event_accepted(fact, at)
            case f.EventKept():
                return self._conversation.event_kept(self.links[fact.link_name], fact, at)
            case f.OwnEventTaken():
                self.stats.events_generated += 1
                return self._shutdown_told(fact.type_name, at)
            case f.EventRefused():
                return self._event_refused(fact, at)
            case f.MessageSent():
                self._conversation.message_sent(self.links[fact.link_name], fact, at)
                return []
            case f.EventNotKept():
                return self._reports.event_not_kept(self.links[fact.link_name], fact, at)
            case f.UnreadableArrived():
                return self._reports.unreadable(self.links[fact.link_name], fact, at)
            case f.StrayArrived():
                return self._reports.stray(fact, at)
            case f.ProblemFound():
                return self._reports.problem(fact, at)
            case _:
                decisions = self._decide_seldom(fact, at)
                self._wake.at_s = self._next_s()
                return decisions

    def _decide_seldom(self, fact: f.SeldomFact, at: Moment) -> list[Decision]:
        match fact:
            case f.TimePassed():
                return self._time_passed(at)
            case f.BacklogRead():
                return self._upload.backlog_read(fact, at)
            case f.RetriesRead():
                return self._upload.retries_read(fact, at)
            case f.ReadFailed():
                self.uploads.read_failed(fact.round, at.now_s)
                return self._reports.link_problem("event store", "read", fact.detail, at)
            case f.OldestRead():
                return self._room.oldest_read(fact, at)
            case f.QuarantineRead():
                return self._upload.quarantine_read(fact, at)
            case f.BrokerConnected():
                return self._connections.connected(self.brokers[fact.broker], at)
            case f.BrokerConnectFailed():
                return self._connections.connect_failed(self.brokers[fact.broker], fact, at)
            case f.BrokerDisconnected():
                return self._connections.disconnected(self.brokers[fact.broker], at)
            case f.SubscribeAcked():
                return self._connections.subscribe_acked(self.brokers[fact.broker], fact, at)
            case f.SubscriptionAdded():
                return self._connections.subscription_added(self.links[fact.link_name], fact, at)
            case f.SubscriptionRemoved():
                return self._connections.subscription_removed(self.links[fact.link_name], fact, at)
            case f.NodeStarted():
                return self._node_started(at)
            case f.LinkStartAsked():
                if self.stopping:
                    return []
                return self._connections.start_link(self.links[fact.link_name], at)
            case f.LinkStopAsked():
                return self._connections.stop_link(self.links[fact.link_name], at)
            case f.StopAsked():
                return self._stop_asked(fact, at)
            case f.StopNow():
                self.stopping = True
                return self._finish_stop(at)
            case _:
                assert_never(fact)

    # The node's life

    def _node_started(self, at: Moment) -> list[Decision]:
        if self.stopping:
            return []
        self.started_s = at.now_s
        decisions: list[Decision] = [Raise(StartupEvent()), *self._upload.started(at)]
        for link in self.links.values():
            decisions += self._connections.start_link(link, at)
        return decisions

    def _stop_asked(self, fact: f.StopAsked, at: Moment) -> list[Decision]:
        if self.stopping:
            return []
        self.stopping = True
        self._stop_due_s = at.now_s + min(self.spec.ack_timeout_s, STOP_ACK_S_MAX)
        self._shutdown_id = at.chance.new_id()
        return [
            Raise(ShutdownEvent(message_id=self._shutdown_id, reason=short_details(fact.reason)))
        ]

    def _finish_stop(self, at: Moment) -> list[Decision]:
        """Once: at the stop's deadline the links' end also ends the wait for the ack."""
        if self.stopped:
            return []
        self.stopped = True
        decisions: list[Decision] = []
        for link in self.links.values():
            decisions += self._connections.stop_link(link, at)
        self._wake.at_s = None
        return [*decisions, FinishStop()]

    # Events of this node

    def _event_accepted(self, event: f.EventAccepted, at: Moment) -> list[Decision]:
        self.stats.events_generated += event.origin is None
        self.fill_rate.add(len(event.payload), at.now_s)
        is_last = self.stopping and event.message_id == self._shutdown_id
        if is_last:
            self._shutdown_accepted = True
        decisions = self._upload.accepted(event, at, is_last=is_last)
        return [*decisions, *self._make_room(event, at)]

    def _make_room(self, event: f.EventAccepted, at: Moment) -> list[Decision]:
        decisions = self._room.accepted(event, at)
        dropped = [decision.number for decision in decisions if isinstance(decision, Drop)]
        if dropped:
            self.uploads.dropped(dropped)
        return decisions

    def _event_refused(self, fact: f.EventRefused, at: Moment) -> list[Decision]:
        self.stats.events_refused += 1
        return [*self._room.refused(fact, at), *self._shutdown_told(fact.type_name, at)]

    def _shutdown_told(self, type_name: str, at: Moment) -> list[Decision]:
        """No peer will ack an event that went elsewhere, or nowhere."""
        if self.stopping and type_name == ShutdownEvent.wire.type_name:
            return self._finish_stop(at)
        return []

    # Time

    def _time_passed(self, at: Moment) -> list[Decision]:
        decisions = self._connections.time_passed(at)
        for link in self.links.values():
            decisions += self._conversation.time_passed(link, at)
        decisions += self._upload.go_on(at)
        if self._stop_due_s is not None and self._stop_due_s <= at.now_s:
            decisions += self._finish_stop(at)
        return decisions

    def _next_s(self) -> float | None:
        if self.stopped:
            return None
        times = [self._connections.next_s(), self.uploads.next_s(), self._stop_due_s]
        times += [link.next_s() for link in self.links.values()]
        return min((time_s for time_s in times if time_s is not None), default=None)

    def _links_of(self, broker: str) -> Mapping[str, Link]:
        return {name: link for name, link in self.links.items() if link.spec.broker == broker}


def _after_stop(fact: f.Fact) -> list[Decision]:
    """The application still gets an event that was stored just now: it would never come again."""
    match fact:
        case f.EventKept(duplicate=False):
            return [Deliver(fact.link_name, fact.message)]
        case _:
            return []


def _new_link(node: NodeSpec, spec: LinkSpec) -> Link:
    link = Link(spec, node.poll_s, AckBook(node.ack_timeout_s))
    link.subscriptions.wanted[spec.own_filter] = QOS.AtMostOnce
    return link
