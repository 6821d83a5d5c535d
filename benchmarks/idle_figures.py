"""What a node takes that does nothing (workload W6), measured the same way for both libraries."""

import asyncio
import time
from typing import Protocol

from benchmarks.process_facts import pss_kib, rss_kib, threads, wake_ups


class WitnessOfStart(Protocol):
    """Noted when the first link became active: by the performance counter, and by the age of the
    process, in seconds.
    """

    active_s: float
    age_s: float


async def idle_figures(seconds: float, began_s: float, witness: WitnessOfStart) -> dict[str, float]:
    """Watch this process for so many seconds; *began_s*: when the node began to be built."""
    cpu_s, woken = time.process_time(), wake_ups()
    await asyncio.sleep(seconds)
    return {
        "cpu_s_per_30": round((time.process_time() - cpu_s) * 30 / seconds, 4),
        "wake_ups_per_s": round((wake_ups() - woken) / seconds, 2),
        "rss_mib": round(rss_kib() / 1024, 1),
        "pss_mib": round(pss_kib() / 1024, 1),
        "threads": threads(),
        "active_s": round(witness.active_s - began_s, 4),
        "process_to_active_s": round(witness.age_s, 3),
    }
