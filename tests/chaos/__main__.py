"""Kills a child, a relay, a parent and their broker at random, and counts what is lost.

python3 dev chaos [--kills 100] [--seed N] [--strict] [--calm] [--rate 200]
    [--broker auto|mosquitto|iotcore|HOST:PORT]

Meanwhile actors of the nodes raise and hang at random, and are restarted; a node that gives up
because of them is started again.

Exit code 1, and what is missing, if an event that was reported durable is not in the parent's sink
exactly once (with --strict: in order); the files of such a run are kept.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from gwproactor.adapters.broker_process import (
    ENVIRONMENT_VARIABLE,
    BrokerKind,
    BrokerStartError,
    brokers_of,
)
from tests.chaos.family import Family
from tests.chaos.plan import NODES, ROLES, random_plan
from tests.chaos.run import ChaosRun, Outcome
from tests.chaos.victims import NodeFailedError

# In strict order a loaded machine uploads some hundred events a second.
DRAIN_S_MAX = 300.0


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 dev chaos", description="Kill everybody at random; nothing may be lost."
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, help="of kills and trouble; default: a random one")
    parser.add_argument(
        "--strict", action="store_true", help="upload_order strict; the order is checked, too"
    )
    parser.add_argument("--calm", action="store_true", help="no actor raises or hangs")
    parser.add_argument("--rate", type=float, default=200.0, help="events a second")
    parser.add_argument(
        "--broker",
        default=os.environ.get(ENVIRONMENT_VARIABLE, "auto"),
        help="auto (default), mosquitto, iotcore or HOST:PORT; auto: of those found the first, "
        "or with --strict the last",
    )
    return parser.parse_args()


def broker_kind(setting: str, *, strict: bool) -> BrokerKind:
    """Raises ValueError."""
    kinds = brokers_of(setting)
    if not kinds:
        raise ValueError("no broker was found: install mosquitto, or pip install iotcore")
    return kinds[-1 if strict else 0]


async def chaos(arguments: argparse.Namespace, folder: Path) -> Outcome:
    kind = broker_kind(arguments.broker, strict=arguments.strict)
    seed = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    with kind.make(folder / "broker") as broker:
        plan = random_plan(arguments.kills, seed, ROLES if broker.is_ours else NODES)
        order = "strict" if arguments.strict else "live-first"
        print(
            f"chaos: {len(plan)} kills in {plan[-1].at_s if plan else 0:.0f} s, seed {seed}, "
            f"{arguments.rate:g} events/s, {order}, {kind.name}",
            flush=True,
        )
        family = Family(
            tag=folder.name[-6:].replace("_", "x"),
            folder=folder,
            host=broker.host,
            port=broker.port,
            rate=arguments.rate,
            strict=arguments.strict,
            trouble=None if arguments.calm else seed,
        )
        return await ChaosRun(family, broker, drain_s_max=DRAIN_S_MAX).go(plan)


def report(outcome: Outcome) -> None:
    verdict = outcome.verdict
    killed = ", ".join(f"{role} {outcome.kills[role]}" for role in ROLES)
    print(f"  kills       {outcome.kills.total()}: {killed}")
    if outcome.troubles:
        troubles = ", ".join(f"{where} {n}" for where, n in sorted(outcome.troubles.items()))
        given_up = ", ".join(f"{role} {outcome.given_up[role]}" for role in NODES)
        print(f"  trouble     {outcome.troubles.total()} in actors: {troubles}")
        print(f"  given up    {outcome.given_up.total()}: {given_up}")
    print(f"  generated   {verdict.generated:,}")
    print(f"  durable     {verdict.durable:,} reported, {verdict.unsafe:,} cut off before that")
    print(f"  arrived     {verdict.arrived:,}, sent again and dropped: {outcome.duplicates:,}")
    print(f"  lost        {verdict.lost:,}")
    print(f"  duplicated  {verdict.duplicated:,}")
    print(f"  duration    {outcome.chaos_s:.1f} s, then {outcome.drain_s:.1f} s to upload the rest")
    for fault in verdict.faults:
        print(f"  {fault}")


def main() -> int:
    arguments = parsed_arguments()
    folder = Path(tempfile.mkdtemp(prefix="gwproactor-chaos-"))
    failed = True
    try:
        outcome = asyncio.run(chaos(arguments, folder))
        report(outcome)
        failed = not outcome.is_clean
    except (BrokerStartError, NodeFailedError, ValueError) as error:
        print(f"chaos: {error}", file=sys.stderr)
    if failed:
        print(f"chaos: FAILED; its files and logs are kept in {folder}")
    else:
        shutil.rmtree(folder)
        print("chaos: nothing was lost")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
