"""The contract of `Failures`, on every adapter."""

from collections.abc import Sequence

from typing_extensions import override

from gwproactor.adapters.clock import LoopClock
from gwproactor.adapters.memory import MemoryFailures, SeededChance
from gwproactor.app.stop_switch import NodeStopSwitch
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.facts import ProblemFound
from gwproactor.ports.failures import Failures
from gwproactor.testing.failures_contract import FailuresContract


class TestSupervisor(FailuresContract):
    @override
    def failures(self) -> Failures:
        self.reported: list[ProblemFound] = []
        supervisor = Supervisor(NodeStopSwitch(), LoopClock(), SeededChance(1))
        supervisor.listen(self.reported.append)
        return supervisor

    @override
    def told(self, failures: Failures) -> Sequence[ProblemFound]:
        return self.reported


class TestMemoryFailures(FailuresContract):
    @override
    def failures(self) -> Failures:
        return MemoryFailures()

    @override
    def told(self, failures: Failures) -> Sequence[ProblemFound]:
        assert isinstance(failures, MemoryFailures)
        return [one.problem for one in failures.told]
