"""Whether a node does its work, judged by its status."""

from collections.abc import Iterator
from typing import Final

from gwproactor.domain.status import ActorStatus, Health, IOLoopStatus, NodeStatus, StoreStatus
from gwproactor.domain.supervision import SupervisionState

# From here on a full store is a matter of hours or days, for which somebody has to come.
STORE_FULL_PERCENT: Final = 90

BAD_STATES: Final = {
    SupervisionState.LATE: "makes no progress",
    SupervisionState.RESTARTING: "failed and waits to be restarted",
    SupervisionState.FAILED: "failed and was given up",
}
BAD_COROUTINES: Final = {
    SupervisionState.RESTARTING: "failed and waits to be restarted",
    SupervisionState.FAILED: "has failed",
}
# Most often one cause has made all of them fail.
COROUTINES_TOLD: Final = 10


def health_of(status: NodeStatus) -> Health:
    """A link that is not active is no reason: the node is made to work alone."""
    return Health(tuple(_reasons(status)))


def _reasons(status: NodeStatus) -> Iterator[str]:
    if status.stopping:
        yield "the node is stopping"
    elif status.started_ms is None:
        yield "the node has not started yet"
    for actor in status.actors:
        yield from _actor(actor)
    yield from _io_loop(status.io_loop)
    names = {actor.name for actor in status.actors if actor.state is SupervisionState.LATE}
    for monitored in status.watchdog.monitored:
        if monitored.late and monitored.name not in names:
            yield (
                f"{monitored.name!r} has not shown a sign of life for {monitored.pat_age_s:.0f} s "
                f"(the limit is {monitored.timeout_s:g} s)"
            )
    yield from _store(status.store)


def _actor(actor: ActorStatus) -> Iterator[str]:
    what = BAD_STATES.get(actor.state)
    if what is not None:
        yield f"actor {actor.name!r} {what}" + (
            f": {actor.last_failure}" if actor.last_failure else ""
        )


def _io_loop(io_loop: IOLoopStatus) -> Iterator[str]:
    """A failed coroutine is a reason also where its policy asks for nothing but a report: what it
    did is not done any more.
    """
    bad = [each for each in io_loop.coroutines if each.state in BAD_COROUTINES]
    for each in bad[:COROUTINES_TOLD]:
        yield f"io coroutine {each.name!r} {BAD_COROUTINES[each.state]}: {each.last_failure}"
    if len(bad) > COROUTINES_TOLD:
        yield f"{len(bad) - COROUTINES_TOLD} more io coroutines have failed"


def _store(store: StoreStatus) -> Iterator[str]:
    if store.trouble:
        yield f"the event store fails: {store.trouble}"
    if store.sink_trouble:
        yield f"the event sink fails: {store.sink_trouble}"
    if store.pending_bytes * 100 >= store.bytes_max * STORE_FULL_PERCENT:
        percent = store.pending_bytes * 100 // store.bytes_max
        yield f"the event store is {percent} % full"
