"""What becomes of a stall: a problem event that blames a function, and the figures."""

import pytest

from gwproactor.app.stall_sampler import stall_problem
from gwproactor.ports.stall_sampler import Stall, StallKind
from gwproactor.testing.virtual_time import in_virtual_time
from tests.support.family import Family
from tests.support.own_events import problems

STACK = """In task 'thermometer':
  File "/opt/house/node.py", line 7, in <module>
    asyncio.run(main())
  File "/opt/house/meter.py", line 12, in read_meter
    File = open("File", line)
"""
STALL = Stall(StallKind.LOOP_BUSY, 3.14, STACK)


def test_the_innermost_function_is_blamed() -> None:
    problem = stall_problem(STALL)
    summary = "the event loop was busy for 3.1 s: read_meter (/opt/house/meter.py:12)"
    assert problem.summary == summary
    assert problem.details == STACK


def test_stalls_in_one_function_are_the_same_problem() -> None:
    one = stall_problem(STALL)
    other = stall_problem(Stall(StallKind.LOOP_BUSY, 60.0, STACK.replace("line 12", "line 13")))
    elsewhere = stall_problem(Stall(StallKind.LOOP_BUSY, 3.14, STACK.replace("_meter", "_pump")))
    assert one.cause == other.cause != elsewhere.cause


def test_a_stall_without_a_stack_is_told_all_the_same() -> None:
    problem = stall_problem(Stall(StallKind.PROCESS_PAUSED, 9.0, ""))
    assert problem.summary == "the process was suspended or got no CPU for 9.0 s: unknown"


@in_virtual_time
async def test_a_stall_is_a_problem_event_and_counts() -> None:
    family = Family()
    await family.start()
    sampler, lag = family.child.stall_sampler, family.child.container.loop_lag()
    sampler.lag(0.25)
    sampler.lag(3.14)
    sampler.stall(STALL)
    sampler.lag(0.5)
    sampler.stall(STALL)

    assert (lag.lag_s, lag.lag_s_max, lag.stalls) == (0.5, 3.14, 2)
    assert "read_meter" in lag.last_stall
    await family.clock.sleep(5.0)
    (problem,) = problems(family.child, family.broker)
    assert "busy for 3.1 s: read_meter" in problem
    assert "In task 'thermometer'" in problem
    await family.stop()


@in_virtual_time
async def test_a_node_is_watched_until_its_end() -> None:
    family = Family()
    sampler = family.child.stall_sampler
    assert not sampler.is_watching
    family.child.proactor.start()
    await family.clock.sleep(1.0)
    assert sampler.is_watching
    await family.child.proactor.stop_and_join()
    assert not sampler.is_watching


@pytest.mark.parametrize("kind", StallKind)
def test_each_kind_says_in_words_what_happened(kind: StallKind) -> None:
    assert stall_problem(Stall(kind, 1.0, STACK)).summary.startswith(kind.value)
