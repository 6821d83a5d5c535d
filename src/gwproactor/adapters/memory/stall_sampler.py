"""`StallSampler` that notices what a test says; no thread."""

from collections.abc import Callable

import attrs

from gwproactor.ports.stall_sampler import Stall


@attrs.define(eq=False)
class MemoryStallSampler:
    """Loop thread only, like its port."""

    is_watching: bool = attrs.field(init=False, default=False)
    _on_lag: Callable[[float], None] = attrs.field(init=False, default=lambda _: None)
    _on_stall: Callable[[Stall], None] = attrs.field(init=False, default=lambda _: None)

    def start(self, on_lag: Callable[[float], None], on_stall: Callable[[Stall], None]) -> None:
        self.is_watching = True
        self._on_lag = on_lag
        self._on_stall = on_stall

    def close(self) -> None:
        self.is_watching = False

    def lag(self, lag_s: float) -> None:
        """The loop took *lag_s* to answer."""
        if self.is_watching:
            self._on_lag(lag_s)

    def stall(self, stall: Stall) -> None:
        """*stall* is over."""
        if self.is_watching:
            self._on_stall(stall)
