"""What a node and its peers say to each other: messages, acks, pings, and what silence means."""

import attrs

from gwproactor.domain.ack_book import AckKind
from gwproactor.domain.decisions import Announce, Decision, Deliver, Keep, Publish, Raise
from gwproactor.domain.event_upload import EventUpload
from gwproactor.domain.events import (
    Event,
    MQTTFullySubscribedEvent,
    PeerActiveEvent,
    ResponseTimeoutEvent,
)
from gwproactor.domain.facts import EventKept, MessageArrived, MessageSent
from gwproactor.domain.link import Link
from gwproactor.domain.link_state import On
from gwproactor.domain.message import Message, to_peer
from gwproactor.domain.moment import Moment
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.payloads import Ack, Ping
from gwproactor.domain.reports import Reports
from gwproactor.domain.wake import Wake
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class Conversation:
    """The same for each link; a link is touched by its own facts only."""

    reports: Reports
    upload: EventUpload
    wake: Wake

    # What the peer says

    def message_arrived(self, link: Link, fact: MessageArrived, at: Moment) -> list[Decision]:
        """A retained message is the broker's, not the peer's: no sign of life, and never acked."""
        if not link.is_connected:
            return []
        message, received = fact.message, fact.message.received
        retained = received is not None and received.retained
        from_peer = fact.from_peer and not retained
        link.stats.arrived(message.header.message_type, received.topic if received else "")
        link.stats.retained += retained
        link.stats.events_received += isinstance(message.payload, Event)
        match message.payload:
            case Ack() as ack:
                return self._acked(link, ack.ack_message_id, at) if from_peer else []
            case payload:
                decisions = self._heard(link, at) if from_peer else []
        match payload:
            case Ping():
                pass
            case Event() if message.header.message_id:
                return [*decisions, Keep(link.name, message, from_peer)]
            case _:
                # Also an event without an id: the sink would take the second for a duplicate.
                decisions.append(Deliver(link.name, message))
        return [*decisions, *self._ack(link, message, at, from_peer=from_peer)]

    def event_kept(self, link: Link, fact: EventKept, at: Moment) -> list[Decision]:
        """The application sees an event once, the peer gets an ack each time."""
        ack = self._ack(link, fact.message, at, from_peer=fact.from_peer)
        if fact.duplicate:
            link.stats.duplicates += 1
            return ack
        return [Deliver(link.name, fact.message), *ack]

    def _acked(self, link: Link, message_id: str, at: Moment) -> list[Decision]:
        wake_s = self.wake.at_s
        waiting = link.acks.acked(message_id, in_time=wake_s is None or at.now_s <= wake_s)
        decisions = self._heard(link, at)
        cleared = self.upload.acked(message_id, at) if link is self.upload.link else None
        if waiting is None and cleared is None:
            link.stats.acks_unmatched += 1
        else:
            link.stats.acks_received += 1
        return decisions if cleared is None else [*decisions, *cleared]

    def _heard(self, link: Link, at: Moment) -> list[Decision]:
        link.last_heard_s = at.now_s
        if link.is_active:
            return []
        decisions = self.take(link, On.PEER_HEARD, at)
        if link.is_active:
            # They were lost where no peer was; judging it by them would be a false loss at once.
            link.acks.drop_pings()
            activation = self._activated(link, at)
            decisions += activation
            asks_for_ack = any(isinstance(decision, Raise) for decision in activation)
            if not asks_for_ack or link is not self.upload.link:
                decisions.append(self.ping(link, at))
        self.wake.by(link.next_s())
        return decisions

    # What is said to the peer

    def message_sent(self, link: Link, fact: MessageSent, at: Moment) -> None:
        """An application's message went out. Before the subscriptions are granted no ack can come,
        and one without an id never: nobody waits for those.
        """
        link.sent(at.now_s)
        if fact.ack_required and fact.message_id and link.may_send:
            self.wake.by(link.acks.sent(fact.message_id, AckKind.MESSAGE, at.now_s))

    def ping(self, link: Link, at: Moment) -> Publish:
        ping = Ping(message_id=at.chance.new_id())
        link.stats.pings += 1
        link.last_ping_s = at.now_s
        link.acks.sent(ping.message_id, AckKind.PING, at.now_s)
        return self._publish(link, ping, at)

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

    def _publish(self, link: Link, payload: Ping | Ack, at: Moment) -> Publish:
        link.sent(at.now_s)
        message = to_peer(payload, src=link.spec.own_long_name, dst=link.spec.peer_short_name)
        topic = link.topic(message.header.message_type)
        return Publish(link.name, link.spec.broker, topic, message.header, payload)

    # What becomes of the link

    def take(self, link: Link, given: On, at: Moment) -> list[Decision]:
        """Apply an input; a change is announced, a refusal is a problem."""
        match link.take(given):
            case Success(transition):
                if transition:
                    link.since_s = at.now_s
                if transition.send_deactivated():
                    link.acks.clear()
                decisions: list[Decision] = [Announce(transition)] if transition else []
                if transition.deactivated() and link is self.upload.link:
                    decisions += self.upload.deactivated(at, was_cut=given is not On.STOP)
                return decisions
            case Failure(refused):
                kind = f"input {refused.transition_name.value}"
                return self.reports.link_problem(link.name, kind, str(refused), at)

    def subscribed(self, link: Link, at: Moment) -> list[Decision]:
        """Every filter of the link is granted: ping, so that the peer hears of it."""
        decisions = self.take(link, On.SUBACK_ALL, at)
        event = MQTTFullySubscribedEvent(peer_name=link.name)
        decisions += [*self.reports.comm_event(link, event, at), self.ping(link, at)]
        if link.is_active:
            decisions += self._activated(link, at)
        return decisions

    def _activated(self, link: Link, at: Moment) -> list[Decision]:
        upload = self.upload.activated(at) if link is self.upload.link else []
        return [*upload, *self.reports.comm_event(link, PeerActiveEvent(peer_name=link.name), at)]

    def time_passed(self, link: Link, at: Moment) -> list[Decision]:
        """Judge what is overdue; ping where that is wanted."""
        if not link.may_send:
            return []
        verdict = link.acks.look(at.now_s)
        link.stats.unanswered += len(verdict.unanswered)
        decisions: list[Decision] = []
        if link is self.upload.link and verdict.unanswered:
            tries = [(message_id, link.acks.is_compared(w)) for message_id, w in verdict.unanswered]
            decisions = self.upload.unanswered(tries, at)
        if verdict.timed_out:
            return [*decisions, *self._response_timeout(link, at)]
        if verdict.probe and link.is_active:
            decisions.append(self.ping(link, at))
            link.acks.probe_sent()
        elif link.ping_due_s() <= at.now_s:
            decisions.append(self.ping(link, at))
        return decisions

    def _response_timeout(self, link: Link, at: Moment) -> list[Decision]:
        was_active = link.is_active
        link.stats.timeouts += 1
        link.acks.clear()
        decisions = self.take(link, On.RESPONSE_TIMEOUT, at)
        if was_active:
            event = ResponseTimeoutEvent(peer_name=link.name)
            decisions += self.reports.comm_event(link, event, at)
        if was_active or link.ping_due_s() <= at.now_s:
            decisions.append(self.ping(link, at))
        return decisions
