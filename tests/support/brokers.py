"""Live brokers for tests, launched as GWP_TEST_BROKER says, and transports to them."""

import asyncio
import itertools
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.broker_process import (
    ENVIRONMENT_VARIABLE,
    BrokerKind,
    BrokerLauncher,
    brokers_of,
)
from gwproactor.adapters.memory.broker import MemoryBroker, MemoryLinkTransport
from gwproactor.adapters.mqtt import BrokerAddress, PahoLinkTransport

NUMBERS = itertools.count()


def broker_kinds() -> tuple[BrokerKind, ...]:
    return brokers_of(os.environ.get(ENVIRONMENT_VARIABLE, "auto"))


def broker_names() -> list[str]:
    return [kind.name for kind in broker_kinds()]


def one_of_each_broker() -> list[object]:
    """For `params` of a fixture: every broker, or one skipped parameter if there is none."""
    kinds = broker_kinds()
    if not kinds:
        reason = "no broker was found: install iotcore or mosquitto"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(kind, id=kind.name, marks=pytest.mark.broker) for kind in kinds]


def address_of(
    broker: BrokerLauncher, *, ssl_context: ssl.SSLContext | None = None, keepalive_s: int = 60
) -> BrokerAddress:
    """With a client id of its own, also among the workers of xdist."""
    return BrokerAddress(
        host=broker.host,
        port=broker.port,
        client_id=f"test-{os.getpid()}-{next(NUMBERS)}",
        ssl_context=ssl_context,
        keepalive_s=keepalive_s,
    )


@attrs.frozen
class PahoBroker:
    """A launched broker, reached through paho; a `LiveBroker`."""

    launcher: BrokerLauncher

    @property
    def can_stop(self) -> bool:
        return self.launcher.is_ours

    def transport(self) -> PahoLinkTransport:
        return PahoLinkTransport(address_of(self.launcher))

    async def stop(self) -> None:
        await asyncio.to_thread(self.launcher.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self.launcher.start)


@asynccontextmanager
async def launched(kind: BrokerKind, folder: Path) -> AsyncIterator[PahoBroker]:
    broker = PahoBroker(kind.make(folder))
    await broker.start()
    try:
        yield broker
    finally:
        await asyncio.to_thread(broker.launcher.stop)


@attrs.frozen
class InMemory:
    """A broker in memory; a `LiveBroker`."""

    broker: MemoryBroker = attrs.Factory(MemoryBroker)
    can_stop: bool = True

    def transport(self) -> MemoryLinkTransport:
        return self.broker.transport(f"client {next(NUMBERS)}")

    async def stop(self) -> None:
        self.broker.stop()

    async def start(self) -> None:
        self.broker.start()
