"""A short chaos run, and those that must fail. `python3 dev chaos` runs long ones."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.broker_process import BrokerLauncher
from gwproactor.adapters.clock import SystemChance
from tests.chaos.family import Family
from tests.chaos.plan import NODES, ROLES, Kill, random_plan
from tests.chaos.run import ChaosRun
from tests.chaos.trouble import Trouble
from tests.chaos.victims import NodeFailedError
from tests.support.brokers import broker_kinds

pytestmark = pytest.mark.broker

DRAIN_S_MAX = 30.0

# The child is killed while nobody else can have what it was told is safe.
CHILD_KILLED_ALONE = [Kill(0.5, "relay", 5.0), Kill(5.0, "child", 0.1)]

# Long enough for five failures, and to come back.
EACH_AFTER_SOME_TIME = [Kill(8.0, "relay", 0.1), Kill(9.0, "child", 0.1), Kill(10.0, "parent", 0.1)]
SEED_OF_BAD_LIVES = next(
    seed
    for seed in range(1_000)
    if all(Trouble(f"{seed} {role} 1").is_bad_life for role in ("child", "parent"))
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerLauncher]:
    with broker_kinds()[0].make(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def family(broker: BrokerLauncher, tmp_path: Path) -> Family:
    tag = SystemChance().new_id()[:8]
    return Family(tag, tmp_path, broker.host, broker.port, rate=100.0)


async def test_one_kill_of_each_loses_nothing(family: Family, broker: BrokerLauncher) -> None:
    plan = random_plan(4, seed=1, roles=ROLES if broker.is_ours else NODES)

    outcome = await ChaosRun(family, broker, drain_s_max=DRAIN_S_MAX).go(plan)

    assert outcome.verdict.faults == []
    assert outcome.kills.total() == len(plan)
    assert outcome.verdict.durable > 20


async def test_actors_that_raise_and_hang_lose_nothing(
    family: Family, broker: BrokerLauncher
) -> None:
    family = attrs.evolve(family, trouble=SEED_OF_BAD_LIVES)

    outcome = await ChaosRun(family, broker, drain_s_max=DRAIN_S_MAX).go(EACH_AFTER_SOME_TIME)

    assert outcome.verdict.faults == []
    assert outcome.troubles.total() > 10
    assert outcome.given_up["child"] + outcome.given_up["parent"] > 0
    assert outcome.verdict.durable > 20


async def test_a_child_whose_store_lies_is_found(family: Family, broker: BrokerLauncher) -> None:
    family = attrs.evolve(family, lies=True)

    outcome = await ChaosRun(family, broker, drain_s_max=DRAIN_S_MAX).go(CHILD_KILLED_ALONE)

    assert outcome.verdict.lost > 10
    assert "reported durable and not at the parent" in outcome.verdict.faults[0]


async def test_a_node_that_ends_by_itself_ends_the_run(
    family: Family, broker: BrokerLauncher
) -> None:
    run = ChaosRun(attrs.evolve(family, port=0), broker, drain_s_max=DRAIN_S_MAX)

    with pytest.raises(NodeFailedError, match="ended with code"):
        await run.go([])
