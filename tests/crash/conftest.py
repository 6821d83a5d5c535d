"""What the crash tests share: a workload per seed, and the count of crash points."""

import pytest

from tests.crash.checker import Report
from tests.crash.plugin import POINTS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--seeds")))


class Counter:
    """Adds what was checked to the summary of the run."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def add(self, store: str, report: Report) -> None:
        self._properties.append((POINTS, [store, report.operations, report.images]))


@pytest.fixture
def counter(request: pytest.FixtureRequest) -> Counter:
    return Counter(request.node.user_properties)
