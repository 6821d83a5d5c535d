"""One chaos run: start everything, kill by plan, let it settle, and judge what the parent has."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import attrs

from gwproactor.adapters.broker_process import BrokerLauncher
from gwproactor.adapters.persistence import SqliteSinkReader
from tests.chaos.family import Family
from tests.chaos.plan import NODES, Kill, NodeRole, Role
from tests.chaos.reports import Report, Status, Troubled
from tests.chaos.verdict import Arrival, Verdict, Witness, judge
from tests.chaos.victims import BrokerVictim, NodeFailedError, NodeVictim, Victim

LOOK_EVERY_S: Final = 0.05


@attrs.frozen
class Outcome:
    """`duplicates` were sent again though they had arrived, and were dropped by their receiver, as
    far as its last report before a kill tells. `troubles` are what actors did on purpose, by where;
    `given_up` how often a node ended because of that, and was started again.
    """

    verdict: Verdict
    kills: Counter[Role]
    troubles: Counter[str]
    given_up: Counter[NodeRole]
    duplicates: int
    chaos_s: float
    drain_s: float

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean


class ChaosRun:
    """Build it with a broker that was started; *family* has its address."""

    def __init__(self, family: Family, broker: BrokerLauncher, *, drain_s_max: float) -> None:
        self._family = family
        self._drain_s_max = drain_s_max
        self._witness = Witness()
        self._status: dict[NodeRole, Status] = {}
        self._duplicates = 0
        self._nodes = {role: self._node(role) for role in NODES}
        self._victims: dict[Role, Victim] = {role: self._nodes[role] for role in NODES}
        self._victims["broker"] = BrokerVictim(broker)
        self._work: asyncio.Task[Outcome] | None = None
        self._failure: NodeFailedError | None = None
        self._kills: Counter[Role] = Counter()
        self._troubles: Counter[str] = Counter()
        self._given_up: Counter[NodeRole] = Counter()

    async def go(self, plan: Sequence[Kill]) -> Outcome:
        """Raises NodeFailedError if a node ends unasked. Nothing runs any more afterwards."""
        self._work = asyncio.create_task(self._go(plan))
        try:
            return await self._work
        except asyncio.CancelledError:
            if self._failure is not None:
                raise self._failure from None
            raise
        finally:
            for node in self._nodes.values():
                await node.kill()

    async def _go(self, plan: Sequence[Kill]) -> Outcome:
        for node in self._nodes.values():
            await node.start()
        started_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for role in self._victims:
                own = [kill for kill in plan if kill.role == role]
                group.create_task(self._kill_by_plan(own, started_s))
        killed_s = time.monotonic()
        for node in self._nodes.values():
            node.finish()
        undrained = await self._drained()
        drained_s = time.monotonic()
        for node in self._nodes.values():
            await node.stop()
        verdict = self._judged()
        return Outcome(
            attrs.evolve(verdict, faults=[*undrained, *verdict.faults]),
            self._kills,
            self._troubles,
            self._given_up,
            self._duplicates + sum(one.duplicates for one in self._status.values()),
            killed_s - started_s,
            drained_s - killed_s,
        )

    async def _kill_by_plan(self, kills: Sequence[Kill], started_s: float) -> None:
        """One victim's kills, in turn."""
        for kill in kills:
            await asyncio.sleep(max(0.0, started_s + kill.at_s - time.monotonic()))
            victim = self._victims[kill.role]
            await victim.kill()
            self._kills[kill.role] += 1
            self._forget_status(kill.role)
            await asyncio.sleep(kill.away_s)
            if kill.role == "child":
                self._witness.begin_life()
            await victim.start()

    async def _drained(self) -> list[str]:
        """Wait until the parent has everything; if it never does, say how the others stand."""
        deadline_s = time.monotonic() + self._drain_s_max
        while time.monotonic() < deadline_s:
            child, relay = self._status.get("child"), self._status.get("relay")
            is_drained = child and child.is_drained and relay and relay.is_drained
            # What the child has no more, the relay had before.
            if is_drained and child and relay and relay.at_s > child.at_s:
                return []
            await asyncio.sleep(LOOK_EVERY_S)
        stand = "\n".join(f"    {role}: {status}" for role, status in self._status.items())
        return [f"not everything was uploaded within {self._drain_s_max:g} s:\n{stand}"]

    def _node(self, role: NodeRole) -> NodeVictim:
        def hear(report: Report) -> None:
            match report:
                case Status():
                    self._status[role] = report
                case Troubled(where):
                    self._troubles[where] += 1
                case _:
                    self._witness.hear(report)

        def gave_up() -> None:
            self._given_up[role] += 1
            self._forget_status(role)
            if role == "child":
                self._witness.begin_life()

        def failed(error: NodeFailedError) -> None:
            self._failure = error
            if self._work is not None:
                self._work.cancel()

        return NodeVictim(role, self._family, hear=hear, gave_up=gave_up, failed=failed)

    def _forget_status(self, role: Role) -> None:
        if role != "broker":
            status = self._status.pop(role, None)
            self._duplicates += status.duplicates if status else 0

    def _judged(self) -> Verdict:
        reader = SqliteSinkReader(self._family.paths("parent").event_sink)
        arrivals = [
            Arrival(
                event.src,
                event.message_id,
                event.type_name,
                event.sequence.epoch if event.sequence else None,
                event.sequence.number if event.sequence else None,
            )
            for event in reader.events()
        ]
        child = self._family.long_name("child")
        return judge(self._witness, arrivals, child=child, in_order=self._family.strict)
