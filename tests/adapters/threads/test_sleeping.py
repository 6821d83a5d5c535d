"""Sleeping in a thread of one's own."""

import threading
import time
from importlib import import_module
from itertools import count

import pytest

from gwproactor.adapters.threads import responsive_sleep

LONG_S = 3_600.0


class Loop:
    """What may be told to stop."""

    def __init__(self) -> None:
        self._main_loop_running = True
        self._stop_requested = False


def test_the_function_is_found_however_often_it_is_asked_for() -> None:
    """A module of its name would take its place after the first time."""
    for name in ("gwproactor", "gwproactor.adapters.threads"):
        package = import_module(name)
        assert [package.responsive_sleep for _ in range(2)] == [responsive_sleep] * 2


def test_it_ends_after_the_time_if_nothing_else_happens() -> None:
    began_s = time.monotonic()
    assert responsive_sleep(Loop(), 0.01)
    assert time.monotonic() - began_s >= 0.01


def test_it_ends_when_the_field_changes() -> None:
    loop = Loop()
    threading.Timer(0.01, setattr, (loop, "_main_loop_running", False)).start()
    assert not responsive_sleep(loop, LONG_S, step_duration=0.001)


def test_the_field_may_say_that_it_shall_stop() -> None:
    loop = Loop()

    def sleep(seconds: float) -> bool:
        return responsive_sleep(
            loop, seconds, running_field_name="_stop_requested", running_field=False
        )

    assert sleep(0.001)
    loop._stop_requested = True
    assert not sleep(LONG_S)


@pytest.mark.parametrize("step_s", [-LONG_S, LONG_S])
def test_a_step_of_the_wall_clock_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    """Hazard 20: here the wall clock steps each time that somebody looks."""
    looks = count()
    began_s = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: began_s + next(looks) * step_s)
    assert responsive_sleep(Loop(), 0.01)
    assert time.monotonic() - began_s >= 0.01
