"""A `PahoClient` on one end of a pair of sockets; the test holds the other."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from gwproactor.adapters.mqtt.paho_client import PahoClient


@attrs.define
class ConnectedClient:
    """`heard` has topic, payload and RETAIN of each message of QoS 0 that came in one piece."""

    client: PahoClient
    near: socket.socket
    far: socket.socket
    heard: list[tuple[str, bytes, bool]]

    def sent(self) -> bytes:
        """What has come to the other end."""
        found = bytearray()
        while True:
            try:
                found += self.far.recv(1_000_000)
            except BlockingIOError:
                return bytes(found)


@contextmanager
def connected_client(kind: int = socket.SOCK_STREAM) -> Iterator[ConnectedClient]:
    """Its CONNECT is queued. *kind* SOCK_SEQPACKET keeps apart what was sent in one call each."""
    near, far = socket.socketpair(type=kind)
    near.setblocking(False)
    far.setblocking(False)
    heard: list[tuple[str, bytes, bool]] = []
    client = PahoClient("a", near, lambda *message: heard.append(message))
    client.on_socket_register_write = lambda *_: None
    client.connect("broker.test", 1883, 60)
    yield ConnectedClient(client, near, far, heard)
    client.shut()
    far.close()
