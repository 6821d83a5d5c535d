"""The pair of each test: on every broker that is found, and where asked for in both roles."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gwproactor.adapters.broker_process import BrokerKind
from tests.interop.our_node import PEER_OF, Role
from tests.interop.pair import Pair
from tests.support.brokers import launched, one_of_each_broker
from tests.support.original_peer import PYTHON, OriginalNursery


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: these tests wait most of the time, for timeouts and for processes to start."""
    return 3 * (os.cpu_count() or 1)


@pytest.fixture(params=one_of_each_broker())
def broker_kind(request: pytest.FixtureRequest) -> BrokerKind:
    assert isinstance(request.param, BrokerKind)
    return request.param


@pytest.fixture(params=["child", "parent"], ids=["ours is child", "ours is parent"])
def role(request: pytest.FixtureRequest) -> Role:
    """Of our node. Tests that hold for one role only parametrize it themselves."""
    assert request.param in PEER_OF
    role: Role = request.param
    return role


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OriginalNursery]:
    assert PYTHON.exists(), "the original is not there: run `python3 dev interop`"
    nursery = OriginalNursery(tmp_path_factory.mktemp("nursery") / "log")
    yield nursery
    nursery.close()


@pytest.fixture
async def pair(
    broker_kind: BrokerKind, role: Role, nursery: OriginalNursery, tmp_path: Path
) -> AsyncIterator[Pair]:
    async with launched(broker_kind, tmp_path / "broker") as broker:
        pair = Pair(role, broker, nursery, tmp_path)
        try:
            yield pair
        finally:
            await pair.end()
