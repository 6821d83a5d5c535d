"""An event sink that fails is seen from outside: status, health and problems tell of it."""

from gwproactor import ProactorSettings, Success
from gwproactor.domain.health import health_of
from gwproactor.domain.status import NodeStatus
from gwproactor.testing.simulated_node import SimulatedNode
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, Reading, RecorderContainer

FULL = "disk is full"
REASON = f"the event sink fails: {FULL}"

Node = SimulatedNode[RecorderContainer]


def status_of(node: Node) -> NodeStatus:
    return node.container.node_status().status()


def reasons(node: Node) -> tuple[str, ...]:
    return health_of(status_of(node)).reasons


@in_virtual_time
async def test_a_node_without_parent_whose_sink_fails_is_ill_until_it_stores_again() -> None:
    family = Family()
    values = {"long_name": "d1.alone", "short_name": "x"}
    node = family.make(ProactorSettings.model_validate(values))
    node.proactor.start()
    await family.clock.sleep(1.0)
    assert reasons(node) == ()

    node.sink.fail_with(FULL)
    taken = node.container.event_log().generate_event(Reading(value=1))
    await family.clock.sleep(10.0)
    status = status_of(node)

    assert isinstance(taken, Success)
    assert reasons(node) == (REASON,)
    assert (status.store.sink_kind, status.store.sink_trouble) == ("MemoryEventSink", FULL)
    assert [problem.summary for problem in status.problems] == ["event sink: write failed"]
    node.sink.recover()
    await family.clock.sleep(2.0)
    assert reasons(node) == ()
    assert status_of(node).problems[0].summary == "event sink: works again"
    # The report of its failure waited with the others, and is stored with them.
    assert "event sink: write failed" in " ".join(stored_summaries(node))
    await node.proactor.stop_and_join()


def stored_summaries(node: Node) -> list[str]:
    return [event.payload.decode() for event in node.sink.stored.values()]


@in_virtual_time
async def test_what_a_child_sends_shows_the_failing_sink_and_its_end() -> None:
    family = Family()
    await family.start()
    family.parent.sink.fail_with(FULL)
    family.read(1)
    await family.clock.sleep(5.0)
    assert REASON in reasons(family.parent)

    family.parent.sink.recover()
    await family.clock.sleep(600.0)
    assert reasons(family.parent) == ()
    assert len(family.received()) > 0
    await family.stop()


@in_virtual_time
async def test_a_new_reason_of_the_sink_is_shown_and_told_once() -> None:
    family = Family()
    await family.start()
    for detail in (FULL, "no such file"):
        family.parent.sink.fail_with(detail)
        family.read(1)
        await family.clock.sleep(60.0)

    assert status_of(family.parent).store.sink_trouble == "no such file"
    told = [p.summary for p in status_of(family.parent).problems if "event sink" in p.summary]
    assert told == ["event sink: write failed"]
    await family.stop()
