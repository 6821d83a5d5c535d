"""Whatever the code of a part raises stays with that part; only Ctrl-C goes through."""

import asyncio
import sys
from collections.abc import Callable

import pytest
from typing_extensions import override

from gwproactor import Actor, FailurePolicy, Message, Outcome, to_actor
from gwproactor.adapters.memory import SeededChance, VirtualClock
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import SupervisionState
from gwproactor.testing.running_actor import running
from gwproactor.testing.virtual_time import in_virtual_time


class Panic(BaseException):
    """As extensions written in Rust raise it."""


ANYTHING = [LookupError, Panic, SystemExit, asyncio.CancelledError]


class Breaking(Actor):
    """Raises *error* in each of its methods."""

    failure_policy = FailurePolicy.REPORT

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__("breaking")
        self.error = error

    @override
    def start(self) -> None:
        raise self.error

    @override
    def stop(self) -> None:
        raise self.error

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        raise self.error


def supervisor_of(problems: list[ProblemFound]) -> Supervisor:
    clock = VirtualClock(asyncio.get_running_loop())
    supervisor = Supervisor(NodeStopSwitch(), clock, SeededChance(1))
    supervisor.listen(problems.append)
    return supervisor


@pytest.mark.parametrize("error", ANYTHING)
@in_virtual_time
async def test_whatever_a_call_raises_is_a_problem_and_no_more(error: type[BaseException]) -> None:
    problems, actor, processed = list[ProblemFound](), Breaking(error), list[bool]()
    supervisor = supervisor_of(problems)
    supervisor.start(actor)
    supervisor.hand_over(actor, to_actor("x", "breaking", 1), lambda: processed.append(True))
    supervisor.stop(actor)
    name = error.__name__
    assert [problem.cause for problem in problems] == [
        f"{doing} {name}" for doing in ("start", "process_message", "stop")
    ]
    assert processed == [True]
    [status] = supervisor.status()
    assert (status.state, status.failures) == (SupervisionState.FAILED, 3)
    supervisor.stopping()


@pytest.mark.parametrize("call", [Supervisor.start, Supervisor.stop])
@in_virtual_time
async def test_ctrl_c_in_a_call_goes_through(
    call: Callable[[Supervisor, Actor], None],
) -> None:
    problems = list[ProblemFound]()
    supervisor = supervisor_of(problems)
    with pytest.raises(KeyboardInterrupt):
        call(supervisor, Breaking(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        supervisor.hand_over(Breaking(KeyboardInterrupt), to_actor("x", "breaking", 1))
    assert not problems
    supervisor.stopping()


@in_virtual_time
async def test_sys_exit_in_a_run_is_a_failure_like_any_other() -> None:
    class Leaving(Actor):
        runs = 0

        @override
        async def run(self) -> None:
            self.runs += 1
            if self.runs == 1:
                sys.exit(3)
            await self.sleep(1e9)

    clock, actor = VirtualClock(asyncio.get_running_loop()), Leaving("leaving")
    async with running(actor, clock, problems_expected=True) as driven:
        await clock.sleep(1.0)
    assert actor.runs == 2
    [problem] = driven.problems
    assert problem.summary.endswith("ExitCalledError: sys.exit(3)")
    assert "in run" in problem.details


@in_virtual_time
async def test_sys_exit_in_the_cleanup_of_a_run_is_a_failure_too() -> None:
    class Leaving(Actor):
        @override
        async def run(self) -> None:
            try:
                await self.sleep(1e9)
            finally:
                sys.exit(3)

    clock, actor = VirtualClock(asyncio.get_running_loop()), Leaving("leaving")
    async with running(actor, clock, problems_expected=True) as driven:
        await clock.sleep(1.0)
    assert "sys.exit(3)" in driven.problems[0].summary
