"""When the code of each communicator was last called, known to a second at next to no cost."""

from typing import Final

import attrs

from gwproactor.ports.clock import Clock, Timer
from gwproactor.ports.communicators import CommunicatorInterface

# To read the clock at each message would take longer than to hand it over.
RESOLUTION_S: Final = 1.0


@attrs.define(eq=False)
class LastCalls:
    """`times_s` is monotonic, by name. Its timer runs only while there are calls. Loop thread only.

    A caller in a hurry asks `latest is communicator` first: then there is nothing to note.
    """

    clock: Clock
    times_s: dict[str, float] = attrs.field(init=False, factory=dict)
    latest: CommunicatorInterface | None = attrs.field(init=False, default=None)
    _noted: set[str] = attrs.field(init=False, factory=set)
    _timer: Timer | None = attrs.field(init=False, default=None)
    _closed: bool = attrs.field(init=False, default=False)

    def note(self, communicator: CommunicatorInterface) -> None:
        """Its code is called now."""
        self.latest = communicator
        name = communicator.name
        if name in self._noted or self._closed:
            return
        now_s = self.clock.monotonic_s()
        self._noted.add(name)
        self.times_s[name] = now_s
        if self._timer is None:
            self._timer = self.clock.call_at(now_s + RESOLUTION_S, self._begin_anew)

    def close(self) -> None:
        """Note nothing more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _begin_anew(self) -> None:
        self._timer = None
        self.latest = None
        self._noted.clear()
