"""`PahoLinkTransport`s on this machine, each with a listener that records."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from gwproactor.adapters.mqtt import BrokerAddress, PahoLinkTransport
from gwproactor.testing.recording_listener import RecordingListener


@attrs.frozen
class Client:
    transport: PahoLinkTransport
    listener: RecordingListener


MakeClient: TypeAlias = Callable[[BrokerAddress], Client]


def client_of(transport: PahoLinkTransport) -> Client:
    listener = RecordingListener()
    transport.listen(listener)
    return Client(transport, listener)


def local(port: int) -> BrokerAddress:
    """The address of a broker on 127.0.0.1; vary it with `attrs.evolve`."""
    return BrokerAddress(host="127.0.0.1", port=port, client_id="a client")
