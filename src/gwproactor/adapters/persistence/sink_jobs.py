"""What the loop side of a `ThreadedEventSink` asks of the thread side, and what it is told."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from gwproactor.ports.event_sink import ReceivedEvent, SinkAnswer, StoreProblem

Done: TypeAlias = Callable[[SinkAnswer], None]


@attrs.frozen
class Job:
    event: ReceivedEvent
    done: Done


@attrs.frozen
class Answered:
    """A job and its answer, to be given on the loop."""

    job: Job
    answer: SinkAnswer


@attrs.define
class Drained:
    """The answers to a batch, in order, and what was found on the way."""

    answers: list[Answered] = attrs.Factory(list)
    problems: list[StoreProblem] = attrs.Factory(list)
