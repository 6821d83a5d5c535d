"""One attempt to reach a broker, up to where MQTT begins."""

import asyncio
import socket
from functools import partial

import attrs

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.login import Login
from gwproactor.adapters.mqtt.open_socket import open_socket
from gwproactor.adapters.mqtt.resolver import Resolver
from gwproactor.adapters.mqtt.worker import Worker
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.link_transport import ConnectFailed

# Apart from names: a broker whose name nobody knows must not hold up one that needs no look-up.
FILE_READER = Worker("gwproactor-tls-files")


@attrs.frozen
class Opened:
    """A socket ready for MQTT, and all that was read to open it."""

    address: BrokerAddress
    sock: socket.socket


async def open_broker(
    address: BrokerAddress, login: Login | None, deadline: float, resolver: Resolver
) -> Outcome[Opened, ConnectFailed]:
    """As `open_socket`, once what *login* says was read, in a thread."""
    if login is not None:
        try:
            async with asyncio.timeout_at(deadline):
                completed = await FILE_READER.call(partial(login.complete, address))
        except TimeoutError:
            detail = f"reading them took longer than {address.connect_timeout_s:g} s"
            return Failure(ConnectFailed("files", detail))
        if isinstance(completed, Failure):
            return completed
        address = completed.unwrap()
    opened = await open_socket(address, deadline, resolver)
    if isinstance(opened, Failure):
        return opened
    return Success(Opened(address, opened.unwrap()))
