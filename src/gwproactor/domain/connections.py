"""Broker connections, the links they carry, and the subscriptions of these.

A connection is wanted as long as one of its links is started. It makes one attempt at a time; the
next one is due after a random delay (`reconnect`).
"""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from gwproactor.domain.conversation import Conversation
from gwproactor.domain.decisions import Connect, Decision, Disconnect, Subscribe, Unsubscribe
from gwproactor.domain.events import MQTTConnectEvent, MQTTDisconnectEvent
from gwproactor.domain.facts import (
    BrokerConnectFailed,
    SubscribeAcked,
    SubscriptionAdded,
    SubscriptionRemoved,
)
from gwproactor.domain.limits import CommEventLimit
from gwproactor.domain.link import Link
from gwproactor.domain.link_state import Connection, On
from gwproactor.domain.link_subscriptions import Answer
from gwproactor.domain.moment import Moment
from gwproactor.domain.outage import outage_words
from gwproactor.domain.reconnect import Reconnect
from gwproactor.domain.reports import Reports
from gwproactor.domain.routing import Routes
from gwproactor.domain.subscription import Subscription

STARTED: Final = frozenset({Connection.CONNECTING, Connection.CONNECTED})


@attrs.define
class Broker:
    """One broker connection. `connect_due_s` None: no attempt is waited for; `outage_causes` were
    reported since it was last connected; `last_failure` says why the last attempt failed, or is
    empty.
    """

    name: str
    routes: Routes
    reconnect: Reconnect = attrs.Factory(Reconnect)
    connection: Connection = Connection.NOT_STARTED
    connected_s: float = 0.0
    connect_due_s: float | None = None
    outage_causes: set[str] = attrs.Factory(set)
    last_failure: str = ""
    outage_reports: CommEventLimit = attrs.Factory(CommEventLimit)

    @property
    def links(self) -> Iterable[Link]:
        return self.routes.links.values()

    def in_state(self, connection: Connection) -> list[Link]:
        return [link for link in self.links if link.facts.connection is connection]


