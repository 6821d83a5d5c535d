"""The contract of `LinkTransport`, on every adapter and every broker found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from gwproactor.adapters.broker_process import BrokerKind
from gwproactor.testing.link_transport_contract import LinkTransportContract, LiveBroker
from tests.support.brokers import InMemory, launched, one_of_each_broker


class TestMemoryLinkTransport(LinkTransportContract):
    @asynccontextmanager
    @override
    async def broker(self) -> AsyncIterator[LiveBroker]:
        yield InMemory()


class TestPahoLinkTransport(LinkTransportContract):
    @pytest.fixture(autouse=True, params=one_of_each_broker())
    def _kind(self, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.kind: BrokerKind = request.param
        self.folder = tmp_path

    @asynccontextmanager
    @override
    async def broker(self) -> AsyncIterator[LiveBroker]:
        async with launched(self.kind, self.folder) as broker:
            yield broker
