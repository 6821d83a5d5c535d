"""paho's MQTT client, given a ready socket, a read buffer, and a short way for messages of QoS 0.

It overrides private methods of paho-mqtt 2.2; `tests/adapters/mqtt/test_paho_client.py` pins them.
"""

import contextlib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import (
    CallbackAPIVersion,
    LogLevel,
    MessageType,
    MQTTErrorCode,
    MQTTProtocolVersion,
)
from typing_extensions import override

from gwproactor.adapters.mqtt.publish_packet import parse_publish, publish_packet

if TYPE_CHECKING:
    from paho.mqtt.client import _OutPacket

OnReceived: TypeAlias = Callable[[str, bytes, bool], None]
"""Takes topic, payload and RETAIN of a message."""

# paho reads single bytes; without a buffer each of them is a system call. Smaller than a TLS record
# (16 KiB), and the rest of a record would stay in OpenSSL, where no descriptor tells of it.
READ_BYTES: Final = 65_536
# Packets are sent together up to this; what goes in part is copied for each part.
JOINED_BYTES_MAX: Final = 65_536
# mosquitto 2.0.11 resets a client with more unfinished QoS 2 messages than this, its own default.
IN_FLIGHT_MAX: Final = 20
# Messages of QoS 1 and 2 in flight or waiting to be; paho would keep any number.
UNANSWERED_MAX: Final = 1_000

# A packet of this command makes paho do nothing when it is sent.
NOTHING_AFTERWARDS: Final = 0

QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it.


