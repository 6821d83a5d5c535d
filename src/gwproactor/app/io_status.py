"""The coroutines that were added to an io loop, and how a status shows them."""

from collections.abc import Callable, Coroutine, Iterable
from itertools import islice
from typing import Final, TypeAlias

import attrs

from gwproactor.domain.short_text import short_key, short_summary
from gwproactor.domain.status import CoroutineStatus, IOLoopStatus
from gwproactor.domain.supervision import FailurePolicy, SupervisionState
from gwproactor.ports.io_loop import IOWork

# An actor may add coroutines by the thousand, and none of them may work.
FAILED_MAX: Final = 100
# More are of no use on a page; what has failed is listed first.
SHOWN_MAX: Final = 100

Handle: TypeAlias = int


@attrs.define(eq=False)
class IOCoroutine:
    """What was added. `has_begun`: the runner has it. Between a failure and its restart it has
    not.
    """

    work: IOWork
    name: str
    policy: FailurePolicy
    has_begun: bool = False
    is_cancelled: bool = False
    failures: int = 0
    last_failure: str = ""

    def fail(self, what: str) -> None:
        """It raised *what*."""
        self.failures += 1
        self.last_failure = short_summary(what)

    @property
    def can_restart(self) -> bool:
        return not isinstance(self.work, Coroutine)

    def coroutine(self) -> Coroutine[object, object, object]:
        return self.work if isinstance(self.work, Coroutine) else _made(self.work)

    def close(self) -> None:
        """It will not run: let a coroutine not complain of that."""
        if isinstance(self.work, Coroutine):
            self.work.close()

    @property
    def state(self) -> SupervisionState:
        """While it has not failed for good."""
        if self.has_begun:
            return SupervisionState.RUNNING
        return SupervisionState.RESTARTING if self.failures else SupervisionState.NOT_STARTED

    def status(self, state: SupervisionState) -> CoroutineStatus:
        return CoroutineStatus(
            name=short_key(self.name),
            state=state,
            policy=self.policy,
            failures=self.failures,
            last_failure=self.last_failure,
        )


@attrs.define(eq=False)
class FailedCoroutines:
    """The last 100 that failed and run no more: until one of the same name is added, or their
    handle is cancelled.
    """

    _failed: dict[Handle, CoroutineStatus] = attrs.field(init=False, factory=dict)

    def add(self, handle: Handle, coroutine: IOCoroutine) -> None:
        self._failed[handle] = coroutine.status(SupervisionState.FAILED)
        if len(self._failed) > FAILED_MAX:
            del self._failed[next(iter(self._failed))]

    def replaced(self, name: str) -> None:
        """One of that name was added."""
        name = short_key(name)
        for handle in [handle for handle, each in self._failed.items() if each.name == name]:
            del self._failed[handle]

    def cancelled(self, handle: Handle) -> None:
        """Nobody wants it any more."""
        self._failed.pop(handle, None)

    def status(self, others: Iterable[IOCoroutine]) -> IOLoopStatus:
        """With the *others*, which have not failed for good."""
        states = [(each.state, each) for each in others]
        counted = [state for state, _ in states]
        failed = self._failed.values()
        # Stable: those that wait for a restart, then the others in the order of their adding.
        states.sort(key=lambda pair: pair[0] is not SupervisionState.RESTARTING)
        room = SHOWN_MAX - len(failed)
        shown = [each.status(state) for state, each in islice(states, room)]
        return IOLoopStatus(
            running=counted.count(SupervisionState.RUNNING),
            restarting=counted.count(SupervisionState.RESTARTING),
            failed=len(failed),
            coroutines=(*failed, *shown),
        )


async def _made(make: Callable[[], Coroutine[object, object, object]]) -> None:
    """What *make* raises is a failure like any other, and happens where those do."""
    await make()
