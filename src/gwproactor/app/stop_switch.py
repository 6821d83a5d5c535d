"""The StopSwitch of one node."""

from collections.abc import Callable

import attrs


@attrs.define(eq=False)
class NodeStopSwitch:
    """Stops the node that is attached; what is asked before is kept for it. Loop thread only."""

    _stop: Callable[[str, int], None] | None = attrs.field(init=False, default=None)
    _asked: tuple[str, int] | None = attrs.field(init=False, default=None)

    def attach(self, stop: Callable[[str, int], None]) -> None:
        """Let *stop* be called with reason and exit code."""
        self._stop = stop
        if self._asked is not None:
            stop(*self._asked)

    def stop_node(self, reason: str, *, exit_code: int = 0) -> None:
        if self._asked is not None:
            return
        self._asked = reason, exit_code
        if self._stop is not None:
            self._stop(reason, exit_code)
