"""An accepted connection: what comes in, what goes out, and how it ends."""

import asyncio
import itertools
import logging
import selectors
from typing import Any

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.mqtt import PahoLinkTransport
from gwproactor.adapters.mqtt.connection import PACKETS_PER_TURN, UNSENT_PACKETS_MAX
from gwproactor.adapters.mqtt.paho_client import IN_FLIGHT_MAX, UNANSWERED_MAX
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.ports.link_transport import Disconnected, NotConnected, PublishFailed
from gwproactor.testing.recording_listener import Connected, Heard, Received, SubscribeAcked
from tests.support.certificates import Certificates
from tests.support.mqtt_clients import Client, MakeClient, client_of, local
from tests.support.scripted_broker import (
    Kind,
    ScriptedBroker,
    ThenClose,
    connack,
    packet,
    polite,
    publish,
    scripted_broker,
    suback,
)

ZERO = QOS.AtMostOnce
TWO_FILTERS = [Subscription("a/#", ZERO), Subscription("b", QOS.AtLeastOnce)]


async def connected(
    make_client: MakeClient, broker: ScriptedBroker, keepalive_s: int = 0
) -> Client:
    client = make_client(attrs.evolve(local(broker.port), keepalive_s=keepalive_s))
    client.transport.connect()
    await client.listener.next(Connected)
    return client


async def test_nothing_can_be_sent_between_connect_and_connack(make_client: MakeClient) -> None:
    async with scripted_broker(lambda _: b"") as broker:
        client = make_client(local(broker.port))
        client.transport.connect()
        await broker.seen(Kind.CONNECT)
        transport = client.transport
        assert transport.publish("t", b"", ZERO) == Failure(NotConnected())
        assert transport.subscribe(1, TWO_FILTERS) == Failure(NotConnected())
        assert transport.unsubscribe(["b"]) == Failure(NotConnected())
        await transport.disconnect()
        await broker.ended()
        assert [one.kind for one in broker.packets] == [Kind.CONNECT]
        assert client.listener.heard == []


async def test_a_refused_filter_is_told_in_its_place(make_client: MakeClient) -> None:
    async with scripted_broker(
        lambda one: suback(one, 0x80, 1) if one.kind is Kind.SUBSCRIBE else polite(one)
    ) as broker:
        client = await connected(make_client, broker)
        assert client.transport.subscribe(5, TWO_FILTERS) == Success(None)
        ack = await client.listener.next(SubscribeAcked)
        assert ack == SubscribeAcked(5, (0x80, 1))
        assert len(broker.all(Kind.SUBSCRIBE)) == 1


