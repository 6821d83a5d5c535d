"""What a node runs beside its links: an io loop, web servers, watchdogs."""

from collections.abc import Sequence

import attrs

from gwproactor.domain.outcome import Outcome, Success


@attrs.frozen
class NotStarted:
    """The service could not start; `detail` says what to change."""

    detail: str

    def __str__(self) -> str:
        return self.detail


class Service:
    """Trivial answers to everything that happens to a service; subclass it. Loop thread only.

    What it raises is reported, and keeps nobody from going on; what `open` raises ends the start.
    """

    async def open(self) -> Outcome[None, NotStarted]:
        """The stores are open, nothing is connected yet; a Failure ends the start."""
        return Success(None)

    def opened_with(self) -> Sequence[str]:
        """What the log tells of it when it is open, a line each."""
        return ()

    def started(self) -> None:
        """The node has started: links connect, actors run."""

    def stopping(self) -> None:
        """The node was told to stop; links and actors still work for some seconds."""

    async def close(self) -> None:
        """Return when ended; cancelled after 10 s. Links and actors have ended, the stores are
        still open.

        Called for whatever `open` was called for, in the opposite order.
        """

    async def finish(self) -> None:
        """Return when nothing is left; cancelled after 10 s. The stores have been closed, and who
        waited to know what became of an event has been answered.

        Called after every `close`, for whatever `open` was called for.
        """
