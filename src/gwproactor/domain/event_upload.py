"""Publishes on the upstream link what `Uploads` chooses, and waits for the acks."""

from collections.abc import Iterable

import attrs

from gwproactor.domain.ack_book import AckKind
from gwproactor.domain.decisions import Decision, Publish
from gwproactor.domain.facts import BacklogRead, EventAccepted, RetriesRead
from gwproactor.domain.link import Link
from gwproactor.domain.message import Header
from gwproactor.domain.moment import Moment
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.uploads import Uploads
from gwproactor.domain.wake import Wake


@attrs.define
class EventUpload:
    """The events of one node; without an upstream link they stay where they are."""

    link: Link | None
    uploads: Uploads
    wake: Wake

    def accepted(
        self, event: EventAccepted, at: Moment, *, is_last: bool = False
    ) -> list[Decision]:
        """A new event was stored; *is_last*: the one that tells of the node's end."""
        if self.link is None or not self.uploads.accepted(event, is_last=is_last):
            return []
        return [self._publish(self.link, event, at)]

    def activated(self, at: Moment) -> list[Decision]:
        """The peer hears and is heard."""
        self.uploads.activated()
        return self.go_on(at)

    def deactivated(self) -> None:
        """The peer is gone: the store alone keeps what is un-acked."""
        self.uploads.deactivated()

    def acked(self, message_id: str, at: Moment) -> list[Decision]:
        """What an ack on the upstream link clears and lets follow; nothing if it was no event's."""
        forget = self.uploads.acked(message_id)
        return [*forget, *self.go_on(at)] if forget else []

    def unanswered(self, message_ids: Iterable[str], at: Moment) -> None:
        """The peer lives but did not ack these."""
        for message_id in message_ids:
            self.uploads.unanswered(message_id, at.now_s)

    def backlog_read(self, read: BacklogRead, at: Moment) -> list[Decision]:
        self.uploads.backlog_read(read)
        return self.go_on(at)

    def retries_read(self, read: RetriesRead, at: Moment) -> list[Decision]:
        again = self.uploads.retries_read(read)
        return [*self._publish_all(again, at), *self.go_on(at)]

    def go_on(self, at: Moment) -> list[Decision]:
        """Send and read what there is room for, and what is due."""
        retries = self.uploads.due(at.now_s)
        events, reads = self.uploads.more()
        self.wake.by(self.uploads.next_s())
        return [*self._publish_all(events, at), *retries, *reads]

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
