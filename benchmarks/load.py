"""The load of W3: so many events a second, or so many un-acked at any time."""

import argparse
import asyncio
import time
from collections.abc import Callable
from typing import Self

import attrs

from benchmarks.figures import Figures, cpu_s, percentiles_ms

# A run that lost its link for good must not hang the whole benchmark.
RUN_TIMEOUT_S = 300.0


@attrs.frozen
class LoadPlan:
    """Mode rate: `count` events, exactly `outstanding` un-acked, each ack bringing the next event.

    Mode latency: `per_second` events for `seconds`.
    """

    mode: str
    count: int
    outstanding: int
    per_second: float

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        in_time = round(arguments.per_second * arguments.seconds)
        count = arguments.count if arguments.mode == "rate" else in_time
        return cls(arguments.mode, count, arguments.outstanding, arguments.per_second)


def add_load_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mode", choices=("rate", "latency"), default="rate")
    parser.add_argument("--count", type=int, default=5_000, help="events, mode rate")
    parser.add_argument("--outstanding", type=int, default=100, help="un-acked, mode rate")
    parser.add_argument("--per-second", type=float, default=50.0, help="mode latency")
    parser.add_argument("--seconds", type=float, default=20.0, help="mode latency")


class Load:
    """Calls *send*, which returns the event's number, and is told about acks by `acked`."""

    def __init__(self, plan: LoadPlan, send: Callable[[], int]) -> None:
        self._plan = plan
        self._send = send
        self._sent = 0
        self._refills = plan.mode == "rate"
        self._un_acked: dict[int, float] = {}
        self._latencies_ms: list[float] = []
        self._finished_s = 0.0
        self._finished_cpu_s = 0.0
        self._done = asyncio.Event()

    def acked(self, number: int) -> None:
        """The ack is processed; called from within its handler. Other numbers are ignored."""
        sent_s = self._un_acked.pop(number, None)
        if sent_s is None:
            return
        now_s = time.perf_counter()
        self._latencies_ms.append((now_s - sent_s) * 1000)
        if self._refills and self._sent < self._plan.count:
            assert len(self._un_acked) == self._plan.outstanding - 1, len(self._un_acked)
            self._send_one()
        elif len(self._latencies_ms) == self._plan.count:
            self._finished_s, self._finished_cpu_s = now_s, cpu_s()
            self._done.set()

    async def run(self) -> Figures:
        """Send everything; return the figures once all of it is acked."""
        plan = self._plan
        started_s, started_cpu_s = time.perf_counter(), cpu_s()
        if self._refills:
            for _ in range(min(plan.outstanding, plan.count)):
                self._send_one()
        else:
            for index in range(plan.count):
                due_s = started_s + index / plan.per_second
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                self._send_one()
        await asyncio.wait_for(self._done.wait(), RUN_TIMEOUT_S)
        used_cpu_s = self._finished_cpu_s - started_cpu_s
        return {
            "mode": plan.mode,
            "count": plan.count,
            "rate": round(plan.count / (self._finished_s - started_s), 1),
            **percentiles_ms(self._latencies_ms),
            "cpu_s_per_1k": round(used_cpu_s / plan.count * 1000, 4),
        }

    def _send_one(self) -> None:
        self._sent += 1
        sent_s = time.perf_counter()
        self._un_acked[self._send()] = sent_s
