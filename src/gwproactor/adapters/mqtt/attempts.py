"""Attempts to reach a broker, up to where MQTT begins."""

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


@attrs.frozen
class Opened:
    """A socket ready for MQTT, and all that was read to open it."""

    address: BrokerAddress
    sock: socket.socket


@attrs.frozen
class Attempts:
    """At one broker, as often as `open` is called.

    The thread that reads the files of `login` is its own: a name that nobody knows, or the files
    for another broker, must not hold this one up.
    """

    address: BrokerAddress
    login: Login | None
    resolver: Resolver
    _reader: Worker = attrs.field(init=False, factory=partial(Worker, "gwproactor-login"))

    async def open(self, deadline: float) -> Outcome[Opened, ConnectFailed]:
        """As `open_socket`, once what `login` says was read."""
        address = await self._complete_address(deadline)
        if isinstance(address, Failure):
            return address
        opened = await open_socket(address.unwrap(), deadline, self.resolver)
        if isinstance(opened, Failure):
            return opened
        return Success(Opened(address.unwrap(), opened.unwrap()))

    async def _complete_address(self, deadline: float) -> Outcome[BrokerAddress, ConnectFailed]:
        if self.login is None:
            return Success(self.address)
        try:
            async with asyncio.timeout_at(deadline):
                return await self._reader.call(partial(self.login.complete, self.address))
        except TimeoutError:
            detail = f"reading them took longer than {self.address.connect_timeout_s:g} s"
            return Failure(ConnectFailed("files", detail))
