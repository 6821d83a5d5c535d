"""What `MemoryBroker` offers beyond the contract of `LinkTransport`: faults on purpose."""

import asyncio
from typing import Any

import attrs
import pytest

from gwproactor.adapters.memory.broker import MemoryBroker, MemoryLinkTransport
from gwproactor.adapters.memory.clock import VirtualClock
from gwproactor.adapters.memory.message_rules import Published
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.ports.link_transport import ConnectFailed, Disconnected, NotConnected
from gwproactor.testing.recording_listener import (
    Connected,
    Heard,
    Received,
    RecordingListener,
    SubscribeAcked,
)
from gwproactor.testing.virtual_time import run_in_virtual_time

ZERO = QOS.AtMostOnce


@attrs.frozen
class Client:
    transport: MemoryLinkTransport
    listener: RecordingListener

    def publish(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> None:
        assert self.transport.publish(topic, payload, ZERO, retain=retain) == Success(None)

    @property
    def topics(self) -> list[str]:
        return [one.topic for one in self.listener.all(Received)]


def client_of(broker: MemoryBroker, name: str) -> Client:
    client = Client(broker.transport(name), RecordingListener())
    client.transport.listen(client.listener)
    return client


async def connected(broker: MemoryBroker, name: str, *topic_filters: str) -> Client:
    client = client_of(broker, name)
    client.transport.connect()
    await client.listener.next(Connected)
    if topic_filters:
        client.transport.subscribe(0, [Subscription(one, ZERO) for one in topic_filters])
        await client.listener.next(SubscribeAcked)
    return client


async def all_delivered() -> None:
    """Four turns: to the broker, through it, to the listener, and one for what that sends."""
    for _ in range(4):
        await asyncio.sleep(0)


async def test_the_published_messages_can_be_read_in_their_order() -> None:
    broker = MemoryBroker()
    client = await connected(broker, "a")
    client.publish("one", b"1")
    assert client.transport.publish("two", b"2", QOS.AtLeastOnce, retain=True) == Success(None)
    await all_delivered()
    assert broker.published == [
        Published("a", "one", b"1", ZERO, retain=False),
        Published("a", "two", b"2", QOS.AtLeastOnce, retain=True),
    ]
    assert list(broker.retained) == ["two"]


async def test_a_refused_login_is_told_with_its_code_until_logins_are_accepted() -> None:
    broker = MemoryBroker()
    broker.refuse_login(5, "bad")
    await connected(broker, "good")
    bad = client_of(broker, "bad")
    bad.transport.connect()
    failure = await bad.listener.next(ConnectFailed)
    assert (failure.cause, failure.code) == ("connack", 5)
    broker.refuse_login(3)
    other = client_of(broker, "other")
    other.transport.connect()
    assert (await other.listener.next(ConnectFailed)).code == 3
    broker.accept_logins()
    bad.transport.connect()
    await bad.listener.next(Connected)
    assert broker.clients == ("good", "bad")


async def test_a_refused_filter_is_told_in_its_place_and_hears_nothing() -> None:
    broker = MemoryBroker()
    broker.refuse_filter("b")
    client = await connected(broker, "a", "a", "b", "c")
    assert client.listener.all(SubscribeAcked) == [SubscribeAcked(0, (0, 128, 0))]
    for topic in "abc":
        client.publish(topic)
    await all_delivered()
    assert client.topics == ["a", "c"]
    broker.accept_filters()
    client.transport.subscribe(1, [Subscription("b", ZERO)])
    assert await client.listener.next(SubscribeAcked, number=2) == SubscribeAcked(1, (0,))


async def test_a_cut_loses_what_is_under_way_both_ways() -> None:
    broker = MemoryBroker()
    one, two = await connected(broker, "one", "#"), await connected(broker, "two", "#")
    two.publish("to one, too late")
    await asyncio.sleep(0)
    one.publish("to two, too late")
    broker.cut("one")
    # It does not know yet, as a real client would not.
    one.publish("into the void")
    await one.listener.next(Disconnected)
    await all_delivered()
    assert (one.topics, two.topics) == ([], ["to one, too late"])
    assert one.transport.publish("a", b"", ZERO) == Failure(NotConnected())
    assert broker.clients == ("two",)
    broker.cut("one")
    broker.cut("nobody")


async def test_a_second_client_of_the_same_name_ends_the_first_connection() -> None:
    broker = MemoryBroker()
    first = await connected(broker, "same", "#")
    second = await connected(broker, "same", "#")
    await first.listener.next(Disconnected)
    await first.transport.disconnect()
    second.publish("mine")
    await second.listener.next(Received)
    assert first.topics == []


async def test_a_connection_that_was_taken_over_ends_without_harm_to_the_new_one() -> None:
    broker = MemoryBroker()
    first, second = await connected(broker, "same"), client_of(broker, "same")
    second.transport.connect()
    await asyncio.sleep(0)
    # The broker has ended the first connection, and its client has not heard of it yet.
    await first.transport.disconnect()
    assert broker.clients == ("same",)
    assert (first.listener.heard, second.listener.heard) == ([Connected()], [Connected()])


async def test_disconnect_returns_when_the_broker_knows_and_nothing_is_told_meanwhile() -> None:
    broker = MemoryBroker()
    client, other = await connected(broker, "client", "#"), await connected(broker, "other")
    for turns in range(4):
        other.publish("on its way")
        for _ in range(turns):
            await asyncio.sleep(0)
        heard = len(client.listener.heard)
        await client.transport.disconnect()
        assert len(client.listener.heard) == heard
        assert broker.clients == ("other",)
        client.transport.connect()
        await client.listener.next(Connected, number=turns + 2)
        client.transport.subscribe(turns, [Subscription("#", ZERO)])
        await client.listener.next(SubscribeAcked, number=turns + 2)


async def test_a_message_comes_once_for_each_filter_that_matches_it() -> None:
    broker = MemoryBroker()
    client = await connected(broker, "a", "a/#", "a/+", "b")
    client.publish("a/1")
    await all_delivered()
    assert client.topics == ["a/1", "a/1"]


async def test_dropped_messages_are_lost_until_the_rule_is_lifted() -> None:
    broker = MemoryBroker()
    client = await connected(broker, "a", "#")
    rule = broker.drop(lambda topic, payload: topic == "a" and payload == b"drop")
    for payload in (b"drop", b"keep"):
        client.publish("a", payload)
    await all_delivered()
    rule.lift()
    rule.lift()
    client.publish("a", b"drop")
    await all_delivered()
    assert [one.payload for one in client.listener.all(Received)] == [b"keep", b"drop"]
    assert [one.payload for one in rule.treated] == [b"drop"]
    assert len(broker.published) == 3


async def test_messages_held_back_come_in_their_order_when_the_rule_is_lifted() -> None:
    broker = MemoryBroker()
    client = await connected(broker, "a", "#")
    rule = broker.hold(lambda topic, _: topic.startswith("held"))
    for topic in ("held/1", "free", "held/2"):
        client.publish(topic)
    await all_delivered()
    assert client.topics == ["free"]
    rule.lift()
    await all_delivered()
    assert client.topics == ["free", "held/1", "held/2"]


def test_delayed_messages_come_later_in_virtual_time_and_pass_no_real_time() -> None:
    async def main() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        clock = VirtualClock(loop)
        broker = MemoryBroker(clock)
        client = await connected(broker, "a", "#")
        broker.delay(3_600, lambda topic, _: topic == "slow")
        heard: list[tuple[float, str]] = []

        def note(one: Heard) -> None:
            if isinstance(one, Received):
                heard.append((clock.monotonic_s(), one.topic))

        client.listener.then = note
        client.publish("slow")
        client.publish("fast")
        await clock.sleep(4_000)
        return heard

    assert run_in_virtual_time(main) == [(0.0, "fast"), (3_600.0, "slow")]


def test_a_delay_needs_a_clock() -> None:
    with pytest.raises(ValueError, match="a MemoryBroker with a clock"):
        MemoryBroker().delay(1)


async def test_what_one_listener_raises_keeps_no_other_from_hearing() -> None:
    raised: list[object] = []

    def handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        raised.append(context["exception"])

    asyncio.get_running_loop().set_exception_handler(handler)
    broker = MemoryBroker()
    bad, good = await connected(broker, "bad", "#"), await connected(broker, "good", "#")

    def fail(one: Heard) -> None:
        raise LookupError

    bad.listener.then = fail
    good.publish("a")
    await good.listener.next(Received)
    assert [type(one) for one in raised] == [LookupError]
