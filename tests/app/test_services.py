"""Services that fail or hang: the others, the node and its stores go on."""

import asyncio
import logging

import pytest
from typing_extensions import override

from gwproactor.app.service import NotStarted, Service
from gwproactor.app.services import END_S_MAX
from gwproactor.domain.outcome import Outcome
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family
from tests.support.own_events import own_types, problems


class Panic(BaseException):
    """As an extension raises it."""


class Broken(Service):
    """Raises *error* in *method*, after it has noted the call."""

    def __init__(self, method: str, error: BaseException) -> None:
        self._method = method
        self._error = error
        self.calls: list[str] = []

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name == self._method:
            raise self._error

    @override
    async def open(self) -> Outcome[None, NotStarted]:
        self._called("open")
        return await super().open()

    @override
    def started(self) -> None:
        self._called("started")

    @override
    def stopping(self) -> None:
        self._called("stopping")

    @override
    async def close(self) -> None:
        self._called("close")

    @override
    async def finish(self) -> None:
        self._called("finish")


class Hanging(Service):
    """Its `close` ends by cancellation only."""

    @override
    async def close(self) -> None:
        await asyncio.Event().wait()


def add(family: Family, *services: Service) -> None:
    """Let the child have *services*, too: one at each end of its list."""
    known = family.child.container.services()
    assert isinstance(known, list)
    for index, service in enumerate(services):
        known.insert(0 if index == 0 else len(known), service)


def is_closed(family: Family) -> bool:
    return not family.child.store._is_open and family.child.external_watchdog.is_closed


@pytest.mark.parametrize("error", [ValueError("why"), SystemExit(4), Panic("why")])
@pytest.mark.parametrize("method", ["started", "stopping"])
@in_virtual_time
async def test_what_a_service_raises_is_reported_and_the_node_goes_on(
    method: str, error: BaseException
) -> None:
    family = Family()
    broken, other = Broken(method, error), Broken("none", error)
    add(family, broken, other)
    await family.start()
    await family.stop()

    (problem,) = problems(family.child, family.broker)
    assert f"service Broken failed in {method}: " in problem
    assert type(error).__name__ in problem
    assert other.calls == broken.calls == ["open", "started", "stopping", "close", "finish"]
    assert own_types(family.child, family.broker)[-1] == "shutdown"
    assert is_closed(family)


@pytest.mark.parametrize("error", [ValueError("why"), SystemExit(4), Panic("why")])
@pytest.mark.parametrize("method", ["close", "finish"])
@in_virtual_time
async def test_what_a_service_raises_at_the_end_is_logged_and_everything_else_is_closed(
    method: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    family = Family()
    broken, other = Broken(method, error), Broken("none", error)
    add(family, other, broken)
    await family.start()
    await family.stop()

    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.getMessage() == f"service Broken failed in {method}"
    assert record.exc_info is not None
    assert other.calls[-1] == "finish"
    assert is_closed(family)


@in_virtual_time
async def test_a_service_that_does_not_close_is_named_and_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    family = Family()
    add(family, Hanging())
    await family.start()
    began_s = family.clock.monotonic_s()
    await family.child.proactor.stop_and_join()

    assert family.clock.monotonic_s() - began_s <= END_S_MAX + 2.0
    assert "service Hanging: close not done within 10 s, the node ends without it" in caplog.text
    assert is_closed(family)
    await family.parent.proactor.stop_and_join()


@in_virtual_time
async def test_what_was_opened_is_closed_when_a_service_raises_in_open() -> None:
    family = Family()
    other, broken = Broken("none", ValueError("why")), Broken("open", ValueError("why"))
    add(family, other, broken)
    with pytest.raises(ValueError, match="why"):
        await family.child.proactor.run_forever()
    assert other.calls == ["open", "close", "finish"]
    assert is_closed(family)
