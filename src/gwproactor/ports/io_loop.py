"""A second event loop in a thread of its own, for coroutines that must not slow the first."""

from collections.abc import Callable, Coroutine
from typing import Final, Protocol, TypeAlias

from gwproactor.domain.supervision import FailurePolicy

# What `add_io_coroutine` returns once the node stops: the coroutine will not run.
INVALID_IO_TASK_HANDLE: Final = 0

IOWork: TypeAlias = (
    Coroutine[object, object, object] | Callable[[], Coroutine[object, object, object]]
)


class IOLoop(Protocol):
    """Called from any thread, before or after the node starts."""

    def add_io_coroutine(
        self, work: IOWork, name: str = "", *, policy: FailurePolicy = FailurePolicy.REPORT
    ) -> int:
        """Run *work* on the io loop, once that runs; returns a handle for `cancel_io_routine`.

        What it raises is reported as a problem, then *policy* follows. RESTART needs a function
        that makes the coroutine, else ValueError: a coroutine runs only once. After the stop:
        INVALID_IO_TASK_HANDLE, and *work* is closed without having run.
        """
        ...

    def cancel_io_routine(self, handle: int) -> None:
        """Cancel the work of *handle*, whether it runs or has not begun; else without effect."""
        ...
