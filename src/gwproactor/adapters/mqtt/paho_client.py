"""paho's MQTT client, given a ready socket and a read buffer.

It overrides private methods of paho-mqtt 2.2; `tests/adapters/mqtt/test_paho_client.py` pins them.
"""

import contextlib
import socket
import ssl
from typing import Final

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from typing_extensions import override

# paho reads single bytes; without a buffer each of them is a system call. Smaller than a TLS record
# (16 KiB), and the rest of a record would stay in OpenSSL, where no descriptor tells of it.
READ_BYTES: Final = 65_536
# mosquitto 2.0.11 resets a client with more unfinished QoS 2 messages than this, its own default.
IN_FLIGHT_MAX: Final = 20
# Messages of QoS 1 and 2 in flight or waiting to be; paho would keep any number.
UNANSWERED_MAX: Final = 1_000

QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it.


class PahoClient(Client):
    """One connection's packets, in and out. Used by one loop; starts no thread."""

    def __init__(self, client_id: str, ready: socket.socket) -> None:
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
        return len(self._out_packet)

    def read_packet(self) -> MQTTErrorCode:
        """Handle what has arrived, one packet at most. An error has closed the socket.

        Not paho's loop_read: it takes as many packets as there are unanswered messages.
        """
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

    @override
    def _sock_recv(self, bufsize: int) -> bytes:
        if self._chunk_at == len(self._chunk):
            self._chunk_at = 0
            self._chunk = b""
            try:
                self._chunk = super()._sock_recv(READ_BYTES)
            except BlockingIOError:
                raise
            except OSError as error:
                self.fault = error
                raise
            self._acknowledge_at_once()
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
    def _handle_connack(self) -> MQTTErrorCode:
        # paho tells codes of MQTT 5 in its callback, and code 1 not at all.
        packet = self._in_packet["packet"]
        self.connack_code = packet[1] if len(packet) == 2 else None
        return super()._handle_connack()
