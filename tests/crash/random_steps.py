"""Workloads that a seed makes up."""

import random

from tests.crash.workloads import (
    Answered,
    Clear,
    Durable,
    Put,
    Receive,
    ReceiveAgain,
    Reopen,
    ReopenSink,
    SinkStep,
    StoreStep,
)

STORE_STEPS = 25
SINK_STEPS = 18


def store_steps(chance: random.Random) -> list[StoreStep]:
    def step() -> StoreStep:
        match chance.choices(["put", "durable", "clear", "reopen"], [8, 4, 5, 1])[0]:
            case "put":
                return Put(chance.choice([1, 2, 5, 20]), size(chance))
            case "durable":
                return Durable()
            case "clear":
                return Clear(chance.choice([1, 3, 15, 120]), newest=chance.random() < 0.3)
            case _:
                return Reopen()

    return [step() for _ in range(STORE_STEPS)]


def sink_steps(chance: random.Random) -> list[SinkStep]:
    def step() -> SinkStep:
        match chance.choices(["receive", "again", "answered", "reopen"], [8, 2, 4, 1])[0]:
            case "receive":
                times = chance.choice([1, 1, 2])
                return Receive(chance.choice([1, 2, 5, 20]), size(chance), times)
            case "again":
                return ReceiveAgain(chance.choice([1, 10]))
            case "answered":
                return Answered()
            case _:
                return ReopenSink()

    return [step() for _ in range(SINK_STEPS)]


def size(chance: random.Random) -> int:
    """Mostly small, now and then of more than one page of the database."""
    return chance.choice([100, 100, 300, 300, 300, 1000, 4000, 9000])
