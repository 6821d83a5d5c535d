"""The loop side of sinks that write in a thread: it bounds the queue and answers in order."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from gwproactor.adapters.persistence.medium import MediumError
from gwproactor.adapters.persistence.sink_jobs import Answered, Done, Drained, Job
from gwproactor.adapters.persistence.writer_thread import Medium, WriterThread
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.queue_fill import QueueFill
from gwproactor.ports.event_sink import ReceivedEvent, SinkBusy, SinkFailed, StoreProblem


class ThreadedEventSink(ABC):
    """An `EventSink` without a medium. *path* names it in what people read.

    Its queue holds up to *events_max* events of together *bytes_max* bytes of payload. An event
    that could not be stored is answered with SinkFailed and forgotten: its source sends it again.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        events_max: int = 1000,
        bytes_max: int = 8 * 1024 * 1024,
    ) -> None:
        self.path = Path(path)
        self.events_max = events_max
        self.bytes_max = bytes_max
        self._tell: Callable[[StoreProblem], None] = lambda _: None
        self._writer: WriterThread[Job, tuple[StoreProblem, ...], Drained] | None = None
        self._is_open = False
        self._taken = QueueFill()
        self._late: list[Job] = []

    def listen(self, tell: Callable[[StoreProblem], None]) -> None:
        self._tell = tell

    async def open(self) -> Outcome[None, SinkFailed]:
        assert self._writer is None, "the sink is open"
        self._writer = WriterThread("gwproactor event sink", self._medium(), self._drained)
        try:
            problems = await self._writer.start()
        except MediumError as error:
            self._writer = None
            return Failure(SinkFailed(str(error)))
        self._is_open = True
        for problem in problems:
            self._tell(problem)
        return Success(None)

    def put(self, event: ReceivedEvent, done: Done) -> Outcome[None, SinkBusy]:
        size = len(event.payload)
        if not self._taken.has_room(size, events_max=self.events_max, bytes_max=self.bytes_max):
            return Failure(SinkBusy(self.events_max, self.bytes_max))
        self._taken.add(size)
        job = Job(event, done)
        if self._is_open and self._writer is not None:
            self._writer.submit(job)
        elif self._writer is not None:
            self._late.append(job)  # answered after those before it
        else:
            asyncio.get_running_loop().call_soon(self._refuse, [job])
        return Success(None)

    async def close(self) -> None:
        if self._writer is None:
            return
        self._is_open = False
        await self._writer.stop()
        self._is_open = False  # an open() under way may have ended meanwhile
        self._writer = None
        late, self._late = self._late, []
        self._refuse(late)

    @abstractmethod
    def _medium(self) -> Medium[Job, tuple[StoreProblem, ...], Drained]: ...

    def _refuse(self, jobs: list[Job]) -> None:
        failed = Failure(SinkFailed(f"{self.path} is not open"))
        self._drained(Drained([Answered(job, failed) for job in jobs]))

    def _drained(self, drained: Drained) -> None:
        loop = asyncio.get_running_loop()
        for problem in drained.problems:
            self._tell(problem)
        for answered in drained.answers:
            self._taken.remove(len(answered.job.event.payload))
            try:
                answered.job.done(answered.answer)
            except Exception as error:  # the others must be answered all the same
                context = {"message": "an event sink's callback raised", "exception": error}
                loop.call_exception_handler(context)
