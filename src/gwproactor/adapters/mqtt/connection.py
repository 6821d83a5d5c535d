"""One MQTT connection on a ready socket: from CONNECT to its end, driven by asyncio's loop.

paho's callbacks only write down what happened; the listener is told after paho has returned, so it
may call anything, and what it raises cannot leave paho half way through a packet.
"""

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast

from paho.mqtt.client import Client, MQTTMessage, error_string
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.paho_client import UNANSWERED_MAX, PahoClient, readable
from gwproactor.adapters.mqtt.socket_io import held_open, until_peer_closes
from gwproactor.adapters.mqtt.tls_failure import tls_failure
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.ports.link_transport import (
    ClientLog,
    ConnectFailed,
    Disconnected,
    NotConnected,
    PublishFailed,
    TransportListener,
)

# Larger: other tasks wait longer while a burst comes in. Smaller: more turns of the loop for it.
PACKETS_PER_TURN: Final = 100
# Beyond these a broker that does not read would fill our memory.
UNSENT_BYTES_MAX: Final = 16 * 1024 * 1024
UNSENT_PACKETS_MAX: Final = 10_000
# A broker that does not read must not hold up the end of the node.
DRAIN_S: Final = 1.0
LOOKS_PER_KEEPALIVE: Final = 4

CONNACK_TEXTS: Final = {
    1: "unacceptable protocol version",
    2: "identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}
"""MQTT 3.1.1 §3.2.2.3."""


class Connection:
    """Sends CONNECT when made; `ended` is called once, before the listener hears of the end."""

    def __init__(
        self,
        address: BrokerAddress,
        sock: socket.socket,
        *,
        deadline: float,
        listener: TransportListener,
        ended: Callable[[], None],
        logger: ClientLog | None,
    ) -> None:
        self.accepted = False
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._listener = listener
        self._ended = ended
        self._facts: deque[Callable[[], None]] = deque()
        self._requests: dict[int, tuple[int, int]] = {}
        self._is_open = True
        self._end_is_noted = False
        self._closed = self._loop.create_future()
        self._descriptor = sock.fileno()
        self._more: asyncio.Handle | None = None
        self._soon: asyncio.Handle | None = None
        self._waits_to_write = False
        self._timer = self._loop.call_at(deadline, self._no_connack)
        self._client = self._make_client(sock)
        self.log_to(logger)
        self._loop.add_reader(self._descriptor, self._read)
        self._client.connect(address.host, address.port, address.keepalive_s)

    def publish(
        self, topic: str, payload: bytes, qos: QOS, retain: bool
    ) -> Outcome[None, NotConnected | PublishFailed]:
        client = self._client
        if client.unsent_bytes > UNSENT_BYTES_MAX or client.unsent_packets >= UNSENT_PACKETS_MAX:
            detail = f"{client.unsent_packets} packets, {client.unsent_bytes} bytes not yet sent"
            return Failure(PublishFailed(f"the broker is too slow: {detail}"))
        if qos is QOS.AtMostOnce:
            code = client.publish_once(topic, payload, retain=retain)
        else:
            code = client.publish(topic, payload, int(qos), retain).rc
        match code:
            case MQTTErrorCode.MQTT_ERR_SUCCESS:
                return Success(None)
            case MQTTErrorCode.MQTT_ERR_NO_CONN:
                return Failure(NotConnected())
            case MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                detail = f"the broker has not acknowledged {UNANSWERED_MAX} messages"
                return Failure(PublishFailed(detail))
            case other:
                return Failure(PublishFailed(error_string(other)))

    def subscribe(
        self, request: int, subscriptions: Sequence[Subscription]
    ) -> Outcome[None, NotConnected]:
        filters = [(topic_filter, int(qos)) for topic_filter, qos in subscriptions]
        _, packet_id = self._client.subscribe(filters)
        if packet_id is None:
            return Failure(NotConnected())
        self._requests[packet_id] = (request, len(filters))
        return Success(None)

    def unsubscribe(self, topic_filters: Sequence[str]) -> Outcome[None, NotConnected]:
        _, packet_id = self._client.unsubscribe(list(topic_filters))
        return Failure(NotConnected()) if packet_id is None else Success(None)

    def log_to(self, logger: ClientLog | None) -> None:
        # paho only calls log(level, format, *arguments).
        self._client.logger = cast("logging.Logger | None", logger)

    async def close(self) -> None:
        """Write what is queued, then DISCONNECT, and close once the broker has; tells nobody.

        All that within `DRAIN_S`.
        """
        self._facts.clear()
        self._listener = _NOBODY
        self._ended = _nothing
        try:
            if self.accepted and self._client.socket() is not None:
                with held_open(self._descriptor) as held:
                    async with asyncio.timeout(DRAIN_S):
                        self._client.disconnect()
                        await self._closed
                        await until_peer_closes(held)
        except TimeoutError:
            pass
        finally:
            self._shut()

    def _make_client(self, sock: socket.socket) -> PahoClient:
        client = PahoClient(self._address.client_id, sock, self._on_received)
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        return client

    # What paho calls.

    def _on_connect(
        self, _: Client, __: object, ___: object, code: ReasonCode, ____: Properties | None
    ) -> None:
        if not code.is_failure and not self.accepted:
            self._facts.append(self._accept)

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError as error:
            topic = readable(error.object)
        self._on_received(topic, bytes(message.payload), message.retain)

    def _on_received(self, topic: str, payload: bytes, retained: bool) -> None:
        if not self.accepted:
            self._facts.append(partial(self._end, "the peer sent a message"))
            return
        received = self._listener.received
        self._facts.append(partial(received, topic, payload, retained=retained))

    def _on_subscribe(
        self, _: Client, __: object, packet_id: int, codes: list[ReasonCode], ___: Properties | None
    ) -> None:
        request, wanted = self._requests.pop(packet_id, (None, 0))
        if request is None:
            return
        if len(codes) != wanted:
            detail = f"the broker answered {len(codes)} codes to a SUBSCRIBE of {wanted} filters"
            self._facts.append(partial(self._end, detail))
            return
        values = tuple(code.value for code in codes)
        self._facts.append(partial(self._listener.subscribe_acked, request, values))

    def _on_socket_close(self, _: Client, __: object, ___: object) -> None:
        # Of the writer paho tells in `_on_unregister_write`.
        self._loop.remove_reader(self._descriptor)

    def _on_register_write(self, _: Client, __: object, ___: object) -> None:
        # Nearly always the socket can be written to: trying first saves registering it.
        self._soon = self._loop.call_soon(self._write)

    def _on_unregister_write(self, _: Client, __: object, ___: object) -> None:
        self._stop_writing()

    # What the loop calls.

    def _read(self) -> None:
        self._cancel_more()
        client = self._client
        try:
            for _ in range(PACKETS_PER_TURN):
                if client.socket() is not None:
                    self._note_end(client.read_packet())
                self._tell()
                if not client.has_input:
                    break
        finally:
            if client.has_input:
                self._more = self._loop.call_soon(self._read)

    def _write(self) -> None:
        self._soon = None
        client = self._client
        self._note_end(client.loop_write())
        if client.socket() is not None and client.want_write() and not self._waits_to_write:
            self._waits_to_write = True
            self._loop.add_writer(self._descriptor, self._write)
        self._tell()

    def _look_after(self) -> None:
        """Send PINGREQ if it is due; find out that no PINGRESP came."""
        self._client.loop_misc()
        if self._client.socket() is not None:
            self._start_looking_after()
        self._note_end(MQTTErrorCode.MQTT_ERR_KEEPALIVE)
        self._tell()

    def _no_connack(self) -> None:
        detail = f"no CONNACK from {self._address} within {self._address.connect_timeout_s:g} s"
        self._fail(ConnectFailed("timeout", detail))

    # What follows from it.

    def _tell(self) -> None:
        while self._facts:
            self._facts.popleft()()

    def _accept(self) -> None:
        self.accepted = True
        self._timer.cancel()
        self._start_looking_after()
        self._listener.connected()

    def _start_looking_after(self) -> None:
        if self._address.keepalive_s:
            delay_s = self._address.keepalive_s / LOOKS_PER_KEEPALIVE
            self._timer = self._loop.call_later(delay_s, self._look_after)

    def _note_end(self, code: MQTTErrorCode) -> None:
        if self._client.socket() is None and self._is_open and not self._end_is_noted:
            self._end_is_noted = True
            self._facts.append(partial(self._end, self._why(code)))

    def _why(self, code: MQTTErrorCode) -> str:
        match self._client.fault:
            case _ if code == MQTTErrorCode.MQTT_ERR_KEEPALIVE:
                return f"no PINGRESP within {self._address.keepalive_s} s"
            case None if code == MQTTErrorCode.MQTT_ERR_CONN_LOST:
                return "the broker closed the connection"
            case None if code == MQTTErrorCode.MQTT_ERR_PROTOCOL:
                return "the peer sent what is not MQTT 3.1.1"
            case None:
                return error_string(code)
            case ssl.SSLError() as fault:
                return str(fault.reason or fault.strerror)
            case fault:
                return fault.strerror or str(fault)

    def _end(self, detail: str) -> None:
        if self.accepted:
            self._shut()
            self._ended()
            self._listener.disconnected(Disconnected(detail))
            return
        refusal = self._client.connack_code
        if refusal:
            text = CONNACK_TEXTS.get(refusal, "unknown reason")
            failure = ConnectFailed("connack", f"refused with code {refusal}: {text}", refusal)
        elif isinstance(self._client.fault, ssl.SSLError):
            failure = tls_failure(self._client.fault)  # TLS 1.3: our certificate was refused
        else:
            failure = ConnectFailed("connack", f"{detail} before a CONNACK")
        self._fail(failure)

    def _fail(self, failure: ConnectFailed) -> None:
        self._shut()
        self._ended()
        self._listener.connect_failed(failure)

    def _shut(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._facts.clear()
        self._timer.cancel()
        self._cancel_more()
        self._client.shut()
        if not self._closed.done():
            self._closed.set_result(None)

    def _cancel_more(self) -> None:
        if self._more is not None:
            self._more.cancel()
            self._more = None

    def _stop_writing(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._waits_to_write:
            self._waits_to_write = False
            self._loop.remove_writer(self._descriptor)


class _Nobody:
    """Hears nothing: the listener of a connection that is being closed."""

    def connected(self) -> None:
        pass

    def connect_failed(self, failure: ConnectFailed) -> None:
        pass

    def disconnected(self, reason: Disconnected) -> None:
        pass

    def subscribe_acked(self, request: int, codes: Sequence[int]) -> None:
        pass

    def received(self, topic: str, payload: bytes, *, retained: bool) -> None:
        pass


_NOBODY: Final = _Nobody()


def _nothing() -> None:
    pass
