"""The border where this node's own events enter: filled in, checked, encoded."""

from typing import Final

import attrs

from gwproactor.app.event_homes import EventHome, Taken
from gwproactor.domain.event_check import bad_event
from gwproactor.domain.events import Event
from gwproactor.domain.message import Header
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure, Outcome
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import BadEvent, ContentTooLarge, EventRefused

# More than envelope and header take beside the names in them.
HEADER_ROOM: Final = 1_024


@attrs.frozen
class EventIntake:
    """Takes the events of a node for *home*, which keeps them."""

    long_name: str
    message_bytes_max: int
    home: EventHome
    codec: Codec
    clock: Clock
    chance: Chance

    def take(self, event: Event, *, own: bool = False) -> Outcome[Taken, EventRefused]:
        """Keep *event*; with it comes the fact for the core. *own*: the node reports it of itself,
        and may do so a while longer than others in a full store.
        """
        event = self._filled(event)
        reason = bad_event(event)
        if reason is not None:
            return Failure(BadEvent(f"this event can never be delivered: {reason}"))
        try:
            payload = self.codec.encode_payload(event)
        except (RecursionError, TypeError, ValueError) as error:
            detail = f"{event.type_name!r} cannot be written as JSON: {error}"
            return Failure(BadEvent(detail))
        size = self._message_size(event, payload)
        if size > self.message_bytes_max:
            return Failure(ContentTooLarge(size, self.message_bytes_max))
        return self.home.put(event, payload, own=own)

    def _filled(self, event: Event) -> Event:
        if event.message_id and event.time_created_ms and event.src:
            return event
        return attrs.evolve(
            event,
            message_id=event.message_id or self.chance.new_id(),
            time_created_ms=event.time_created_ms or self.clock.wall_ms(),
            src=event.src or self.long_name,
        )

    def _message_size(self, event: Event, payload: bytes) -> int:
        """Exact where it matters: building a header only to measure it would cost each event."""
        # A character takes six bytes at most, as in \u0000.
        names = 6 * (len(event.message_id) + len(event.type_name) + len(self.long_name))
        if len(payload) + names + HEADER_ROOM <= self.message_bytes_max:
            return len(payload)
        header = Header(self.long_name, "", event.type_name, event.message_id, ack_required=True)
        return len(self.codec.envelope(header, payload))
