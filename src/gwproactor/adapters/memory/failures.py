"""`Failures` that remembers what it is told."""

from collections.abc import Callable

import attrs

from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.supervision import FailurePolicy


@attrs.frozen
class ToldFailure:
    """What a part told of its failure; a test calls `restart` when the pause is over."""

    name: str
    policy: FailurePolicy
    problem: ProblemFound
    restart: Callable[[], None] | None


@attrs.define
class MemoryFailures:
    """Keeps what is `told`; neither restarts a part nor stops a node."""

    told: list[ToldFailure] = attrs.Factory(list)

    def failed(
        self,
        name: str,
        policy: FailurePolicy,
        problem: ProblemFound,
        restart: Callable[[], None] | None = None,
    ) -> bool:
        self.told.append(ToldFailure(name, policy, problem, restart))
        return policy is FailurePolicy.RESTART and restart is not None
