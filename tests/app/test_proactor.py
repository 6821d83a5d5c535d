"""A node's life: start, stop, join, and actors that fail in each part of it."""

import asyncio
import json
import logging
import threading
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor import (
    Communicator,
    Failure,
    FailurePolicy,
    Outcome,
    Paths,
    StartError,
    StateName,
    Success,
    assemble,
    build_node,
    to_actor,
)
from gwproactor.ports.message_bus import Stopped
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import CHILD, Family, child_settings
from tests.support.noted_calls import NotedCalls
from tests.support.own_events import own_events, own_types, problems

SHUTDOWN = "gridworks.event.shutdown"


# Start and stop


@in_virtual_time
async def test_a_node_is_named_by_its_long_name() -> None:
    assert Family().child.proactor.name == CHILD


@in_virtual_time
async def test_start_and_stop_return_at_once_and_join_when_it_is_done() -> None:
    family = Family()
    family.parent.proactor.start()
    family.child.proactor.start()
    assert family.child.state("parent") is StateName.NOT_STARTED
    await family.clock.sleep(20.0)
    assert family.child.state("parent") is StateName.ACTIVE
    family.child.proactor.stop()
    assert family.child.state("parent") is StateName.ACTIVE
    await family.child.proactor.join()
    assert family.child.state("parent") is StateName.STOPPED
    assert family.broker.clients == ("a-local",)
    await family.stop()


@in_virtual_time
async def test_run_forever_returns_when_the_node_was_stopped() -> None:
    family = Family()
    family.clock.call_at(100.0, lambda: family.child.proactor.stop("enough"))
    await family.child.proactor.run_forever()
    assert 100.0 <= family.clock.monotonic_s() < 103.0
    assert reasons(family) == ["enough"]


@in_virtual_time
async def test_starting_twice_is_starting_once() -> None:
    family = Family()
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    await family.child.proactor.stop_and_join()
    assert own_types(family.child, family.broker).count("startup") == 1


@in_virtual_time
async def test_stopping_twice_is_stopping_once_for_the_first_reason() -> None:
    family = Family()
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    family.child.proactor.stop("first")
    family.child.proactor.stop("second")
    await family.child.proactor.stop_and_join()
    await family.child.proactor.stop_and_join()
    assert reasons(family) == ["first"]


@in_virtual_time
async def test_a_stop_before_the_stores_are_open_is_obeyed_and_loses_nothing() -> None:
    family = Family()
    family.child.proactor.start()
    family.child.proactor.stop("changed my mind")
    await family.child.proactor.join()

    assert reasons(family) == ["changed my mind"]
    types = [event.type_name for event in family.child.store.disk.events.values()]
    assert types == ["gridworks.event.startup", SHUTDOWN]
    assert family.child.state("parent") is StateName.STOPPED


@in_virtual_time
async def test_a_node_that_was_never_started_is_joined_at_once() -> None:
    family = Family()
    await family.child.proactor.stop_and_join()
    assert family.clock.monotonic_s() == 0.0


@in_virtual_time
async def test_giving_up_a_join_does_not_stop_the_node() -> None:
    family = Family()
    family.child.proactor.start()
    join = asyncio.create_task(family.child.proactor.join())
    await family.clock.sleep(1.0)
    join.cancel()
    await family.clock.sleep(1.0)
    assert join.cancelled()
    assert family.child.state("parent") is StateName.AWAITING_PEER
    await family.child.proactor.stop_and_join()


@in_virtual_time
async def test_no_task_and_no_timer_is_left_after_the_stop() -> None:
    family = Family()
    await family.start()
    family.child.proactor.stop()
    family.parent.proactor.stop()
    await family.stop()
    loop = asyncio.get_running_loop()
    assert asyncio.all_tasks(loop) == {asyncio.current_task()}
    timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined] # asyncio shows them nowhere
    assert timers == []


# What the peer hears of it


@in_virtual_time
async def test_the_peer_has_acked_the_shutdown_before_the_connection_is_closed() -> None:
    """Hazard 32: it does not arrive again after the next start."""
    family = Family()
    await family.start()
    before_s = family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()

    assert family.clock.monotonic_s() - before_s < 0.1
    [shutdown] = [e for e in family.parent.sink.stored.values() if e.type_name == SHUTDOWN]
    assert json.loads(shutdown.payload)["Reason"] == "stop() was called"
    assert family.child.store.content().pending == 0
    assert family.child.store.disk.events == {}
    assert family.broker.clients == ("a-local",)
    await family.parent.proactor.stop_and_join()


@pytest.mark.parametrize(("ack_timeout_s", "waited_s"), [(5.0, 2.0), (1.0, 1.0)])
@in_virtual_time
async def test_a_deaf_peer_is_waited_for_shortly_and_told_after_the_next_start(
    ack_timeout_s: float, waited_s: float
) -> None:
    family = Family()
    family.child = family.make(child_settings(ack_timeout_seconds=ack_timeout_s))
    await family.start()
    deaf = family.broker.drop(lambda topic, _: topic.startswith("gw/d1-house-scada/"))
    before_s = family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()
    assert family.clock.monotonic_s() - before_s == pytest.approx(waited_s, abs=0.1)
    assert SHUTDOWN in {event.type_name for event in family.child.store.disk.events.values()}

    deaf.lift()
    again = family.make(child_settings(), family.child.store.disk)
    again.proactor.start()
    await family.clock.sleep(30.0)
    assert SHUTDOWN in {event.type_name for event in family.parent.sink.stored.values()}
    assert again.store.content().pending == 0
    await again.proactor.stop_and_join()
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_without_a_broker_nobody_is_waited_for() -> None:
    family = Family()
    family.broker.stop()
    family.child.proactor.start()
    await family.clock.sleep(100.0)
    before_s = family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()
    assert family.clock.monotonic_s() == before_s