class PahoClient(Client):
    """One connection's packets, in and out. Used by one loop; starts no thread.

    A message of QoS 0 goes to *on_received* or, if it came in parts, to paho's `on_message`.
    """

    def __init__(self, client_id: str, ready: socket.socket, on_received: OnReceived) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self.max_inflight_messages_set(IN_FLIGHT_MAX)
        self.max_queued_messages_set(UNANSWERED_MAX)
        self.connack_code: int | None = None
        self.fault: OSError | None = None
        self.unsent_bytes = 0
        self._ready = ready
        self._on_received = on_received
        self._is_begun = False
        self._chunk = b""
        self._chunk_at = 0

    @property
    def has_input(self) -> bool:
        """Whether bytes were taken off the wire that are not handled yet.

        The loop does not wake for these: the descriptor has nothing more to read.
        """
        return self._sock is not None and self._chunk_at < len(self._chunk)

    @property
    def unsent_packets(self) -> int:
        """How many wait in the queue; those that are to be sent together count as one."""
        return len(self._out_packet)

    def publish_once(self, topic: str, payload: bytes, *, retain: bool) -> MQTTErrorCode:
        """Queue a PUBLISH of QoS 0. *topic* and the size are not checked.

        paho's own way keeps a condition variable for each message, to wait until it is sent.
        """
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        text = "Sending PUBLISH (q0, r%d), '%s', ... (%d bytes)"
        self._easy_log(LogLevel.MQTT_LOG_DEBUG, text, retain, topic, len(payload))
        return self._packet_queue(
            NOTHING_AFTERWARDS, publish_packet(topic.encode(), payload, retain=retain), 0, 0
        )

    def read_packet(self) -> MQTTErrorCode:
        """Handle what has arrived, one packet at most. An error has closed the socket.

        Not paho's loop_read: it takes as many packets as there are unanswered messages.
        """
        try:
            if not self.has_input:
                self._receive()
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            self.fault = error
            self._easy_log(LogLevel.MQTT_LOG_ERR, "failed to receive on socket: %s", error)
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if self._in_packet["command"] == 0 and self._take_publish():
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        code = self._packet_read()
        if code > MQTTErrorCode.MQTT_ERR_SUCCESS:
            return self._loop_rc_handle(code)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def shut(self) -> None:
        """Close the socket, sending nothing."""
        self._sock_close()

    @override
    def _create_socket(self) -> socket.socket:
        return self._ready

    def _receive(self) -> None:
        """Take what has arrived off the wire; nothing is left of what was taken before."""
        self._chunk_at = 0
        self._chunk = b""
        self._chunk = super()._sock_recv(READ_BYTES)
        self._acknowledge_at_once()

    def _take_publish(self) -> bool:
        """Handle the next packet if it is a whole message of QoS 0; paho does all others.

        paho's own way copies each message five times and makes a condition variable for it.
        """
        found = parse_publish(self._chunk, self._chunk_at)
        if found is None:
            return False
        self._last_bytes_received = time.monotonic()
        self._chunk_at = found.end
        topic = readable(found.topic)
        text = "Received PUBLISH (q0, r%d), '%s', ... (%d bytes)"
        self._easy_log(LogLevel.MQTT_LOG_DEBUG, text, found.retain, topic, len(found.payload))
        self._on_received(topic, found.payload, found.retain)
        return True

    @override
    def _sock_recv(self, bufsize: int) -> bytes:
        if self._chunk_at == len(self._chunk) > 0:
            raise BlockingIOError
        part = self._chunk[self._chunk_at : self._chunk_at + bufsize]
        self._chunk_at += len(part)
        return part

    def _acknowledge_at_once(self) -> None:
        """Have the kernel send its TCP ACK now; Linux takes that back by itself, so each time.

        A broker without TCP_NODELAY holds its next small packet until then, 40 ms at most.
        """
        if QUICK_ACK is not None and self._chunk:
            with contextlib.suppress(OSError):  # a reset connection: the next read says so
                self._ready.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)

    @override
    def _sock_send(self, buf: bytes | bytearray) -> int:
        try:
            sent = super()._sock_send(buf)
        except BlockingIOError:
            raise
        except OSError as error:
            self.fault = self._alert() or error
            raise
        self.unsent_bytes -= sent
        return sent

    def _alert(self) -> ssl.SSLError | None:
        """What the peer said last in TLS, as that it refuses our certificate (TLS 1.3).

        It closes then, and a failing write says no more than that.
        """
        sock = self._sock
        if isinstance(sock, ssl.SSLSocket):
            try:
                while sock.recv(READ_BYTES):
                    pass
            except (ssl.SSLWantReadError, ssl.SSLEOFError):
                return None
            except ssl.SSLError as alert:
                return alert
            except OSError:
                return None
        return None

    @override
    def _packet_queue(
        self,
        command: int,
        packet: bytes | bytearray,
        mid: int,
        qos: int,
        info: MQTTMessageInfo | None = None,
    ) -> MQTTErrorCode:
        self.unsent_bytes += len(packet)
        return super()._packet_queue(command, packet, mid, qos, info)

    @override
    def _packet_write(self) -> MQTTErrorCode:
        self._join_packets()
        code = super()._packet_write()
        self._is_begun = bool(self._out_packet)
        return code

    def _join_packets(self) -> None:
        """Put packets together, as paho makes a system call for each in its queue.

        What was begun stays as it is: OpenSSL wants the same bytes again. DISCONNECT stays alone:
        paho closes after it. After any other that comes here it does nothing.
        """
        if len(self._out_packet) - self._is_begun < 2:
            return
        packets, self._out_packet = self._out_packet, deque()
        if self._is_begun:
            self._out_packet.append(packets.popleft())
        together: list[_OutPacket] = []
        size = 0
        for packet in packets:
            is_end = packet["command"] & 0xF0 == MessageType.DISCONNECT
            if together and (is_end or size + packet["to_process"] > JOINED_BYTES_MAX):
                self._out_packet.append(_joined(together))
                together, size = [], 0
            together.append(packet)
            size += JOINED_BYTES_MAX if is_end else packet["to_process"]
        self._out_packet.append(_joined(together))

    @override
    def _handle_connack(self) -> MQTTErrorCode:
        # paho tells codes of MQTT 5 in its callback, and code 1 not at all.
        packet = self._in_packet["packet"]
        self.connack_code = packet[1] if len(packet) == 2 else None
        return super()._handle_connack()


def readable(topic: bytes) -> str:
    """What is not UTF-8 is not dropped, so that somebody hears of it: no link has such a topic."""
    return topic.decode(errors="backslashreplace")


def _joined(packets: list["_OutPacket"]) -> "_OutPacket":
    if len(packets) == 1:
        return packets[0]
    data = b"".join([packet["packet"] for packet in packets])
    return {
        "command": NOTHING_AFTERWARDS,
        "mid": 0,
        "qos": 0,
        "pos": 0,
        "to_process": len(data),
        "packet": data,
        "info": None,
    }
