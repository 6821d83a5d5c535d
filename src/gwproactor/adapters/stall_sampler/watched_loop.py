"""One event loop as the sampler's thread sees it: a question at a time, and how long it waits."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import attrs

from gwproactor.ports.stall_sampler import Stall, StallKind

LOG: Final = logging.getLogger("gwproactor")

# A loop that hangs for good must not fill the log.
AGAIN_S: Final = 30.0
# Of the time of a pause: with less CPU than this nobody can have held the interpreter, and with
# more of other processes' work around, somebody may.
HOLDERS_SHARE_MIN: Final = 0.2


@attrs.define(eq=False)
class _Question:
    """`answered_s` is written by the loop thread, all else by the sampler's."""

    asked_s: float
    tell_after_s: float
    stack: str = ""
    answered_s: float | None = None


@attrs.define(eq=False)
class WatchedLoop:
    """Called from the sampler's thread only; *on_lag* and *on_stall* run in the loop's, until
    *closing* is set. `look` and `paused` raise RuntimeError if the loop is closed.
    """

    loop: asyncio.AbstractEventLoop
    closing: threading.Event
    stall_s: float
    stack: Callable[[], str]
    on_lag: Callable[[float], None]
    on_stall: Callable[[Stall], None]
    _question: _Question | None = attrs.field(init=False, default=None)

    def look(self) -> None:
        """Ask the loop if it has answered the last time, else see for how long it has not."""
        question = self._question
        if not self.loop.is_running():
            self._question = None
        elif question is None:
            self._ask()
        elif question.answered_s is None:
            self._wait_for(question)
        else:
            if question.stack:
                lasted_s = question.answered_s - question.asked_s
                self._tell(Stall(StallKind.LOOP_BUSY, lasted_s, question.stack))
            self._ask()

    def paused(self, paused_s: float, cpu_s: float) -> None:
        """The sampler's thread did not run for *paused_s*; the process used *cpu_s* of CPU.

        A call that let no other thread run is over by now, but its caller is most often still the
        innermost: the interpreter changes threads as soon as it can.
        """
        is_held = cpu_s >= paused_s * HOLDERS_SHARE_MIN
        kind = StallKind.INTERPRETER_HELD if is_held else StallKind.PROCESS_PAUSED
        stack = self.stack()
        LOG.error(
            "%s for %.1f s; just now the event loop is here:\n%s", kind.value, paused_s, stack
        )
        self._tell(Stall(kind, paused_s, stack))
        if self._question is not None:
            self._question.tell_after_s += paused_s

    def _ask(self) -> None:
        question = self._question = _Question(time.monotonic(), self.stall_s)
        self.loop.call_soon_threadsafe(self._answer_in_loop, question)

    def _wait_for(self, question: _Question) -> None:
        silent_s = time.monotonic() - question.asked_s
        if silent_s < question.tell_after_s:
            return
        stack = self.stack()
        question.stack = question.stack or stack
        question.tell_after_s = silent_s + AGAIN_S
        LOG.error("%s for %.1f s, here:\n%s", StallKind.LOOP_BUSY.value, silent_s, stack)

    def _tell(self, stall: Stall) -> None:
        self.loop.call_soon_threadsafe(self._tell_in_loop, stall)

    def _answer_in_loop(self, question: _Question) -> None:
        question.answered_s = time.monotonic()
        if not self.closing.is_set():
            self.on_lag(question.answered_s - question.asked_s)

    def _tell_in_loop(self, stall: Stall) -> None:
        if not self.closing.is_set():
            self.on_stall(stall)
