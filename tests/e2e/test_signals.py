"""A node as a process: what signals and stalls do to it. `docs/running.md` promises this."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.support.running_node import RunningNode, running_node

# A hanging actor is given up after 10 s, a stop without one takes less than 3 s.
AT_ONCE_S = 3.0


def accepted(node: RunningNode) -> set[str]:
    """The ids of all events for which the node's actor got `Accepted`."""
    return {line.removeprefix("accepted ") for line in node.lines if line.startswith("accepted ")}


def reasons(node: RunningNode) -> list[str]:
    return [event["Reason"] for event in node.kept() if "Reason" in event]


@pytest.mark.parametrize("given", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_node_and_everything_accepted_is_on_disk(
    given: signal.Signals, tmp_path: Path
) -> None:
    with running_node(tmp_path, "generates") as node:
        node.until("the meter works")
        for _ in range(20):
            node.until("accepted")
        node.signal(given)
        code, _ = node.ended()

    assert code == 128 + given, node.log()
    assert "Traceback" not in node.log()
    kept = {event["MessageId"] for event in node.kept()}
    assert len(accepted(node)) >= 20
    assert accepted(node) <= kept
    assert reasons(node)[-1] == f"signal {given.name}"


@pytest.mark.parametrize("acting", ["is-slow-to-end", "hangs-in-stop"])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_a_stop_that_hangs_at_once(
    acting: str, second: signal.Signals, tmp_path: Path
) -> None:
    """Also one whose event loop is blocked."""
    with running_node(tmp_path, acting) as node:
        node.until("the meter works")
        node.signal(signal.SIGINT)
        node.until("stopping")
        node.signal(second)
        code, took_s = node.ended()

    assert code == 128 + second, node.log()
    assert took_s < AT_ONCE_S
    assert f"CRITICAL {second.name}, the second signal" in node.log()


def test_two_signals_end_a_node_whose_loop_is_blocked(tmp_path: Path) -> None:
    with running_node(tmp_path, "hangs") as node:
        node.until("in read_the_meter")
        threads = node.threads()
        node.signal(signal.SIGINT)
        while node.threads() == threads:  # Both at once may be taken by another thread: as one.
            os.sched_yield()
        node.signal(signal.SIGTERM)
        code, took_s = node.ended()

    assert code > 128
    assert took_s < AT_ONCE_S
    assert "the second signal" in node.log()


def test_a_node_that_cannot_start_says_why_and_exits_with_1(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.touch()
    with running_node(not_a_folder, "idle") as node:
        code, _ = node.ended()
    assert code == 1
    assert re.search(r"CRITICAL the node cannot start: .*" + str(not_a_folder), node.log())
    assert "Traceback" not in node.log()


def test_a_signal_that_aborts_shows_what_every_thread_does(tmp_path: Path) -> None:
    """SIGABRT is systemd's for a node that no longer pats its watchdog."""
    with running_node(tmp_path, "hangs") as node:
        node.until("the meter works")
        node.until("in read_the_meter")  # The stall: by then the events were written.
        node.signal(signal.SIGABRT)
        code, took_s = node.ended()

    assert code == -signal.SIGABRT
    assert took_s < AT_ONCE_S
    stacks = node.log().partition("Fatal Python error: Aborted")[2]
    assert 'node_to_be_stopped.py", line' in stacks
    assert "in read_the_meter" in stacks
    assert "writer_thread.py" in stacks
    assert stacks.count("hread 0x") >= 3
    assert "gridworks.event.startup" in {event["TypeName"] for event in node.kept()}


def test_a_stall_is_blamed_while_it_lasts_and_reported_once_when_it_is_over(
    tmp_path: Path,
) -> None:
    with running_node(tmp_path, "stalls") as node:
        node.until("the meter works")
        assert "ERROR the event loop was busy for 1." in node.until("busy for")
        assert "In task 'meter'" in node.until("In task")
        node.until("in read_the_meter")
        assert "the meter was read" not in node.log()
        node.until("the meter was read")
        node.until("WARNING the event loop was busy for")
        node.signal(signal.SIGTERM)
        node.ended()

    (problem,) = [event for event in node.kept() if "busy for" in event.get("Summary", "")]
    assert "read_the_meter" in problem["Summary"]
    lasted_s = float(problem["Summary"].partition("busy for ")[2].partition(" s")[0])
    assert 2.0 <= lasted_s <= 4.0
    assert "in read_the_meter" in problem["Details"]
