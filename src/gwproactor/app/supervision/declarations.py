"""What a communicator declares wrongly, said when the node is built and not when it matters."""

from collections.abc import Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Final

from gwproactor.app.actor import Actor
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.communicators import CommunicatorInterface

# What the loop calls as a plain function: as `async def`, nothing in it would ever run.
PLAIN: Final = ("process_message", "link_changed", "init", "start", "stop")


def check_declarations(communicator: CommunicatorInterface) -> None:
    """Raises ValueError with all that is wrong, and what to write in its place."""
    faults = list(_faults(communicator))
    if faults:
        who = f"{communicator.name!r} ({type(communicator).__qualname__})"
        raise ValueError(f"{who}: {'; '.join(faults)}")


def set_policy(communicator: CommunicatorInterface, policy: FailurePolicy) -> None:
    """Let *policy* be in the place of what the class of *communicator* declares.

    Raises ValueError if that class decides it by itself.
    """
    try:
        setattr(communicator, "failure_policy", policy)  # noqa: B010 # the port has no such name
    except AttributeError as error:
        who = f"{communicator.name!r} ({type(communicator).__qualname__})"
        raise ValueError(f"{who}: its failure_policy cannot be set: {error}") from error


def _faults(communicator: CommunicatorInterface) -> Iterator[str]:
    policy: object = getattr(communicator, "failure_policy", FailurePolicy.RESTART)
    if not isinstance(policy, FailurePolicy):
        known = ", ".join(str(each) for each in FailurePolicy)
        yield f"failure_policy is {policy!r}; write one of {known}"
    for name in PLAIN:
        function = getattr(communicator, name, None)
        if iscoroutinefunction(function) or isasyncgenfunction(function):
            yield (
                f"{name} is an `async def`, which would never run; write `def {name}`, and let "
                "`async def run(self)` do what has to await"
            )
    if isinstance(communicator, Actor):
        yield from _faults_of_run(communicator)


def _faults_of_run(actor: Actor) -> Iterator[str]:
    late_after_s: object = actor.late_after_s
    if not (isinstance(late_after_s, int | float) and late_after_s > 0):  # NaN is not either
        yield (
            f"late_after_s is {late_after_s!r}; write a number of seconds above 0, "
            "or math.inf for never"
        )
    if isasyncgenfunction(actor.run):
        yield "run has a `yield`; write an `async def` without one"
