"""The end of a node in unusual ways: cancelled, with a stuck actor, with a bug in an adapter."""

import asyncio
import logging

import pytest
from dependency_injector import providers
from typing_extensions import override

from gwproactor import (
    HANDLED,
    Communicator,
    Failure,
    Message,
    Outcome,
    ProactorContainer,
    StateName,
    Success,
    assemble,
    build_node,
    to_actor,
)
from gwproactor.adapters.memory import MemoryEventSink, MemoryEventStore, MemoryLinkTransport
from gwproactor.domain.subscription import QOS
from gwproactor.ports.link_transport import LinkTransport, NotConnected, PublishFailed
from gwproactor.ports.message_bus import Stopped
from gwproactor.testing.simulated_node import simulated_node
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family, child_settings
from tests.support.own_events import problems


def node_on(family: Family, transport: LinkTransport) -> ProactorContainer:
    return assemble(
        child_settings(handler=""),
        clock=family.clock,
        chance=family.chance,
        event_store=MemoryEventStore(),
        event_sink=MemoryEventSink(),
        link_transports={"local": transport},
    )


class SlowTransport(MemoryLinkTransport):
    """Takes half a second to disconnect."""

    @override
    async def disconnect(self) -> None:
        await asyncio.sleep(0.5)  # of virtual time
        await super().disconnect()


@in_virtual_time
async def test_the_disconnect_is_out_before_join_returns() -> None:
    family = Family()
    proactor = build_node(node_on(family, SlowTransport(family.broker, "s-local")))
    proactor.start()
    await family.clock.sleep(5.0)
    assert family.broker.clients == ("s-local",)
    await proactor.stop_and_join()
    assert not family.broker.clients


@in_virtual_time
async def test_cancelling_run_forever_stops_the_node_and_tells_the_peer() -> None:
    family = Family()
    await family.start()
    running = asyncio.create_task(family.child.proactor.run_forever())
    await family.clock.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert family.child.state("parent") is StateName.STOPPED
    assert family.broker.clients == ("a-local",)
    assert family.read(1) == Failure(Stopped())
    last = list(family.parent.sink.stored.values())[-1]
    assert last.type_name == "gridworks.event.shutdown"
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_a_node_whose_task_is_cancelled_closes_everything() -> None:
    family = Family()
    await family.start()
    name = f"gwproactor {family.child.proactor.name}"
    (life,) = (task for task in asyncio.all_tasks() if task.get_name() == name)
    family.read(1)
    life.cancel()
    with pytest.raises(asyncio.CancelledError):
        await life
    assert family.child.state("parent") is StateName.STOPPED
    assert family.broker.clients == ("a-local",)
    assert family.read(2) == Failure(Stopped())
    await family.parent.proactor.stop_and_join()


class Stuck(Communicator):
    """Never ends."""

    @override
    async def join(self) -> None:
        await asyncio.get_running_loop().create_future()


class StuckContainer(ProactorContainer):
    stuck: providers.Provider[Stuck] = providers.Singleton(Stuck, "stuck")


@in_virtual_time
async def test_an_actor_that_never_ends_is_named_and_does_not_keep_the_node(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    settings = child_settings(handler="")
    node = simulated_node(settings, family.broker, family.clock, family.chance, StuckContainer)
    node.proactor.start()
    await family.clock.sleep(5.0)
    began_s = family.clock.monotonic_s()
    with caplog.at_level(logging.ERROR):
        await node.proactor.stop_and_join()
    assert 10.0 <= family.clock.monotonic_s() - began_s < 13.0
    assert "join stuck: not done within 10 s" in caplog.text
    assert not family.broker.clients


class FaultyTransport(MemoryLinkTransport):
    """Raises at each publish while `faulty`."""

    faulty = False

    @override
    def publish(
        self, topic: str, payload: bytes, qos: QOS, *, retain: bool = False
    ) -> Outcome[None, NotConnected | PublishFailed]:
        if self.faulty:
            raise MemoryError("no room for a packet")
        return super().publish(topic, payload, qos, retain=retain)


@in_virtual_time
async def test_a_bug_in_an_adapter_is_reported_and_stops_no_timer() -> None:
    family = Family()
    transport = FaultyTransport(family.broker, "s-local")
    container = node_on(family, transport)
    store = container.event_store()
    assert isinstance(store, MemoryEventStore)
    proactor = build_node(container)
    state = container.link_publisher().link_state
    family.parent.proactor.start()
    proactor.start()
    await family.clock.sleep(20.0)
    assert state("parent") is StateName.ACTIVE

    transport.faulty = True
    await family.clock.sleep(600.0)
    assert state("parent") is StateName.AWAITING_PEER
    reports = [e for e in store.kept.values() if e.type_name == "gridworks.event.problem"]
    assert len(reports) == 1
    assert b"no room for a packet" in reports[0].payload

    transport.faulty = False
    await family.clock.sleep(120.0)
    assert state("parent") is StateName.ACTIVE
    assert store.content().pending == 0
    await proactor.stop_and_join()
    await family.parent.proactor.stop_and_join()


def ask_a_cancelled_future(_: Message[object]) -> Outcome[bool, BaseException]:
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    future.cancel()
    return Success(future.result())


@in_virtual_time
async def test_an_actor_that_asks_a_cancelled_future_stops_neither_links_nor_bus() -> None:
    family = Family()
    await family.start()
    recorder = family.parent.container.recorder()
    bus = family.parent.container.message_bus()
    recorder.on_message = ask_a_cancelled_future
    family.read(1)
    assert bus.send(to_actor("x", "recorder", "first")) == Success(None)
    await family.clock.sleep(1.0)
    recorder.on_message = lambda _: HANDLED
    family.read(2)
    assert bus.send(to_actor("x", "recorder", "second")) == Success(None)
    await family.clock.sleep(1.0)

    assert recorder.readings == [1, 2]
    assert [m.payload for m in recorder.messages if isinstance(m.payload, str)] == [
        "first",
        "second",
    ]
    assert family.child.store.content().pending == 0
    (problem,) = problems(family.parent, family.broker)
    assert (
        "actor 'recorder' failed in process_message: asyncio.exceptions.CancelledError" in problem
    )
    await family.stop()
