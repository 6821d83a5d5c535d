"""A second event loop in a thread of its own, for coroutines that must not slow the first."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Final, Protocol, TypeAlias

import attrs

from gwproactor.domain.supervision import FailurePolicy

# What `add_io_coroutine` returns once nothing is begun any more: the coroutine will not run.
INVALID_IO_TASK_HANDLE: Final = 0

IOWork: TypeAlias = (
    Coroutine[object, object, object] | Callable[[], Coroutine[object, object, object]]
)


class IOLoop(Protocol):
    """Called from any thread, before or after the node starts."""

    @abstractmethod
    def add_io_coroutine(
        self, work: IOWork, name: str = "", *, policy: FailurePolicy = FailurePolicy.REPORT
    ) -> int:
        """Run *work* on the io loop, once that runs; returns a handle for `cancel_io_routine`.

        What it raises is reported as a problem, then *policy* follows. RESTART needs a function
        that makes the coroutine, else ValueError: a coroutine runs only once. What failed and is
        not restarted makes the node unhealthy until work of the same *name* is added, or its handle
        is cancelled.

        When the node stops, *work* is cancelled. After the stop, or when the io loop was ended by a
        coroutine: INVALID_IO_TASK_HANDLE, and *work* is closed without having run.
        """
        ...

    @abstractmethod
    def cancel_io_routine(self, handle: int) -> None:
        """Cancel the work of *handle*, whether it runs or has not begun; else without effect. Also
        the stop of the node does not cancel it a second time, while it cleans up.
        """
        ...


@attrs.frozen
class Unfinished:
    """A coroutine, or its call in a thread, that has not ended; `stack` is where it is, innermost
    call last.
    """

    name: str
    stack: str


class IORunner(Protocol):
    """Where an `IOLoop` runs its coroutines: in a thread of its own, as a rule."""

    @abstractmethod
    def open(
        self,
        ended: Callable[[int, BaseException | None], None],
        gone: Callable[[BaseException], None],
    ) -> None:
        """Call *ended* on this loop, once for each handle, with what its coroutine raised; None: it
        returned, or `cancel` or `close` has cancelled it. Loop thread, once, before anything else.

        Call *gone* there if something else ends what the coroutines run in, before `close`: all of
        them are cancelled then, and nothing runs any more.
        """
        ...

    @abstractmethod
    def run(self, handle: int, work: Coroutine[object, object, object], name: str) -> None:
        """Begin *work* soon; not after `close`. Any thread, but one at a time.

        Once it is gone: close *work*.
        """
        ...

    @abstractmethod
    def cancel(self, handle: int) -> None:
        """Cancel that work soon, but not twice: what has not begun then never does. Any thread, one
        at a time.
        """
        ...

    @abstractmethod
    def ping(self, answered: Callable[[], None]) -> None:
        """Call *answered* on this loop when the coroutines' loop has turned once more; soon if
        there is nothing that could hold it up. Loop thread.
        """
        ...

    @abstractmethod
    def unfinished(self) -> Sequence[Unfinished]:
        """What runs now: coroutines, or if none does, what they have begun and left behind. Loop
        thread; tells most when `close` does not return.
        """
        ...

    @abstractmethod
    async def close(self) -> None:
        """Cancel everything and return when it has ended, and with it the thread. Loop thread.

        Waits for as long as that takes; cancelling this call gives the rest up.
        """
        ...
