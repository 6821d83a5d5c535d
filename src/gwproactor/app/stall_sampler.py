"""Stalls of the event loop as problem events, and its lag as figures."""

import re
from collections.abc import Callable
from typing import Final

import attrs
from typing_extensions import override

from gwproactor.app.loop_lag import LoopLag
from gwproactor.app.service import NotStarted, Service
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.outcome import Outcome, Success
from gwproactor.ports.stall_sampler import Stall, StallSampler

# A call, as in a traceback.
CALL: Final = re.compile(r'^ *File "(.+)", line (\d+), in (.+)$', re.MULTILINE)


@attrs.define(eq=False)
class StallWatch(Service):
    """Watches the loop from before the start until the end. Loop thread only."""

    sampler: StallSampler
    loop_lag: LoopLag
    report: Callable[[ProblemFound], None]

    @override
    async def open(self) -> Outcome[None, NotStarted]:
        self.sampler.start(self.loop_lag.measured, self._stalled)
        return Success(None)

    @override
    async def close(self) -> None:
        self.sampler.close()

    def _stalled(self, stall: Stall) -> None:
        problem = stall_problem(stall)
        self.loop_lag.stalled(problem.summary)
        self.report(problem)


def stall_problem(stall: Stall) -> ProblemFound:
    """The problem that *stall* is; stalls in one function are the same."""
    calls = CALL.findall(stall.stack)
    file, line, function = calls[-1] if calls else ("", "", "unknown")
    where = f"{function} ({file}:{line})" if calls else function
    return ProblemFound(
        kind="stall",
        subject="event loop",
        cause=f"{stall.kind.name} {file} {function}",
        summary=f"{stall.kind.value} for {stall.lasted_s:.1f} s: {where}",
        details=stall.stack,
    )