# Events around the stop


@in_virtual_time
async def test_what_was_accepted_is_on_disk_after_the_stop() -> None:
    family = Family()
    family.child.proactor.start()
    await family.clock.sleep(10.0)
    for value in range(100):
        family.read(value)
    family.child.proactor.stop()
    await family.child.proactor.join()

    payloads = [json.loads(event.payload) for event in family.child.store.disk.events.values()]
    assert [p["Value"] for p in payloads if "Value" in p] == list(range(100))


class LastWords(Communicator):
    """Reports once more when it is stopped, and once too late."""

    def __init__(self, family: Family) -> None:
        super().__init__("last words")
        self.family = family
        self.answers: list[Outcome[object, object]] = []

    @override
    def stop(self) -> None:
        self.answers.append(self.family.read(1))

    @override
    async def join(self) -> None:
        self.answers.append(self.family.read(2))


@in_virtual_time
async def test_an_actor_may_report_while_it_stops_but_not_after_the_shutdown_event() -> None:
    family = Family()
    actor = LastWords(family)
    family.child.container.registry().add_communicator(actor)
    await family.start()
    await family.stop()

    assert isinstance(actor.answers[0], Success)
    assert actor.answers[1] == Failure(Stopped())
    assert family.parent.container.recorder().readings == [1]


@in_virtual_time
async def test_before_the_start_and_after_the_stop_no_event_is_accepted() -> None:
    family = Family()
    assert family.read(1) == Failure(Stopped())
    await family.start()
    await family.stop()
    assert family.read(2) == Failure(Stopped())


# Stores that fail


def test_a_store_that_cannot_be_opened_is_an_error_that_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    node = build_node(
        assemble(child_settings(handler="", paths=Paths(data_dir=tmp_path / "file" / "data")))
    )
    before = set(threading.enumerate())

    with pytest.raises(StartError) as refused:
        asyncio.run(node.run_forever())

    assert str(tmp_path / "file" / "data") in str(refused.value)
    assert set(threading.enumerate()) <= before


def test_a_sink_that_cannot_be_opened_is_an_error_that_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "received.sqlite").mkdir()
    node = build_node(assemble(child_settings(handler="", paths=Paths(data_dir=tmp_path))))
    before = set(threading.enumerate())

    with pytest.raises(StartError) as refused:
        asyncio.run(node.run_forever())

    assert str(tmp_path / "received.sqlite") in str(refused.value)
    assert set(threading.enumerate()) <= before


@in_virtual_time
async def test_a_node_that_could_not_start_says_so_to_everyone_who_joins() -> None:
    family = Family()
    family.child.store.fail_with("no disk")
    family.child.proactor.start()
    for _ in range(2):
        with pytest.raises(StartError, match="the event store failed: no disk"):
            await family.child.proactor.join()
    with pytest.raises(StartError):
        await family.child.proactor.stop_and_join()
    assert family.child.state("parent") is StateName.NOT_STARTED
    bus = family.child.container.message_bus()
    assert bus.send(to_actor("x", "recorder", 1)) == Failure(Stopped())
    assert family.read(1) == Failure(Stopped())


@in_virtual_time
async def test_a_store_that_fails_at_the_end_is_logged_and_everything_else_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    await family.start()
    family.child.store.fail_with("disk is gone")
    family.read(1)
    with caplog.at_level(logging.ERROR):
        await family.child.proactor.stop_and_join()
    assert "the event store failed: disk is gone" in caplog.text
    assert family.broker.clients == ("a-local",)
    await family.parent.proactor.stop_and_join()


# Actors that fail


class Faulty(NotedCalls):
    """Raises in one of its methods, again and again."""

    failure_policy = FailurePolicy.REPORT

    def __init__(self, where: str) -> None:
        super().__init__("faulty")
        self.where = where

    @override
    def called(self, where: str) -> None:
        super().called(where)
        if where == self.where:
            raise LookupError(f"wire is off in {where}")


class Dutiful(Faulty):
    """Raises never; comes after the faulty one."""

    def __init__(self) -> None:
        super().__init__("nowhere")
        self._name = "dutiful"


@pytest.mark.parametrize("where", ["start", "link_changed", "process_message", "stop", "join"])
@in_virtual_time
async def test_an_actor_that_raises_harms_nobody_else_and_is_reported(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    family = Family()
    faulty, dutiful = Faulty(where), Dutiful()
    family.child.container.registry().add_communicator(faulty).add_communicator(dutiful)
    await family.start()
    for name in ("faulty", "dutiful"):
        family.child.container.message_bus().send(to_actor("x", name, 1))
    await family.clock.sleep(10.0)
    assert family.child.state("parent") is StateName.ACTIVE
    family.read(1)
    await family.stop()

    assert family.parent.container.recorder().readings == [1]
    assert set(dutiful.calls) == {"start", "link_changed", "process_message", "stop", "join"}
    if where == "join":  # The links are stopped by then.
        assert "actor 'faulty' failed in join" in caplog.text
        return
    [problem] = problems(family.child, family.broker)
    assert f"actor 'faulty' failed in {where}: LookupError: wire is off in {where}" in problem
    assert "Traceback" in problem
    [event] = [e for e in own_events(family.child, family.broker) if "ProblemType" in e]
    assert event["ProblemType"] == "error"


def reasons(family: Family) -> list[str]:
    """Why the child stopped, each time."""
    events = own_events(family.child, family.broker)
    return [event["Reason"] for event in events if event["TypeName"] == SHUTDOWN]
