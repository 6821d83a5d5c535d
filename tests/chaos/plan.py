"""Who is killed when: the same seed gives the same plan, though never the same run."""

from random import Random
from typing import Final, Literal, TypeAlias, get_args

import attrs

NodeRole: TypeAlias = Literal["child", "relay", "parent"]
Role: TypeAlias = Literal["child", "relay", "parent", "broker"]

NODES: Final[tuple[NodeRole, ...]] = get_args(NodeRole)
ROLES: Final[tuple[Role, ...]] = get_args(Role)

# Time to start, connect and deliver something. Much less, and nothing gets through between kills.
FIRST_S: Final = 2.0
# From one kill to the next, whoever it is; a victim is back after about a second.
BETWEEN_S: Final = (0.4, 2.0)
AWAY_S: Final = (0.02, 1.2)


@attrs.frozen
class Kill:
    """Kill *role* at `at_s` after the start, or as soon as it runs again; start it `away_s` later.

    Who has just been started is killed too, in the middle of its start.
    """

    at_s: float
    role: Role
    away_s: float


def random_plan(kills: int, seed: int, roles: tuple[Role, ...] = ROLES) -> list[Kill]:
    """*kills* of *roles*, each about as often, in random order."""
    random = Random(seed)
    victims = [roles[number % len(roles)] for number in range(kills)]
    random.shuffle(victims)
    plan: list[Kill] = []
    at_s = FIRST_S
    for role in victims:
        plan.append(Kill(at_s, role, random.uniform(*AWAY_S)))
        at_s += random.uniform(*BETWEEN_S)
    return plan
