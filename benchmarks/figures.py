"""What workers measure with and how they report: one JSON object a line on stdout."""

import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Figures: TypeAlias = Mapping[str, str | float]


def say(line: Figures) -> None:
    print(json.dumps(line), flush=True)


async def next_line() -> str:
    """A line of stdin; empty at its end."""
    return await asyncio.to_thread(sys.stdin.readline)


def cpu_s() -> float:
    """What this process used so far, all its threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rate_of(count: int, call: Callable[[], object]) -> int:
    """Calls per second."""
    started_s = time.perf_counter()
    for _ in range(count):
        call()
    return round(count / (time.perf_counter() - started_s))


def percentiles_ms(latencies_ms: Sequence[float]) -> Figures:
    cuts = statistics.quantiles(latencies_ms, n=100)
    return {"p50_ms": round(cuts[49], 3), "p99_ms": round(cuts[98], 3)}


def percentiles_us(name: str, from_s: Sequence[float], to_s: Sequence[float]) -> Figures:
    """Of the microseconds from the ones to the others; *name* begins the figures' names."""
    took_us = [(to - from_) * 1e6 for from_, to in zip(from_s, to_s, strict=True)]
    cuts = statistics.quantiles(took_us, n=100)
    return {f"{name}_p50_us": round(cuts[49], 1), f"{name}_p99_us": round(cuts[98], 1)}
