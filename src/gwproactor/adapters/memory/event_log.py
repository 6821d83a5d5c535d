"""`EventLog` of a test: what an actor reports can be read."""

import attrs

from gwproactor.domain.events import AnyEvent, Event, is_plausible_time_ms
from gwproactor.domain.message import Header, Sequence
from gwproactor.domain.moment import Chance
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.clock import Clock
from gwproactor.ports.codec import Codec
from gwproactor.ports.event_log import Accepted, BadEvent, ContentTooLarge, EventRefused, Fate
from gwproactor.ports.event_store import StoreFailed
from gwproactor.ports.message_bus import Stopped


@attrs.define
class MemoryEventLog:
    """`events` are the accepted ones, blanks filled, in order; all of them durable at once, until
    the test lets the peer have them or a full store drop them.

    It is the log of a node called *long_name*, with an upstream link or without. Sizes are known
    only with a *codec*: without it nothing is too large.
    """

    clock: Clock
    chance: Chance
    long_name: str = "memory"
    has_upstream: bool = True
    codec: Codec | None = None
    message_bytes_max: int = 1_048_576
    events: list[Event] = attrs.field(init=False, factory=list)
    _refusal: EventRefused | None = attrs.field(init=False, default=None)
    _fates: dict[str, Fate] = attrs.field(init=False, factory=dict)
    _fault: str | None = attrs.field(init=False, default=None)

    def generate_event(self, event: Event) -> Outcome[Accepted, EventRefused]:
        event = self._filled(event)
        refusal = self._refusal or self._bad_time(event) or self._too_large(event)
        if refusal is not None:
            return Failure(refusal)
        self.events.append(event)
        self._fates.pop(event.message_id, None)
        sequence = Sequence("memory", len(self.events)) if self.has_upstream else None
        return Success(Accepted(event, sequence))

    async def durable(self, event: Event) -> Outcome[Fate, StoreFailed]:
        assert event in self.events, "only what was accepted can become durable"
        fate = self._fates.get(event.message_id)
        if fate is not None:
            return Success(fate)
        return Success(Fate.DURABLE) if self._fault is None else Failure(StoreFailed(self._fault))

    def deliver(self, event: Event) -> None:
        """The peer acknowledges *event*."""
        self._settle(event, Fate.DELIVERED)

    def drop(self, event: Event) -> None:
        """The store is full and gives *event* up for newer ones."""
        self._settle(event, Fate.DROPPED)

    def refuse_with(self, problem: EventRefused) -> None:
        """Refuse every event with *problem* until `accept`."""
        self._refusal = problem

    def accept(self) -> None:
        """Refuse no more than a node would."""
        self._refusal = None

    def fail_with(self, detail: str) -> None:
        """The disk fails, with *detail* as the reason: nothing becomes durable until `recover`."""
        self._fault = detail

    def recover(self) -> None:
        """The disk works again."""
        self._fault = None

    def close(self) -> None:
        """Be the log of a node that stopped."""
        self._refusal = Stopped()

    def _settle(self, event: Event, fate: Fate) -> None:
        assert self.has_upstream, "without an upstream link nothing is acknowledged or dropped"
        assert event in self.events, "only what was accepted can be acknowledged or dropped"
        self._fates[event.message_id] = fate

    def _filled(self, event: Event) -> Event:
        return attrs.evolve(
            event,
            message_id=event.message_id or self.chance.new_id(),
            time_created_ms=event.time_created_ms or self.clock.wall_ms(),
            src=event.src or self.long_name,
        )

    def _bad_time(self, event: Event) -> BadEvent | None:
        if isinstance(event, AnyEvent) or is_plausible_time_ms(event.time_created_ms):
            return None
        return BadEvent(
            f"time_created_ms of {event.type_name!r} is {event.time_created_ms}: "
            "give UTC milliseconds of the years 2000 to 2999, or 0 for now"
        )

    def _too_large(self, event: Event) -> ContentTooLarge | None:
        if self.codec is None:
            return None
        header = Header(self.long_name, "", event.type_name, event.message_id, ack_required=True)
        size = len(self.codec.envelope(header, self.codec.encode_payload(event)))
        if size <= self.message_bytes_max:
            return None
        return ContentTooLarge(size, self.message_bytes_max)
