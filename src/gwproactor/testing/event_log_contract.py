"""What every `EventLog` must do, as tests to be run on each adapter in virtual time.

Subclass `EventLogContract` under a name that pytest collects, and override `event_log`.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Final, Protocol

import attrs

from gwproactor.domain.events import AnyEvent, Event, event_type
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.clock import Clock
from gwproactor.ports.event_log import (
    Accepted,
    BadEvent,
    ContentTooLarge,
    EventLog,
    EventRefused,
    Fate,
)
from gwproactor.ports.message_bus import Stopped
from gwproactor.testing.virtual_time import in_virtual_time

BYTES_MAX: Final = 2_000
TIME_MS: Final = 1_600_000_000_000


@attrs.frozen(kw_only=True)
class Note(Event):
    """An event of the contract."""

    wire: ClassVar = event_type("gridworks.event.contract.note")

    text: str = ""


class LiveEventLog(Protocol):
    """The log of a running node, whose messages have at most `BYTES_MAX` bytes."""

    @property
    def log(self) -> EventLog: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def long_name(self) -> str: ...

    @property
    def has_upstream(self) -> bool: ...

    async def kept(self) -> Sequence[str]:
        """The ids of the kept events `gridworks.event.contract.*`, in the order of keeping."""
        ...

    async def acknowledge(self, event: Event) -> None:
        """Let the peer acknowledge *event*; only if there is an upstream link."""
        ...

    async def stop(self) -> None:
        """End the node that it is the log of."""
        ...


class EventLogContract:
    """The tests."""

    def event_log(self) -> AbstractAsyncContextManager[LiveEventLog]:
        """The log of a running node; ended when left."""
        raise NotImplementedError

    @in_virtual_time
    async def test_what_is_left_blank_is_filled(self) -> None:
        async with self.event_log() as live:
            before_ms = live.clock.wall_ms()
            one = accepted(live.log.generate_event(Note())).event
            other = accepted(live.log.generate_event(Note())).event
            assert before_ms <= one.time_created_ms <= live.clock.wall_ms()
            assert one.src == live.long_name
            assert len({one.message_id, other.message_id, ""}) == 3

    @in_virtual_time
    async def test_what_is_given_stays(self) -> None:
        async with self.event_log() as live:
            given = Note(message_id="a/b", time_created_ms=TIME_MS, src="d1.other", text="é")
            assert accepted(live.log.generate_event(given)).event == given

    @in_virtual_time
    async def test_events_are_kept_in_the_order_of_their_acceptance(self) -> None:
        async with self.event_log() as live:
            ids = [accepted(live.log.generate_event(Note())).event.message_id for _ in range(20)]
            assert list(await live.kept()) == ids

    @in_virtual_time
    async def test_events_are_numbered_if_there_is_an_upstream_link(self) -> None:
        async with self.event_log() as live:
            sequences = [accepted(live.log.generate_event(Note())).sequence for _ in range(20)]
            if not live.has_upstream:
                assert sequences == [None] * 20
                return
            numbers = [sequence.number for sequence in sequences if sequence is not None]
            assert len(numbers) == 20
            assert numbers == sorted(set(numbers))
            assert len({sequence.epoch for sequence in sequences if sequence is not None}) == 1

    @in_virtual_time
    async def test_an_accepted_event_becomes_durable(self) -> None:
        async with self.event_log() as live:
            event = accepted(live.log.generate_event(Note())).event
            assert await live.log.durable(event) == Success(Fate.DURABLE)
            assert list(await live.kept()) == [event.message_id]

    @in_virtual_time
    async def test_an_acknowledged_event_is_delivered(self) -> None:
        async with self.event_log() as live:
            event = accepted(live.log.generate_event(Note())).event
            if live.has_upstream:
                await live.acknowledge(event)
                assert await live.log.durable(event) == Success(Fate.DELIVERED)

    @in_virtual_time
    async def test_of_an_id_that_is_used_again_the_last_event_is_meant(self) -> None:
        async with self.event_log() as live:
            event = accepted(live.log.generate_event(Note(message_id="1"))).event
            if live.has_upstream:
                await live.acknowledge(event)
            again = accepted(live.log.generate_event(Note(message_id="1", text="again"))).event
            assert await live.log.durable(again) == Success(Fate.DURABLE)

    @in_virtual_time
    async def test_a_creation_time_that_cannot_be_right_is_refused_with_advice(self) -> None:
        async with self.event_log() as live:
            for time_ms in (1_700_000_000, -1, 32_503_680_000_000):
                match live.log.generate_event(Note(time_created_ms=time_ms)):
                    case Failure(BadEvent(detail)):
                        assert str(time_ms) in detail
                        assert "milliseconds" in detail
                    case other:
                        raise AssertionError(other)
            assert list(await live.kept()) == []

    @in_virtual_time
    async def test_an_event_of_an_unknown_type_may_have_any_time(self) -> None:
        async with self.event_log() as live:
            name = "gridworks.event.contract.unknown"
            event = AnyEvent(event_type_name=name, json={"TypeName": name}, time_created_ms=7)
            filled = accepted(live.log.generate_event(event)).event
            assert (filled.time_created_ms, filled.src) == (7, live.long_name)
            assert list(await live.kept()) == [filled.message_id]

    @in_virtual_time
    async def test_a_message_over_the_limit_is_refused_with_both_numbers(self) -> None:
        async with self.event_log() as live:
            match live.log.generate_event(Note(text="x" * BYTES_MAX)):
                case Failure(ContentTooLarge(size, bytes_max) as refused):
                    # Header, envelope and the event's other fields are part of the message.
                    assert BYTES_MAX + 200 < size < BYTES_MAX + 1_000
                    assert bytes_max == BYTES_MAX
                    assert f"{size} bytes" in str(refused)
                case other:
                    raise AssertionError(other)
            assert list(await live.kept()) == []

    @in_virtual_time
    async def test_the_limit_is_the_greatest_size_that_is_accepted(self) -> None:
        async with self.event_log() as live:
            size = size_of(live.log.generate_event(Note(message_id="1", text="x" * BYTES_MAX)))
            room = BYTES_MAX - (size - BYTES_MAX)
            fits = live.log.generate_event(Note(message_id="1", text="x" * room))
            assert isinstance(fits, Success), fits
            too_large = live.log.generate_event(Note(message_id="1", text="x" * (room + 1)))
            assert size_of(too_large) == BYTES_MAX + 1

    @in_virtual_time
    async def test_after_the_stop_nothing_is_accepted(self) -> None:
        async with self.event_log() as live:
            await live.stop()
            assert live.log.generate_event(Note()) == Failure(Stopped())
            assert list(await live.kept()) == []


def accepted(outcome: Outcome[Accepted, EventRefused]) -> Accepted:
    """What was accepted; raises AssertionError if nothing was."""
    match outcome:
        case Success(one):
            return one
        case Failure(refused):
            raise AssertionError(refused)


def size_of(outcome: Outcome[Accepted, EventRefused]) -> int:
    """The size that was too large."""
    match outcome:
        case Failure(ContentTooLarge(size)):
            return size
        case other:
            raise AssertionError(other)
