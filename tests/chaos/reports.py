"""What a node process tells the supervisor: lines of words through a pipe.

Each line is one `write`, and what is in a pipe survives its writer: a kill loses nothing that was
reported.
"""

import os
from typing import TypeAlias

import attrs

STDOUT = 1


@attrs.frozen
class Generated:
    """The child is about to generate the event with this id."""

    message_id: str


@attrs.frozen
class Numbered:
    """The child's event was accepted under this epoch and number."""

    message_id: str
    epoch: str
    number: int


@attrs.frozen
class Durable:
    """`event_log.durable` returned: nothing may lose the event any more."""

    message_id: str


@attrs.frozen
class Refused:
    """The child's event was not accepted, or not made durable."""

    message_id: str
    why: str


@attrs.frozen
class Status:
    """How a node stands at `at_s`, of the machine's monotonic clock, which all processes share.

    `duplicates` arrived and were dropped since it started. `finished`: it generates no more, and
    every event of its generator is durable.
    """

    at_s: float
    pending: int
    quarantined: int
    duplicates: int
    finished: bool

    @property
    def is_drained(self) -> bool:
        return self.finished and self.pending == 0


@attrs.frozen
class Repeated:
    """A handler got this event a second time."""

    message_id: str


@attrs.frozen
class Troubled:
    """An actor is about to raise, or to hang."""

    where: str


Report: TypeAlias = Generated | Numbered | Durable | Refused | Status | Repeated | Troubled


def say(report: Report) -> None:
    """Hand *report* to the supervisor; blocks while the pipe is full."""
    os.write(STDOUT, (_words(report) + "\n").encode())


def read_report(line: str) -> Report:
    """Raises ValueError."""
    match line.split():
        case ["generated", message_id]:
            return Generated(message_id)
        case ["numbered", message_id, epoch, number]:
            return Numbered(message_id, epoch, int(number))
        case ["durable", message_id]:
            return Durable(message_id)
        case ["refused", message_id, *why]:
            return Refused(message_id, " ".join(why))
        case ["status", at_s, pending, quarantined, duplicates, finished]:
            return Status(
                float(at_s), int(pending), int(quarantined), int(duplicates), finished == "True"
            )
        case ["repeated", message_id]:
            return Repeated(message_id)
        case ["troubled", where]:
            return Troubled(where)
        case _:
            raise ValueError(f"no report: {line!r}")


def _words(report: Report) -> str:
    values = " ".join(str(value) for value in attrs.astuple(report))
    return f"{type(report).__name__.lower()} {values}"
