"""What makes a node ill, and what does not."""

import pytest
from attrs import evolve

from gwproactor.domain.health import health_of
from gwproactor.domain.status import NodeStatus
from gwproactor.domain.supervision import SupervisionState
from tests.support.statuses import ACTOR, LINK, MONITORED, NODE, STORE, node_of


def test_a_node_without_trouble_is_healthy() -> None:
    assert health_of(NODE).is_healthy


@pytest.mark.parametrize(
    "state", ["connecting", "awaiting_peer", "awaiting_setup_and_peer", "stopped"]
)
def test_a_link_that_is_not_active_is_no_illness(state: str) -> None:
    assert health_of(node_of(link=evolve(LINK, state=state))).is_healthy


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (evolve(NODE, stopping=True), "the node is stopping"),
        (evolve(NODE, started_ms=None), "the node has not started yet"),
        (
            node_of(actor=evolve(ACTOR, state=SupervisionState.LATE)),
            "actor 'thermometer' makes no progress",
        ),
        (
            node_of(
                actor=evolve(
                    ACTOR, state=SupervisionState.RESTARTING, last_failure="ValueError: no"
                )
            ),
            "actor 'thermometer' failed and waits to be restarted: ValueError: no",
        ),
        (
            node_of(actor=evolve(ACTOR, state=SupervisionState.FAILED)),
            "actor 'thermometer' failed and was given up",
        ),
        (
            node_of(monitored=evolve(MONITORED, late=True, pat_age_s=31.4)),
            "'burner' has not shown a sign of life for 31 s (the limit is 20 s)",
        ),
        (node_of(store=evolve(STORE, trouble="disk full")), "the event store fails: disk full"),
        (node_of(store=evolve(STORE, sink_trouble="no disk")), "the event sink fails: no disk"),
        (
            node_of(store=evolve(STORE, pending_bytes=STORE.bytes_max * 9 // 10)),
            "the event store is 90 % full",
        ),
    ],
)
def test_what_does_not_work_is_a_reason(status: NodeStatus, reason: str) -> None:
    assert health_of(status).reasons == (reason,)


@pytest.mark.parametrize(
    "state", [SupervisionState.NOT_STARTED, SupervisionState.ENDED, SupervisionState.STOPPED]
)
def test_an_actor_that_ended_as_it_should_is_no_illness(state: SupervisionState) -> None:
    assert health_of(node_of(actor=evolve(ACTOR, state=state))).is_healthy


def test_a_store_just_below_the_limit_is_no_illness() -> None:
    assert health_of(
        node_of(store=evolve(STORE, pending_bytes=STORE.bytes_max * 9 // 10 - 1))
    ).is_healthy


def test_a_late_actor_that_is_also_monitored_is_told_once() -> None:
    actor = evolve(ACTOR, name=MONITORED.name, state=SupervisionState.LATE)
    monitored = evolve(MONITORED, late=True)

    assert len(health_of(node_of(actor=actor, monitored=monitored)).reasons) == 1
