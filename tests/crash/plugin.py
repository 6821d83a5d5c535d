"""The option and the summary of the crash tests; tests/conftest.py loads it.

The process that prints the summary of a parallel run collects no tests, so it never reads
tests/crash/conftest.py.
"""

from collections import defaultdict
from typing import Final

import pytest

from tests.crash.checker import Report

# Each seed is one more workload per test; `python3 dev crashtest` takes more.
SEEDS_IN_CI: Final = 1

POINTS: Final = "crash points"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seeds", type=int, default=SEEDS_IN_CI, help="random workloads per store in crash tests"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals: dict[str, Report] = defaultdict(Report)
    for outcome in ("passed", "failed"):
        for test in terminalreporter.stats.get(outcome, ()):
            for name, value in test.user_properties:
                if name == POINTS:
                    store, operations, images = value
                    totals[store].operations += operations
                    totals[store].images += images
    if totals:
        text = "; ".join(f"{store} {total}" for store, total in sorted(totals.items()))
        terminalreporter.write_line(f"{POINTS}: {text}")