async def test_a_suback_with_too_few_codes_ends_the_connection(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        client.transport.subscribe(5, TWO_FILTERS)
        reason = await client.listener.next(Disconnected)
        assert "answered 1 codes to a SUBSCRIBE of 2 filters" in reason.detail
        assert client.listener.all(SubscribeAcked) == []


async def test_a_suback_that_nobody_asked_for_is_ignored(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.push(packet(Kind.SUBACK, b"\xff\xff\0") + publish(b"t", b""))
        await client.listener.next(Received)
        assert client.listener.heard == [Connected(), Received("t", b"")]


async def test_a_message_may_come_byte_by_byte_and_across_reads(make_client: MakeClient) -> None:
    payload = bytes(range(256)) * 800
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        data = publish(b"t", payload)
        for cut in (0, 1, 2, 3, 4, 5, 70_000, len(data)):
            broker.push(data[:cut])
            await asyncio.sleep(0)
            broker.push(data[cut:])
        assert await client.listener.first(Received, 8) == [Received("t", payload)] * 8


async def test_all_messages_of_one_tls_record_are_read(
    make_client: MakeClient, certificates: Certificates
) -> None:
    # Once the descriptor is empty, no event tells of what OpenSSL still has.
    async with scripted_broker(tls=certificates.server_context()) as broker:
        context = certificates.client_context()
        client = make_client(attrs.evolve(local(broker.port), ssl_context=context))
        client.transport.connect()
        await client.listener.next(Connected)
        message = publish(b"t", bytes(506))
        assert len(message) == 512  # so that a smaller read ends where a message ends
        broker.push(message * 32)
        assert len(await client.listener.first(Received, 32)) == 32


async def test_a_topic_that_is_not_utf_8_is_handed_on_readably(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.push(publish(b"a/\xff", b"1") + publish(b"b", b"2"))
        first, second = await client.listener.first(Received, 2)
        assert (first.topic, second.topic) == (r"a/\xff", "b")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xf0\x00", "not MQTT 3.1.1"),
        (b"\x00\x00", "not MQTT 3.1.1"),
        (b"\x36\x05\0\1t\0\1", "not MQTT 3.1.1"),
        (b"\x30\xff\xff\xff\xff\x7f", "not MQTT 3.1.1"),
        (packet(Kind.SUBACK), "not MQTT 3.1.1"),
        (packet(Kind.PUBACK, b"\1"), "not MQTT 3.1.1"),
        (connack(5), "refused"),
    ],
    ids=["auth", "type 0", "qos 3", "endless length", "empty suback", "short puback", "connack"],
)
async def test_garbage_ends_the_connection_after_what_came_before_it(
    make_client: MakeClient, data: bytes, text: str
) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.push(publish(b"t", b"before") + data)
        reason = await client.listener.next(Disconnected)
        assert text in reason.detail
        assert client.listener.heard == [Connected(), Received("t", b"before"), reason]
        assert client.transport.publish("t", b"", ZERO) == Failure(NotConnected())


async def test_a_close_in_the_middle_of_a_packet_is_told_once(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.push(publish(b"t", b"whole") + publish(b"t", b"half")[:-2])
        broker.close()
        reason = await client.listener.next(Disconnected)
        assert reason == Disconnected("the broker closed the connection")
        assert client.listener.heard == [Connected(), Received("t", b"whole"), reason]


async def test_a_reset_is_told_in_the_words_of_the_system(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.reset()
        reason = await client.listener.next(Disconnected)
        assert reason == Disconnected("Connection reset by peer")


async def test_an_idle_connection_is_kept_alive_by_pingreq(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker, keepalive_s=1)
        await broker.seen(Kind.PINGREQ, number=2)
        assert client.listener.heard == [Connected()]


async def test_a_broker_that_answers_no_pingreq_is_lost(make_client: MakeClient) -> None:
    async with scripted_broker(
        lambda one: b"" if one.kind is Kind.PINGREQ else polite(one)
    ) as broker:
        client = await connected(make_client, broker, keepalive_s=1)
        reason = await client.listener.next(Disconnected)
        assert reason == Disconnected("no PINGRESP within 1 s")
        assert len(broker.all(Kind.PINGREQ)) == 1
        assert client.listener.heard == [Connected(), reason]


async def test_a_burst_leaves_turns_to_other_tasks(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.push(publish(b"t", b"") * 3_000)
        heard_by_turn = [0]
        while heard_by_turn[-1] < 3_000:
            await asyncio.sleep(0)
            heard_by_turn.append(len(client.listener.all(Received)))
        steps = [after - before for before, after in itertools.pairwise(heard_by_turn)]
        # Two at most: the reader's and the one it had asked for.
        assert 0 < max(steps) <= 2 * PACKETS_PER_TURN


async def test_what_a_listener_raises_reaches_the_loop_and_loses_no_message(
    make_client: MakeClient,
) -> None:
    raised: list[object] = []

    def handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        raised.append(context["exception"])

    asyncio.get_running_loop().set_exception_handler(handler)

    def fail(one: Heard) -> None:
        if isinstance(one, Received):
            raise LookupError(one.payload)

    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        client.listener.then = fail
        broker.push(publish(b"t", b"1") + publish(b"t", b"2") + b"\xf0\x00")
        await client.listener.next(Disconnected)
        assert [one.payload for one in client.listener.all(Received)] == [b"1", b"2"]
        assert [repr(one) for one in raised] == ["LookupError(b'1')", "LookupError(b'2')"]


async def test_publish_fails_while_the_broker_does_not_read_and_works_again_when_it_does(
    make_client: MakeClient,
) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.reads.clear()
        publish_ = client.transport.publish
        large = bytes(1_000_000)
        accepted = 0
        while (outcome := publish_("t", large, ZERO)) == Success(None):
            accepted += 1
            await asyncio.sleep(0)
        match outcome:
            case Failure(PublishFailed(detail)):
                assert "too slow" in detail
            case other:
                raise AssertionError(other)
        assert accepted < 100
        broker.reads.set()
        await broker.seen(Kind.PUBLISH, number=accepted)
        assert publish_("t", large, ZERO) == Success(None)
        await broker.seen(Kind.PUBLISH, number=accepted + 1)
        assert client.listener.all(Disconnected) == []


async def test_the_number_of_unsent_packets_is_bounded_too(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        outcomes = [client.transport.publish("t", b"", ZERO) for _ in range(UNSENT_PACKETS_MAX + 1)]
        assert [isinstance(one, Failure) for one in outcomes].index(True) == UNSENT_PACKETS_MAX


async def test_messages_without_puback_are_bounded(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        for _ in range(UNANSWERED_MAX):
            assert client.transport.publish("t", b"", QOS.AtLeastOnce) == Success(None)
        match client.transport.publish("t", b"", QOS.AtLeastOnce):
            case Failure(PublishFailed(detail)):
                assert "not acknowledged 1000" in detail
            case other:
                raise AssertionError(other)
        await broker.seen(Kind.PUBLISH, number=IN_FLIGHT_MAX)
        broker.push(packet(Kind.PUBACK, b"\0\2") + publish(b"t", b""))
        await client.listener.next(Received)
        assert client.transport.publish("t", b"", QOS.AtLeastOnce) == Success(None)


async def test_disconnect_writes_what_is_queued_then_disconnect(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        for number in range(100):
            client.transport.publish("t", bytes([number]) * 10_000, ZERO)
        await client.transport.disconnect()
        await broker.seen(Kind.DISCONNECT)
        kinds = [one.kind for one in broker.packets]
        assert kinds == [Kind.CONNECT, *[Kind.PUBLISH] * 100, Kind.DISCONNECT]
        assert client.listener.heard == [Connected()]


async def test_disconnect_does_not_wait_for_a_broker_that_does_not_read(
    make_client: MakeClient,
) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.reads.clear()
        for _ in range(15):
            client.transport.publish("t", bytes(1_000_000), ZERO)
        async with asyncio.timeout(5):
            first = asyncio.ensure_future(client.transport.disconnect())
            await asyncio.sleep(0)
            await client.transport.disconnect()
        # The second waits as long as the first: when it returns the socket is closed.
        assert first.done()
        broker.reads.set()
        await broker.ended()
        assert client.listener.heard == [Connected()]


async def test_a_disconnect_that_is_cancelled_still_closes(make_client: MakeClient) -> None:
    async with scripted_broker() as broker:
        client = await connected(make_client, broker)
        broker.reads.clear()
        for _ in range(15):
            client.transport.publish("t", bytes(1_000_000), ZERO)
        closing = asyncio.ensure_future(client.transport.disconnect())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        broker.reads.set()
        await broker.ended()
        client.transport.connect()
        await broker.peered(2)


async def test_the_broker_may_close_while_we_disconnect(make_client: MakeClient) -> None:
    async with scripted_broker(
        lambda one: ThenClose() if one.kind is Kind.PUBLISH else polite(one)
    ) as broker:
        client = await connected(make_client, broker)
        for _ in range(15):
            client.transport.publish("t", bytes(1_000_000), ZERO)
        await client.transport.disconnect()
        assert client.listener.heard == [Connected()]


async def test_pahos_log_can_be_switched_on_and_off_and_holds_no_secret(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("test.paho")
    caplog.set_level(logging.DEBUG)
    async with scripted_broker() as broker:
        address = attrs.evolve(local(broker.port), username="me", password="secret-7")
        client = make_client(address)
        client.transport.enable_logger(logging.LoggerAdapter(logger, {}))
        client.transport.connect()
        await client.listener.next(Connected)
        assert "Sending CONNECT" in caplog.text
        client.transport.disable_logger()
        caplog.clear()
        client.transport.publish("t", b"", ZERO)
        assert "PUBLISH" not in caplog.text
        client.transport.enable_logger(logger)
        client.transport.publish("t", b"secret payload", ZERO)
        assert "Sending PUBLISH" in caplog.text
        assert "secret" not in caplog.text


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop woke up."""

    wakes = 0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.wakes += 1
        return super().select(timeout)


def test_an_idle_connection_does_not_wake_the_loop() -> None:
    selector = CountingSelector()

    async def main() -> int:
        async with scripted_broker() as broker:
            address = attrs.evolve(local(broker.port), keepalive_s=60)
            client = client_of(PahoLinkTransport(address))
            client.transport.connect()
            await client.listener.next(Connected)
            broker.reads.clear()
            for _ in range(15):
                client.transport.publish("t", bytes(1_000_000), ZERO)
            for _ in range(100):  # turns of the loop, until the kernel's buffers are full
                await asyncio.sleep(0)
            assert len(broker.all(Kind.PUBLISH)) < 15  # so it had to wait for the broker
            broker.reads.set()
            await broker.seen(Kind.PUBLISH, number=15)
            before = selector.wakes
            await asyncio.sleep(0.2)
            woken = selector.wakes - before
            await client.transport.disconnect()
            return woken

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        assert runner.run(main()) < 10
