"""Who runs what in workload W6 (footprint): idle nodes, and what their imports take."""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from benchmarks.contenders import ORIGINAL_PYTHON, OURS, Contender, Row, Sizes, Workload, places
from benchmarks.figures import Figures
from benchmarks.processes import end_well, run_one_after_the_other
from benchmarks.store_contenders import ORIGINAL, WORKERS

IDLE: Final = {
    OURS: (sys.executable, "-m", "benchmarks.our_footprint_worker"),
    ORIGINAL: (str(ORIGINAL_PYTHON), "-m", "benchmarks.original_footprint_worker"),
}
# Ours imports its names when they are used, so a bare `import gwproactor` would tell nothing.
IMPORTS: Final = {
    OURS: (sys.executable, "from gwproactor import Actor, Proactor, ProactorContainer"),
    ORIGINAL: (str(ORIGINAL_PYTHON), "import gwproactor"),
    "Python alone": (sys.executable, "pass"),
}
IMPORTS_COUNT: Final = 5


def workload_imports() -> Workload:
    return Workload(
        "w6 import",
        tuple(Contender(who, partial(run_imports, *how)) for who, how in IMPORTS.items()),
        (Row("import in a process of its own, s", "import_s", True),),
    )


def workload_idle(sizes: Sizes, broker: str, links: int) -> Workload:
    amount = ("--links", str(links), "--seconds", str(sizes.idle_s))
    contenders = [Contender(who, partial(run_idle, who, broker, amount)) for who in IDLE]
    if links == 1:
        page = (*amount, "--status-page")
        contenders.insert(
            1, Contender("ours, a status page", partial(run_idle, OURS, broker, page))
        )
    else:
        apart = (*amount, "--connections", str(links))
        contenders.insert(
            1, Contender("ours, a broker each", partial(run_idle, OURS, broker, apart))
        )
    name = f"{links} link" if links == 1 else f"{links} links"
    rows = (
        Row(f"threads, {name}", "threads", True),
        Row(f"wake-ups /s, {name}", "wake_ups_per_s", True),
        Row(f"CPU s in 30 s, {name}", "cpu_s_per_30", True),
        Row(f"resident MiB, {name}", "rss_mib", True),
        Row(f"proportional MiB, {name}", "pss_mib", True),
        Row(f"from building the node to the active link, s, {name}", "active_s", True),
        Row(f"from the process's start to that, s, {name}", "process_to_active_s", True),
    )
    return Workload(f"w6 {name}", tuple(contenders), rows)


async def run_idle(who: str, broker: str, how: Sequence[str]) -> Figures:
    """Its parent, of the same library, is there first."""
    with tempfile.TemporaryDirectory() as folder:
        parent, child = places(broker, folder)
        _, figures = await run_one_after_the_other(
            [*WORKERS[who], "w4-parent", *parent], [*IDLE[who], *child, *how]
        )
        return figures


async def run_imports(python: str, statement: str) -> Figures:
    """The median of several; a first one warms the page cache and writes the byte code."""
    took_s: list[float] = []
    for _ in range(1 + IMPORTS_COUNT):
        started_s = time.perf_counter()
        await end_well([python, "-c", statement])
        took_s.append(time.perf_counter() - started_s)
    return {"import_s": round(statistics.median(took_s[1:]), 4)}
