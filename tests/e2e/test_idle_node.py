"""What a node costs that has nothing to do, as the kernel counts it."""

import asyncio
import re
import sys
import time
from pathlib import Path

import pytest

from gwproactor.adapters.broker_process import BrokerKind
from tests.support.brokers import launched, one_of_each_broker
from tests.support.running_node import RunningNode, running_node

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc, which Linux has"
)

# The first tries to connect again come at once; then there is less than one in five seconds.
SETTLED_S = 4.0
MEASURED_S = 8.0


def cost_of(node: RunningNode) -> tuple[float, float]:
    """Share of one processor, and wake-ups a second."""
    time.sleep(SETTLED_S)
    cpu_s, wake_ups, began_s = node.cpu_s(), node.wake_ups(), time.monotonic()
    time.sleep(MEASURED_S)
    took_s = time.monotonic() - began_s
    return (node.cpu_s() - cpu_s) / took_s, (node.wake_ups() - wake_ups) / took_s


def test_a_node_without_a_broker_hardly_wakes(tmp_path: Path) -> None:
    """Hazard 1: after the poll time, here of one second, the original span."""
    with running_node(tmp_path, "idle") as node:
        node.until("the meter works")
        cpu_share, wake_ups_per_s = cost_of(node)

    assert cpu_share < 0.05
    assert wake_ups_per_s <= 2.5  # Two, and some tries to connect.


@pytest.mark.parametrize("kind", one_of_each_broker())
async def test_a_node_that_lost_its_broker_uses_no_cpu(kind: BrokerKind, tmp_path: Path) -> None:
    """Hazard 1: "60 s after loss of the broker, until it is back"."""
    async with launched(kind, tmp_path / "broker") as broker:
        if not broker.can_stop:
            pytest.skip("the broker is not ours to end")
        with running_node(tmp_path, "idle", broker.launcher.port) as node:
            await asyncio.to_thread(node.until, "-> awaiting_peer")
            await broker.stop()
            await asyncio.to_thread(node.until, "-> connecting")
            cpu_share, _ = await asyncio.to_thread(cost_of, node)

    assert cpu_share < 0.05


def test_the_wake_ups_of_threads_are_counted(tmp_path: Path) -> None:
    """Else the tests above could not fail: this node works all the time."""
    with running_node(tmp_path, "generates") as node:
        for _ in range(10):
            node.until("accepted")
        before = node.wake_ups()
        for _ in range(10):
            node.until("accepted")
        assert node.wake_ups() - before >= 10
        assert re.search("accepted", node.log())
