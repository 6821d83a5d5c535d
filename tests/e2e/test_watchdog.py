"""A real node under a service manager's datagram socket. `docs/watchdog.md` promises this."""

import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gwproactor.app.events.opening import opened
from gwproactor.app.supervision.supervisor import EXIT_GIVEN_UP
from tests.support.child_process import CHILDREN
from tests.support.notify_socket import NotifySocket
from tests.support.running_node import RunningNode, running_command

# After so long without a pat systemd would end the process.
TIMEOUT_S = 2.0
START_S_MAX = 20.0
RATE_MIN = 10_000
HANDLED = re.compile(r"^handled (\d+) by second ([\d.]+)$")


@contextlib.contextmanager
def watched_node(
    folder: Path, working: str, address: str, pid: str = "$$"
) -> Iterator[RunningNode]:
    """`children/watched_node.py` as systemd starts it; killed at the end, if it lives.

    WATCHDOG_PID is *pid*, by default that of the process itself.
    """
    command = [sys.executable, "-u", str(CHILDREN / "watched_node.py"), str(folder), working]
    as_systemd = ["sh", "-c", f'WATCHDOG_PID={pid} exec "$@"', "sh", *command]
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(int(TIMEOUT_S * 1e6))}
    with running_command(as_systemd, folder, environment) as node:
        yield node


def wait_for(line: str, systemd: NotifySocket, within_s: float) -> None:
    """Until *line* was heard; fails after so many seconds."""
    ends_s = time.monotonic() + within_s
    while line not in systemd.heard_within(ends_s - time.monotonic()):
        assert time.monotonic() < ends_s, f"no {line} within {within_s} s"


def test_a_busy_node_keeps_patting_and_one_whose_loop_hangs_does_not(tmp_path: Path) -> None:
    """At 10,000 messages a second."""
    address = f"@gwproactor test {os.getpid()}"
    with (
        NotifySocket.at(address) as systemd,
        watched_node(tmp_path, "busy", address) as node,
    ):
        wait_for("READY=1", systemd, START_S_MAX)
        for _ in range(5):
            wait_for("WATCHDOG=1", systemd, TIMEOUT_S)
        node.signal(signal.SIGUSR1)
        node.until("the loop hangs")
        systemd.lines()
        assert systemd.heard_within(TIMEOUT_S) == [], "a loop that hangs must not pat"
        node.signal(signal.SIGABRT)  # What systemd does now.
        code, _ = node.ended()

    assert code == -signal.SIGABRT
    assert "in hang_for_ever" in node.log().partition("Fatal Python error: Aborted")[2]
    first, *_, last = filter(None, map(HANDLED.match, node.lines))
    rate = (int(last[1]) - int(first[1])) / (float(last[2]) - float(first[2]))
    assert rate >= RATE_MIN


def test_a_node_tells_its_stop_and_its_status_first(tmp_path: Path) -> None:
    with (
        NotifySocket.at(tmp_path / "notify") as systemd,
        watched_node(tmp_path, "busy", systemd.address) as node,
    ):
        wait_for("READY=1", systemd, START_S_MAX)
        wait_for("STATUS=0 of 0 links active, events pending: 0", systemd, TIMEOUT_S)
        node.signal(signal.SIGTERM)
        code, _ = node.ended()
        assert code == 128 + signal.SIGTERM, node.log()
        assert "STOPPING=1" in systemd.lines()


def test_a_node_that_is_not_the_service_itself_is_silent(tmp_path: Path) -> None:
    with (
        NotifySocket.at(tmp_path / "notify") as systemd,
        watched_node(tmp_path, "busy", systemd.address, pid="1") as node,
    ):
        node.until("WARNING WATCHDOG_PID is '1' and this process is")
        node.until("handled")
        node.signal(signal.SIGTERM)
        node.ended()
        assert systemd.lines() == []


def test_a_node_whose_notify_socket_is_gone_works_and_says_so_once(tmp_path: Path) -> None:
    address = str(tmp_path / "nothing here")
    with watched_node(tmp_path, "busy", address) as node:
        node.until(f"the external watchdog has trouble: cannot reach {address}")
        for _ in range(8):  # Two seconds, with at least one more pat.
            node.until("handled")
        node.signal(signal.SIGTERM)
        code, _ = node.ended()
    assert code == 128 + signal.SIGTERM, node.log()
    assert node.log().count("cannot reach") == 1


def test_a_thread_that_hangs_is_named_with_its_stack_and_the_node_given_up(tmp_path: Path) -> None:
    with (
        NotifySocket.at(tmp_path / "notify") as systemd,
        watched_node(tmp_path, "with-a-driver", systemd.address) as node,
    ):
        wait_for("READY=1", systemd, START_S_MAX)
        for _ in range(2):  # It pats for a second or two: all is well.
            wait_for("WATCHDOG=1", systemd, TIMEOUT_S)
        node.signal(signal.SIGUSR1)
        node.until("the thread hangs")
        node.until("ERROR 'driver of the meter' has not patted the watchdog for 1.")
        node.until("in _read_register")
        wait_for("STOPPING=1", systemd, TIMEOUT_S)
        code, _ = node.ended()

    assert code == EXIT_GIVEN_UP, node.log()
    problem = kept_problem(tmp_path, "has not patted")
    assert "in _read_register" in problem["Details"]


def kept_problem(folder: Path, words: str) -> dict[str, str]:
    """The one problem event in the node's sink whose summary contains *words*."""
    with opened(folder / "received.sqlite") as source:
        events = [
            json.loads(record.payload or b"{}") for record in source.records.all(newest_first=False)
        ]
    (problem,) = [event for event in events if words in event.get("Summary", "")]
    assert isinstance(problem, dict)
    return problem