@attrs.define
class Connections:
    """The broker connections of one node, by configured name."""

    brokers: Mapping[str, Broker]
    reports: Reports
    conversation: Conversation
    _requests: int = 0

    # Links come and go

    def start_link(self, link: Link, at: Moment) -> list[Decision]:
        """On a live connection the link takes `start`, then `connected`, at once."""
        broker = self.brokers[link.spec.broker]
        is_first_start = link.facts.connection is Connection.NOT_STARTED
        decisions = self.conversation.take(link, On.START, at)
        if not is_first_start:
            return decisions
        match broker.connection:
            case Connection.CONNECTED:
                decisions += self._link_connected(link, at)
            case Connection.CONNECTING:
                pass
            case Connection.NOT_STARTED | Connection.STOPPED:
                broker.connection = Connection.CONNECTING
                decisions.append(Connect(broker.name))
        return decisions

    def stop_link(self, link: Link, at: Moment) -> list[Decision]:
        """The last link takes the connection with it."""
        broker = self.brokers[link.spec.broker]
        was_connected, filters = link.is_connected, tuple(link.subscriptions.wanted)
        decisions = self.conversation.take(link, On.STOP, at)
        link.subscriptions.disconnected()
        if any(other.facts.connection in STARTED for other in broker.links):
            if was_connected and filters:
                decisions.append(Unsubscribe(broker.name, filters))
        elif broker.connection in STARTED:
            broker.connection = Connection.STOPPED
            broker.connect_due_s = None
            decisions.append(Disconnect(broker.name))
        return decisions

    # Connections come and go

    def connected(self, broker: Broker, at: Moment) -> list[Decision]:
        if broker.connection is not Connection.CONNECTING:
            return []
        broker.connection = Connection.CONNECTED
        broker.connected_s = at.now_s
        broker.connect_due_s = None
        broker.last_failure = ""
        broker.outage_causes.clear()
        decisions: list[Decision] = []
        for link in broker.in_state(Connection.CONNECTING):
            decisions += self._link_connected(link, at)
        return decisions

    def connect_failed(
        self, broker: Broker, fact: BrokerConnectFailed, at: Moment
    ) -> list[Decision]:
        """Each cause is told once an outage; the attempts go on."""
        if broker.connection is not Connection.CONNECTING:
            return []
        self._try_again(broker, at)
        broker.last_failure = outage_words(fact.cause)
        decisions: list[Decision] = []
        for link in broker.in_state(Connection.CONNECTING):
            decisions += self.conversation.take(link, On.CONNECT_FAILED, at)
        if fact.cause not in broker.outage_causes:
            told = self.reports.outage(broker.outage_reports, fact, at)
            # What was left out is told by a later attempt: an outage that lasts is not passed over.
            if told:
                broker.outage_causes.add(fact.cause)
            decisions += told
        return decisions

    def disconnected(self, broker: Broker, at: Moment) -> list[Decision]:
        if broker.connection is not Connection.CONNECTED:
            return []
        broker.connection = Connection.CONNECTING
        broker.reconnect.connection_ended(at.now_s - broker.connected_s)
        self._try_again(broker, at)
        decisions: list[Decision] = []
        for link in broker.in_state(Connection.CONNECTED):
            decisions += self.conversation.take(link, On.DISCONNECTED, at)
            link.subscriptions.disconnected()
            event = MQTTDisconnectEvent(peer_name=link.name)
            decisions += self.reports.comm_event(link, event, at)
        return decisions

    def _link_connected(self, link: Link, at: Moment) -> list[Decision]:
        link.stats.connects += 1
        decisions = [
            *self.conversation.take(link, On.CONNECTED, at),
            *self.reports.comm_event(link, MQTTConnectEvent(peer_name=link.name), at),
        ]
        self._requests += 1
        subscriptions = link.subscriptions.connected(self._requests, at.now_s)
        if subscriptions:
            return [*decisions, Subscribe(link.spec.broker, self._requests, subscriptions)]
        # Its application took every filter away, and MQTT knows no empty SUBSCRIBE.
        return [*decisions, *self.conversation.subscribed(link, at)]

    def _try_again(self, broker: Broker, at: Moment) -> None:
        broker.connect_due_s = at.now_s + broker.reconnect.delay_s(at.chance.fraction())

    # Subscriptions

    def subscribe_acked(self, broker: Broker, fact: SubscribeAcked, at: Moment) -> list[Decision]:
        for link in broker.links:
            answer = link.subscriptions.acked(fact.request, fact.codes, at.now_s)
            if answer is not None:
                return self._filters_answered(link, answer, at)
        return []

    def _filters_answered(self, link: Link, answer: Answer, at: Moment) -> list[Decision]:
        decisions: list[Decision] = []
        for topic_filter, code in answer.refused.items():
            detail = f"the broker refused the filter {topic_filter!r} (SUBACK code {code})"
            cause = f"filter {topic_filter}"
            decisions += self.reports.link_problem(link.name, cause, detail, at)
        if not answer.for_setup or link.facts.subscribed:
            return decisions
        if link.subscriptions.setup:
            return [*decisions, *self.conversation.take(link, On.SUBACK_SOME, at)]
        return [*decisions, *self.conversation.subscribed(link, at)]

    def subscription_added(self, link: Link, fact: SubscriptionAdded, at: Moment) -> list[Decision]:
        link.subscriptions.wanted[fact.topic_filter] = fact.qos
        self.brokers[link.spec.broker].routes.changed()
        if not link.is_connected:
            return []
        return [self._subscribe(link, (Subscription(fact.topic_filter, fact.qos),), at)]

    def subscription_removed(
        self, link: Link, fact: SubscriptionRemoved, at: Moment
    ) -> list[Decision]:
        """Without a refused filter the set-up may be complete."""
        subscriptions = link.subscriptions
        there = subscriptions.removed(fact.topic_filter)
        self.brokers[link.spec.broker].routes.changed()
        if not there or not link.is_connected:
            return []
        decisions: list[Decision] = [Unsubscribe(link.spec.broker, (fact.topic_filter,))]
        answers_due = any(request.for_setup for request in subscriptions.requests.values())
        if not (link.facts.subscribed or subscriptions.setup or answers_due):
            decisions += self.conversation.subscribed(link, at)
        return decisions

    def _subscribe(
        self, link: Link, subscriptions: tuple[Subscription, ...], at: Moment
    ) -> Subscribe:
        self._requests += 1
        filters = tuple(subscription.Topic for subscription in subscriptions)
        link.subscriptions.asked(filters, self._requests, at.now_s)
        return Subscribe(link.spec.broker, self._requests, subscriptions)

    # Time

    def time_passed(self, at: Moment) -> list[Decision]:
        decisions: list[Decision] = []
        for broker in self.brokers.values():
            if broker.connect_due_s is not None and broker.connect_due_s <= at.now_s:
                broker.connect_due_s = None
                decisions.append(Connect(broker.name))
            for link in broker.in_state(Connection.CONNECTED):
                again = link.subscriptions.to_retry(at.now_s)
                if again:
                    decisions.append(self._subscribe(link, again, at))
        return decisions

    def next_s(self) -> float | None:
        """When an attempt is due."""
        due = (broker.connect_due_s for broker in self.brokers.values())
        return min((time_s for time_s in due if time_s is not None), default=None)
