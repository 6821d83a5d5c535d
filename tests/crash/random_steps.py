"""Workloads that a seed makes up: the first seed a small one, the others some larger ones."""

import random

from tests.crash.sink_steps import Answered, Receive, ReceiveAgain, ReopenSink, SinkStep
from tests.crash.store_steps import (
    Clear,
    Durable,
    EndQuarantine,
    Put,
    Quarantine,
    Reopen,
    StoreStep,
    Take,
    TakeAgain,
)

STORE_STEPS = (25, 60)
SINK_STEPS = (18, 40)

STORE_KINDS = ("put", "take", "take again", "durable", "clear", "quarantine", "end quarantine", "")
STORE_WEIGHTS = (8, 4, 1, 5, 5, 2, 1, 1)


def tears(seed: int) -> range:
    """The seeds of the tears in the images of its workload."""
    return range(3 * seed, 3 * seed + 3) if seed else range(1)


def store_steps(seed: int) -> list[StoreStep]:
    chance = random.Random(seed)

    def step() -> StoreStep:
        match chance.choices(STORE_KINDS, STORE_WEIGHTS)[0]:
            case "put":
                return Put(count(chance), size(chance))
            case "take":
                return Take(count(chance), size(chance), chance.choice([1, 1, 2]))
            case "take again":
                return TakeAgain(chance.choice([1, 10]))
            case "durable":
                return Durable()
            case "clear":
                return Clear(chance.choice([1, 3, 15, 120]), newest=chance.random() < 0.3)
            case "quarantine":
                return Quarantine(chance.choice([1, 4]))
            case "end quarantine":
                return EndQuarantine(chance.randrange(3))
            case _:
                return Reopen()

    return [step() for _ in range(length(chance, seed, STORE_STEPS))]


def sink_steps(seed: int) -> list[SinkStep]:
    chance = random.Random(seed)

    def step() -> SinkStep:
        match chance.choices(["receive", "again", "answered", "reopen"], [8, 2, 4, 1])[0]:
            case "receive":
                times = chance.choice([1, 1, 2])
                return Receive(count(chance), size(chance), times)
            case "again":
                return ReceiveAgain(chance.choice([1, 10]))
            case "answered":
                return Answered()
            case _:
                return ReopenSink()

    return [step() for _ in range(length(chance, seed, SINK_STEPS))]


def length(chance: random.Random, seed: int, lengths: tuple[int, int]) -> int:
    return chance.choice(lengths) if seed else lengths[0]


def count(chance: random.Random) -> int:
    return chance.choice([1, 2, 5, 20])


def size(chance: random.Random) -> int:
    """Mostly small, now and then of more than one page of the database."""
    return chance.choice([100, 100, 300, 300, 300, 1000, 4000, 9000])
