"""What every `LinkTransport` must do, as tests to be run on each adapter against a live broker.

Subclass `LinkTransportContract` under a name that pytest collects, and override `broker`.
"""

import asyncio
import unittest
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

import attrs
from returns.result import Failure, Success

from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.ports.link_transport import (
    ConnectFailed,
    Disconnected,
    LinkTransport,
    NotConnected,
    PublishFailed,
)
from gwproactor.testing.recording_listener import (
    Connected,
    Heard,
    Received,
    RecordingListener,
    SubscribeAcked,
)

MANY: Final = 200
ZERO: Final = QOS.AtMostOnce


class LiveBroker(Protocol):
    """One running broker, and transports to it."""

    @property
    def can_stop(self) -> bool:
        """False: tests that stop the broker are skipped."""
        ...

    def transport(self) -> LinkTransport:
        """A new transport, with a client name of its own."""
        ...

    async def stop(self) -> None:
        """End the broker: connections are lost and new ones refused."""
        ...

    async def start(self) -> None:
        """Start it again, at the same address."""
        ...


@attrs.define
class _Client:
    """A transport with its listener."""

    transport: LinkTransport
    listener: RecordingListener = attrs.Factory(RecordingListener)

    def __attrs_post_init__(self) -> None:
        self.transport.listen(self.listener)

    async def connect(self) -> None:
        count = len(self.listener.all(Connected))
        self.transport.connect()
        await self.listener.next(Connected, number=count + 1)

    async def subscribe(self, *topic_filters: str) -> None:
        count = len(self.listener.all(SubscribeAcked))
        subscriptions = [Subscription(topic_filter, ZERO) for topic_filter in topic_filters]
        assert self.transport.subscribe(1, subscriptions) == Success(None)
        await self.listener.next(SubscribeAcked, number=count + 1)

    def publish(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> None:
        assert self.transport.publish(topic, payload, ZERO, retain=retain) == Success(None)


class LinkTransportContract:
    """The tests. Each begins with a broker that keeps no messages under `contract/`."""

    def broker(self) -> AbstractAsyncContextManager[LiveBroker]:
        """A live broker; ended when left."""
        raise NotImplementedError

    @asynccontextmanager
    async def clients(self, count: int = 1, *, stops: bool = False) -> AsyncIterator[list[_Client]]:
        """Clients that are not connected yet; disconnected when left."""
        async with self.live(stops=stops) as broker:
            clients = [_Client(broker.transport()) for _ in range(count)]
            try:
                yield clients
            finally:
                for client in clients:
                    await client.transport.disconnect()

    @asynccontextmanager
    async def live(self, *, stops: bool) -> AsyncIterator[LiveBroker]:
        async with self.broker() as broker:
            if stops and not broker.can_stop:
                raise unittest.SkipTest("this broker is not ours to stop")
            self.live_broker = broker
            yield broker

    async def test_a_connect_is_answered_later_never_from_within_the_call(self) -> None:
        async with self.clients() as [client]:
            client.transport.connect()
            assert client.listener.heard == []
            await client.listener.next(Connected)

    async def test_connect_has_no_effect_while_connecting_or_connected(self) -> None:
        async with self.clients(2) as [client, other]:
            client.transport.connect()
            await client.connect()
            client.transport.connect()
            await other.connect()
            await client.subscribe("contract/#")
            assert client.listener.heard == [Connected(), SubscribeAcked(1, (0,))]

    async def test_nothing_is_sent_before_the_broker_accepted(self) -> None:
        async with self.clients() as [client]:
            for _ in ("idle", "connecting"):
                transport = client.transport
                subscription = Subscription("contract/a", ZERO)
                assert transport.publish("contract/a", b"", ZERO) == Failure(NotConnected())
                assert transport.subscribe(1, [subscription]) == Failure(NotConnected())
                assert transport.unsubscribe(["contract/a"]) == Failure(NotConnected())
                transport.connect()

    async def test_a_subscribe_is_acked_by_its_number_with_a_code_for_each_filter(self) -> None:
        async with self.clients() as [client]:
            await client.connect()
            three = [Subscription(f"contract/{qos.name}", qos) for qos in QOS]
            assert client.transport.subscribe(7, three) == Success(None)
            one = [Subscription("contract/x/#", ZERO)]
            assert client.transport.subscribe(3, one) == Success(None)
            acks = await client.listener.first(SubscribeAcked, 2)
            assert acks == [SubscribeAcked(7, (0, 1, 2)), SubscribeAcked(3, (0,))]

    async def test_a_message_arrives_with_its_topic_and_the_same_bytes(self) -> None:
        async with self.clients(2) as [sender, receiver]:
            await sender.connect()
            await receiver.connect()
            await receiver.subscribe("contract/+/b", "contract/d/#")
            payloads = (b"", b"{}", bytes(range(256)), b"x" * 200_000)
            for payload in payloads:
                sender.publish("contract/a/b", payload)
            sender.publish("contract/not subscribed")
            sender.publish("contract/d/é/f", b"last")
            assert await receiver.listener.first(Received, 5) == [
                *(Received("contract/a/b", payload) for payload in payloads),
                Received("contract/d/é/f", b"last"),
            ]

    async def test_messages_arrive_in_the_order_of_their_publishing(self) -> None:
        async with self.clients(2) as [sender, receiver]:
            await sender.connect()
            await receiver.connect()
            await receiver.subscribe("contract/#")
            for number in range(MANY):
                sender.publish("contract/n", str(number).encode())
            received = await receiver.listener.first(Received, MANY)
            assert [int(one.payload) for one in received] == list(range(MANY))

    async def test_a_client_hears_its_own_messages_if_it_asks_for_them(self) -> None:
        async with self.clients() as [client]:
            await client.connect()
            await client.subscribe("contract/own")
            client.publish("contract/own", b"me")
            assert await client.listener.next(Received) == Received("contract/own", b"me")

    async def test_nothing_arrives_for_a_filter_that_was_given_up(self) -> None:
        async with self.clients() as [client]:
            await client.connect()
            await client.subscribe("contract/given up", "contract/kept")
            assert client.transport.unsubscribe(["contract/given up"]) == Success(None)
            client.publish("contract/given up", b"1")
            client.publish("contract/kept", b"2")
            assert await client.listener.next(Received) == Received("contract/kept", b"2")

    async def test_only_what_the_broker_had_kept_is_marked_as_retained(self) -> None:
        async with self.clients(2) as [sender, receiver]:
            await sender.connect()
            await sender.subscribe("contract/kept")
            sender.publish("contract/kept", b"state", retain=True)
            assert await sender.listener.next(Received) == Received("contract/kept", b"state")
            await receiver.connect()
            await receiver.subscribe("contract/kept")
            kept = Received("contract/kept", b"state", retained=True)
            assert await receiver.listener.next(Received) == kept
            sender.publish("contract/kept", b"", retain=True)

    async def test_what_mqtt_cannot_carry_is_refused_and_the_connection_stays(self) -> None:
        async with self.clients() as [client]:
            await client.connect()
            await client.subscribe("contract/#")
            for topic in ("", "contract/+", "contract/#", "contract/\0", "x" * 65_536):
                match client.transport.publish(topic, b"", ZERO):
                    case Failure(PublishFailed()):
                        pass
                    case other:
                        raise AssertionError(f"{topic[:20]!r}: {other}")
            too_large = client.transport.publish("contract/a", bytes(268_435_456), ZERO)
            assert isinstance(too_large, Failure)
            client.publish("contract/b")
            assert await client.listener.next(Received) == Received("contract/b", b"")
            assert client.listener.all(Disconnected) == []

    async def test_what_was_published_before_a_disconnect_arrives(self) -> None:
        async with self.clients(2) as [sender, receiver]:
            await sender.connect()
            await receiver.connect()
            await receiver.subscribe("contract/#")
            for number in range(MANY):
                sender.publish("contract/n", str(number).encode())
            await sender.transport.disconnect()
            assert len(await receiver.listener.first(Received, MANY)) == MANY

    async def test_disconnect_tells_the_listener_nothing_and_may_be_repeated(self) -> None:
        async with self.clients(2) as [client, other]:
            await client.transport.disconnect()
            await client.connect()
            await other.connect()
            await client.subscribe("contract/#")
            other.publish("contract/on its way")
            await asyncio.gather(client.transport.disconnect(), client.transport.disconnect())
            heard = len(client.listener.heard)
            not_connected = Failure(NotConnected())
            assert client.transport.publish("contract/a", b"", ZERO) == not_connected
            await other.subscribe("contract/#")
            other.publish("contract/last")
            await other.listener.next(Received)
            assert client.listener.heard[heard:] == []
            assert client.listener.all(Disconnected) == []

    async def test_disconnect_gives_an_attempt_up(self) -> None:
        async with self.clients(2) as [client, other]:
            client.transport.connect()
            await client.transport.disconnect()
            await other.connect()
            await other.subscribe("contract/#")
            assert client.listener.heard == []

    async def test_after_a_disconnect_it_can_be_connected_again(self) -> None:
        async with self.clients() as [client]:
            await client.connect()
            await client.subscribe("contract/#")
            await client.transport.disconnect()
            await client.connect()
            client.publish("contract/unheard")  # the session was clean
            await client.subscribe("contract/again")
            client.publish("contract/again")
            assert await client.listener.next(Received) == Received("contract/again", b"")

    async def test_a_lost_broker_is_told_once_and_can_be_connected_to_again(self) -> None:
        async with self.clients(stops=True) as [client]:
            await client.connect()
            await self.live_broker.stop()
            await client.listener.next(Disconnected)
            assert client.transport.publish("contract/a", b"", ZERO) == Failure(NotConnected())
            client.transport.connect()
            failure = await client.listener.next(ConnectFailed)
            assert (failure.cause, failure.code) == ("tcp", None)
            await self.live_broker.start()
            await client.connect()
            await client.subscribe("contract/#")
            assert [type(one) for one in client.listener.heard] == [
                Connected,
                Disconnected,
                ConnectFailed,
                Connected,
                SubscribeAcked,
            ]

    async def test_a_listener_may_connect_again_from_within_its_own_calls(self) -> None:
        async with self.clients(stops=True) as [client]:
            await client.connect()

            def connect_again(one: Heard) -> None:
                if isinstance(one, Disconnected | ConnectFailed):
                    client.transport.connect()
                    assert client.listener.heard[-1] is one

            client.listener.then = connect_again
            await self.live_broker.stop()
            await client.listener.next(ConnectFailed)
            await self.live_broker.start()
            await client.listener.next(Connected, number=2)
            client.listener.then = None

    async def test_a_listener_may_publish_and_subscribe_from_within_its_own_calls(self) -> None:
        async with self.clients() as [client]:

            def answer(one: Heard) -> None:
                match one:
                    case Connected():
                        client.transport.subscribe(1, [Subscription("contract/#", ZERO)])
                    case SubscribeAcked():
                        client.publish("contract/question")
                    case Received("contract/question"):
                        client.publish("contract/answer")
                    case _:
                        pass

            client.listener.then = answer
            client.transport.connect()
            assert [one.topic for one in await client.listener.first(Received, 2)] == [
                "contract/question",
                "contract/answer",
            ]
