"""What every `Failures` must do, as tests to be run on each adapter.

Subclass `FailuresContract` under a name that pytest collects, and override `failures` and `told`.
"""

from collections.abc import Sequence

from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.failures import Failures


class FailuresContract:
    """The tests."""

    def failures(self) -> Failures:
        """New ones."""
        raise NotImplementedError

    def told(self, failures: Failures) -> Sequence[ProblemFound]:
        """What was reported to *failures*."""
        raise NotImplementedError

    async def test_every_failure_is_reported_whatever_its_policy(self) -> None:
        failures = self.failures()
        problems = [_problem(policy.value) for policy in FailurePolicy]
        for policy, problem in zip(FailurePolicy, problems, strict=True):
            failures.failed(policy.value, policy, problem)
        assert [problem for problem in self.told(failures) if problem in problems] == problems

    async def test_a_part_is_restarted_later_if_its_policy_says_so_and_it_can_be(self) -> None:
        failures, restarts = self.failures(), list[str]()

        def restart() -> None:
            restarts.append("meter")

        assert failures.failed("meter", FailurePolicy.RESTART, _problem("a"), restart)
        assert not restarts

    async def test_a_part_that_cannot_be_restarted_or_should_not_be_is_not(self) -> None:
        failures = self.failures()
        assert not failures.failed("meter", FailurePolicy.RESTART, _problem("a"))
        failures = self.failures()
        assert not failures.failed("meter", FailurePolicy.REPORT, _problem("a"), lambda: None)


def _problem(summary: str) -> ProblemFound:
    return raised_problem("actor", "meter", "run", summary, ValueError("no answer"))
