"""The end of a node's process: that there is one, whatever is left behind in it."""

import signal
from pathlib import Path

import pytest

from gwproactor.app.events.opening import opened
from tests.support.running_node import RunningNode, running_node

# The child waits for half a second, instead of five.
SOON_S = 4.0
ORDINARY = "an ordinary end"


def ended(folder: Path, leaving: str) -> tuple[RunningNode, int]:
    """A node after a signal, and its exit code; fails if its end takes long."""
    with running_node(folder, leaving, program="node_with_leftovers") as node:
        node.until("started")
        node.signal(signal.SIGTERM)
        code, took_s = node.ended()
    assert took_s < SOON_S, node.log()
    return node, code


@pytest.mark.parametrize(
    ("leaving", "named", "where"),
    [
        ("task", "Task 'stubborn'", "in ignore_cancellation"),
        ("call", "Thread 'asyncio_0'", "in read_a_meter_that_never_answers"),
        ("thread", "Thread 'meter'", "in read_a_meter_that_never_answers"),
        ("hook", "Thread 'MainThread'", "in read_a_meter_that_never_answers"),
    ],
)
def test_what_is_left_behind_is_named_and_the_process_ends_with_its_code(
    leaving: str, named: str, where: str, tmp_path: Path
) -> None:
    node, code = ended(tmp_path, leaving)
    assert code == 128 + signal.SIGTERM, node.log()
    last_words = node.log().partition("CRITICAL the node has ended, and so must the process")[2]
    assert named in last_words
    assert where in last_words


def test_a_process_in_which_nothing_is_left_ends_as_any_other(tmp_path: Path) -> None:
    node, code = ended(tmp_path, "nothing")
    assert code == 128 + signal.SIGTERM
    assert node.lines[-1] == ORDINARY
    assert "CRITICAL" not in node.log()


def test_an_exit_on_the_event_loop_stops_the_node_first(tmp_path: Path) -> None:
    with running_node(tmp_path, "exit", program="node_with_leftovers") as node:
        code, _ = node.ended()
    assert code == 3, node.log()
    assert "CRITICAL SystemExit on the event loop: the node stops" in node.log()
    assert "stopped" in node.lines
    assert ORDINARY in node.lines
    with opened(tmp_path / "received.sqlite") as source:
        types = [record.type_name for record in source.records.all(newest_first=False)]
    assert "gridworks.event.shutdown" in types


def test_an_exception_of_the_program_is_shown_and_its_code_is_1(tmp_path: Path) -> None:
    with running_node(tmp_path, "error", program="node_with_leftovers") as node:
        code, _ = node.ended()
    assert code == 1
    assert "ValueError: no such house" in node.log()
    assert node.lines[-1] == ORDINARY
