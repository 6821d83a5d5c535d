"""Publishes on the upstream link what `Uploads` chooses, waits for the acks, and tells of what the
peer does not acknowledge.
"""

from collections.abc import Iterable

import attrs

from gwproactor.domain.ack_book import AckKind
from gwproactor.domain.comparison import Suspicion
from gwproactor.domain.decisions import Decision, Publish, Quarantine, Raise
from gwproactor.domain.facts import (
    BacklogRead,
    EventAccepted,
    QuarantineRead,
    RetriesRead,
    UnreadableStored,
)
from gwproactor.domain.link import Link
from gwproactor.domain.message import Header
from gwproactor.domain.moment import Moment
from gwproactor.domain.reports import Reports
from gwproactor.domain.stored_event import Quarantined, StoredEvent
from gwproactor.domain.upload import Condemned
from gwproactor.domain.uploads import Uploads
from gwproactor.domain.wake import Wake


@attrs.define
class EventUpload:
    """The events of one node; without an upstream link they stay where they are."""

    link: Link | None
    uploads: Uploads
    wake: Wake
    reports: Reports

    def started(self, at: Moment) -> list[Decision]:
        """The store is open: what is in its quarantine?"""
        return [] if self.link is None else [self.uploads.alone.quarantine.ask(at.now_s)]

    def accepted(
        self, event: EventAccepted, at: Moment, *, is_last: bool = False
    ) -> list[Decision]:
        """A new event was stored; *is_last*: the one that tells of the node's end."""
        if self.link is None or not self.uploads.accepted(event, is_last=is_last):
            return []
        return [self._publish(self.link, event, at)]

    def activated(self, at: Moment) -> list[Decision]:
        """The peer hears and is heard."""
        self.uploads.activated(at.now_s)
        return self.go_on(at)

    def deactivated(self, at: Moment, *, was_cut: bool) -> list[Decision]:
        """The peer is gone: the store alone keeps what is un-acked. *was_cut*: nobody meant it."""
        condemned = self.uploads.deactivated(at.now_s, was_cut=was_cut)
        return [decision for each in condemned for decision in self._quarantine(each, at)]

    def acked(self, message_id: str, at: Moment) -> list[Decision] | None:
        """What an ack on the upstream link clears and lets follow; None if it was no event's."""
        cleared = self.uploads.acked(message_id, at.now_s)
        if cleared is None or self.uploads.is_quiet:
            return cleared
        return [*cleared, *self.go_on(at)]

    def unanswered(self, tries: Iterable[tuple[str, bool]], at: Moment) -> list[Decision]:
        """The peer lives but did not ack these; True: it acked another event sent after it."""
        decisions: list[Decision] = []
        for message_id, compared in tries:
            condemned = self.uploads.unanswered(message_id, at.now_s, compared=compared)
            if condemned is not None:
                decisions += self._quarantine(condemned, at)
        return decisions

    def backlog_read(self, read: BacklogRead, at: Moment) -> list[Decision]:
        if not self.uploads.backlog_read(read):
            return []
        return [*self._unreadable(read.unreadable, at), *self.go_on(at)]

    def retries_read(self, read: RetriesRead, at: Moment) -> list[Decision]:
        again = self.uploads.retries_read(read, at.now_s)
        if again is None:
            return []
        unreadable = self._unreadable(read.unreadable, at)
        return [*unreadable, *self._publish_all(again, at), *self.go_on(at)]

    def quarantine_read(self, read: QuarantineRead, at: Moment) -> list[Decision]:
        self.uploads.quarantine_read(read, at.now_s)
        return self.go_on(at)

    def go_on(self, at: Moment) -> list[Decision]:
        """Send and read what there is room for, and what is due."""
        events, reads = self.uploads.go_on(at.now_s)
        self.wake.by(self.uploads.next_s())
        decisions = self._publish_all(events, at)
        suspicion = self.uploads.comparison.take()
        if suspicion is not None:
            decisions += self._report(suspicion, at)
        return [*decisions, *reads]

    # What is told

    def _report(self, suspicion: Suspicion, at: Moment) -> list[Decision]:
        """This report is also sent to compare with: it must follow at once."""
        details = (
            f"event number {suspicion.number}: {suspicion.record}; it is sent again, and put in "
            "quarantine where the peer acknowledges what is sent after it"
        )
        match self._problem(suspicion.type_name, details, at):
            case [Raise(event)]:
                message_id = at.chance.new_id()
                self.uploads.comparison.raised(suspicion, message_id)
                return [Raise(attrs.evolve(event, message_id=message_id))]
            case none:
                return none

    def _quarantine(self, condemned: Condemned, at: Moment) -> list[Decision]:
        numbers, reason = condemned.numbers, condemned.reason
        decisions: list[Decision] = [
            Quarantine(Quarantined(number, condemned.type_name, reason, at.wall_ms))
            for number in numbers
        ]
        if condemned.is_reported:
            return decisions
        details = f"event number {numbers[0]} is in quarantine, and tried hourly: {reason}"
        return [*decisions, *self._problem(condemned.type_name, details, at)]

    def _problem(self, type_name: str, details: str, at: Moment) -> list[Decision]:
        name = "" if self.link is None else self.link.name
        return self.reports.not_acknowledged(name, type_name, details, at)

    def _unreadable(self, found: Iterable[UnreadableStored], at: Moment) -> list[Decision]:
        """What nobody can read is kept, and never sent."""
        decisions: list[Decision] = [
            Quarantine(Quarantined(each.number, "", each.detail, at.wall_ms)) for each in found
        ]
        if not decisions:
            return []
        return [*decisions, *self.reports.unreadable_stored(tuple(found), at)]

    # What is sent

    def _publish_all(self, events: Iterable[StoredEvent], at: Moment) -> list[Decision]:
        link = self.link
        return [] if link is None else [self._publish(link, event, at) for event in events]

    def _publish(self, link: Link, event: StoredEvent, at: Moment) -> Decision:
        link.sent(at.now_s)
        self.wake.by(link.acks.sent(event.message_id, AckKind.EVENT, at.now_s))
        header = Header(
            link.spec.own_long_name,
            link.spec.peer_short_name,
            event.type_name,
            event.message_id,
            ack_required=True,
            sequence=event.header_sequence,
        )
        topic = link.topic(event.type_name)
        return Publish(link.name, link.spec.broker, topic, header, event.payload)
