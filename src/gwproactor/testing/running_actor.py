"""Drives one actor as a node would, without a node: for the tests of those who write actors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from gwproactor.adapters.memory import SeededChance
from gwproactor.app.actor import Actor
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.declarations import check_declarations
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.status import ActorStatus
from gwproactor.ports.clock import Clock


@attrs.define
class RunningActor:
    """What a node would do for its one actor, and would say about it.

    `problems` are those that the node would report. `stop_reason` is why the node would stop; None:
    it would not.
    """

    actor: Actor
    problems: list[ProblemFound] = attrs.field(init=False, factory=list)
    stop_reason: str | None = attrs.field(init=False, default=None)
    _supervisor: Supervisor

    @property
    def status(self) -> ActorStatus:
        """What a status page would show of it."""
        [status] = self._supervisor.status()
        return status

    def give(self, message: Message[object]) -> None:
        """Hand *message* over: `to_actor("sender", actor.name, payload)` is one."""
        self._supervisor.hand_over(self.actor, message)

    async def ended(self) -> None:
        """Return when its `run` has ended, by itself or by failing."""
        await self._supervisor.join(self.actor)


@asynccontextmanager
async def running(
    actor: Actor, clock: Clock, *, problems_expected: bool = False
) -> AsyncIterator[RunningActor]:
    """*actor* is initialised and started; at the end it is stopped, and has ended.

    Its `run` is supervised: exceptions and late waits are handled by its policy. Raises
    AssertionError at the end if there were problems that were not expected, and ValueError at the
    beginning for what it declares wrongly. With a VirtualClock hours take no time.
    """
    switch = NodeStopSwitch()
    supervisor = Supervisor(switch, clock, SeededChance(1))
    driven = RunningActor(actor, supervisor)

    def stop_node(reason: str, _: int) -> None:
        driven.stop_reason = reason

    switch.attach(stop_node)
    supervisor.listen(driven.problems.append)
    actor.init()
    check_declarations(actor)
    supervisor.start(actor)
    try:
        yield driven
    finally:
        supervisor.stopping()
        supervisor.stop(actor)
        await supervisor.join(actor)
    if not problems_expected:
        told = "\n".join(f"{problem.summary}\n{problem.details}" for problem in driven.problems)
        assert not driven.problems, told
