"""Clients that are disconnected at the end, and one certificate authority for all tests."""

from collections.abc import AsyncIterator

import pytest

from gwproactor.adapters.mqtt import BrokerAddress, PahoLinkTransport
from tests.support.certificates import Certificates
from tests.support.mqtt_clients import Client, MakeClient, client_of


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    made: list[Client] = []

    def make(address: BrokerAddress) -> Client:
        made.append(client_of(PahoLinkTransport(address)))
        return made[-1]

    yield make
    for client in made:
        await client.transport.disconnect()


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return Certificates()
