"""What the loop side of a `ThreadedEventStore` asks of the thread side, and what it is told."""

import asyncio
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import TypeAlias, TypeVar

import attrs

from gwproactor.domain.outcome import Outcome
from gwproactor.ports.event_sink import ReceivedEvent
from gwproactor.ports.event_store import (
    Quarantined,
    StoreContent,
    StoredEvent,
    StoreFailed,
    StoreProblem,
    TakeAnswer,
)

T = TypeVar("T")

ReadAnswer: TypeAlias = Outcome[Items[StoredEvent], StoreFailed]
QuarantineAnswer: TypeAlias = Outcome[Items[Quarantined], StoreFailed]
TakeDone: TypeAlias = Callable[[TakeAnswer], None]


@attrs.frozen
class Take:
    """`number` is the event's unless it is a duplicate; 0: there was none left."""

    number: int
    event: ReceivedEvent
    done: TakeDone


@attrs.frozen
class Clear:
    number: int


@attrs.frozen
class EndQuarantine:
    type_name: str


@attrs.frozen
class ReadAfter:
    number: int
    count: int
    bytes_max: int
    with_quarantined: bool
    answer: asyncio.Future[ReadAnswer]


@attrs.frozen
class ReadNumbers:
    numbers: Items[int]
    answer: asyncio.Future[ReadAnswer]


@attrs.frozen
class ReadQuarantine:
    answer: asyncio.Future[QuarantineAnswer]


Read: TypeAlias = ReadAfter | ReadNumbers | ReadQuarantine
# A StoredEvent is to be put, a Quarantined to be kept out of `read_after`.
Job: TypeAlias = StoredEvent | Take | Clear | Quarantined | EndQuarantine | Read


@attrs.frozen
class Opened:
    """What was found. Numbers above *number* up to *number_bound* may be given out."""

    content: StoreContent
    number: int
    number_bound: int
    problems: Items[StoreProblem] = ()


@attrs.define
class Drained:
    """Where the file stands after a batch, and what the batch changed.

    Everything up to `number_durable` is durable or cleared. `fault`: what is above, up to `number`,
    could not be written, and why; None: it was written, or is not due yet; `is_written`: the disk
    took something. `settled_bytes` is the payload put that no longer waits to be written;
    `cleared` events of together `cleared_bytes` are gone, `taken` of `taken_bytes` are new;
    `quarantined` is how many there are now. `answers` are results for futures and callbacks.
    """

    number: int = 0
    number_durable: int = 0
    number_bound: int = 0
    settled_bytes: int = 0
    cleared: int = 0
    cleared_bytes: int = 0
    taken: int = 0
    taken_bytes: int = 0
    quarantined: int = 0
    answers: list[Callable[[], None]] = attrs.Factory(list)
    fault: str | None = None
    is_written: bool = False
    problems: list[StoreProblem] = attrs.Factory(list)


def resolve(answer: asyncio.Future[T], result: T) -> None:
    if not answer.done():  # whoever waited may have been cancelled
        answer.set_result(result)
