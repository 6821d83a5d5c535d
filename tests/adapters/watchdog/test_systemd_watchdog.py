"""systemd's protocol: which environment means what, and what is in the datagrams."""

import logging
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from gwproactor.adapters.watchdog import SystemdWatchdog
from tests.support.notify_socket import NotifySocket

OURS = 4711


@attrs.frozen
class From:
    """What an environment makes of the watchdog, and of the log."""

    watchdog: SystemdWatchdog | None
    warnings: list[str]


def from_environment(caplog: pytest.LogCaptureFixture, **environment: str) -> From:
    with caplog.at_level(logging.WARNING):
        watchdog = SystemdWatchdog.from_environment(environment, OURS)
    return From(watchdog, [record.getMessage() for record in caplog.records])


# The environment


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"WATCHDOG_USEC": "1000"}])
def test_without_a_socket_there_is_no_service_manager(
    environment: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert from_environment(caplog, **environment) == From(None, [])


@pytest.mark.parametrize("process_id", ["", str(OURS)])
def test_pats_are_due_in_half_of_the_time(
    process_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = from_environment(
        caplog, NOTIFY_SOCKET="/run/n", WATCHDOG_USEC="30000000", WATCHDOG_PID=process_id
    )
    assert found.watchdog is not None
    assert found.watchdog.pat_every_s == 15.0
    assert found.watchdog.description == "systemd at /run/n"
    assert found.warnings == []


def test_without_a_watchdog_time_the_socket_is_used_and_nobody_patted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = from_environment(caplog, NOTIFY_SOCKET="@n")
    assert found.watchdog is not None
    assert found.watchdog.pat_every_s is None
    assert found.watchdog.description == "systemd at @n, which wants no pats"
    assert found.warnings == []


@pytest.mark.parametrize("process_id", ["4712", "1", "4711x", "nobody"])
def test_the_service_of_another_process_is_left_alone(
    process_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = from_environment(
        caplog, NOTIFY_SOCKET="/run/n", WATCHDOG_USEC="30000000", WATCHDOG_PID=process_id
    )
    assert found.watchdog is None
    (warning,) = found.warnings
    assert process_id in warning
    assert "this process is 4711" in warning


@pytest.mark.parametrize(
    "microseconds", ["ten", "0", "-30000000", "1.5", "1e6", "30s", "9" * 400, "9" * 9_999, " "]
)
def test_a_senseless_watchdog_time_is_a_warning_and_no_pats(
    microseconds: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = from_environment(caplog, NOTIFY_SOCKET="/run/n", WATCHDOG_USEC=microseconds)
    assert found.watchdog is not None
    assert found.watchdog.pat_every_s is None
    (warning,) = found.warnings
    assert warning.startswith(f"WATCHDOG_USEC is {microseconds[:100]!r}, which is no number")


def test_a_very_short_watchdog_time_does_not_keep_the_loop_busy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = from_environment(caplog, NOTIFY_SOCKET="/run/n", WATCHDOG_USEC="1")
    assert found.watchdog is not None
    assert found.watchdog.pat_every_s == 0.01


@pytest.mark.parametrize("address", ["notify", "vsock:2:1234", "./n"])
def test_an_address_of_no_known_kind_is_a_warning(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = from_environment(caplog, NOTIFY_SOCKET=address)
    assert found.watchdog is None
    (warning,) = found.warnings
    assert warning.startswith(f"NOTIFY_SOCKET is {address!r}, which is neither")


# The datagrams


@pytest.fixture(params=["a path", "an abstract name"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"@{tmp_path}" if request.param == "an abstract name" else str(tmp_path / "notify")


async def test_each_word_is_a_datagram_of_its_own(address: str) -> None:
    with NotifySocket.at(address) as listener:
        watchdog = SystemdWatchdog(address, 1.0)
        watchdog.ready()
        watchdog.status("links: 1 of 1 active")
        watchdog.pat()
        watchdog.stopping()
        heard = [await listener.next_lines() for _ in range(4)]
        await watchdog.close()
    assert heard == [["READY=1"], ["STATUS=links: 1 of 1 active"], ["WATCHDOG=1"], ["STOPPING=1"]]


async def test_a_status_is_one_line_and_told_when_it_changes(address: str) -> None:
    with NotifySocket.at(address) as listener:
        watchdog = SystemdWatchdog(address)
        for text in ("one\nWATCHDOG=1", "one\nWATCHDOG=1", "zwölf"):
            watchdog.status(text)
        lines = listener.lines()
        await watchdog.close()
    assert lines == ["STATUS=one WATCHDOG=1", "STATUS=zwölf"]


async def test_what_could_not_be_sent_goes_with_what_is_sent_next_pats_aside(
    tmp_path: Path,
) -> None:
    troubles: list[str] = []
    watchdog = SystemdWatchdog(str(tmp_path / "notify"), 1.0)
    watchdog.listen(troubles.append)
    watchdog.ready()
    watchdog.pat()
    watchdog.status("alone")
    with NotifySocket.at(tmp_path / "notify") as listener:
        watchdog.status("alone")
        watchdog.status("alone")
        assert listener.lines() == ["READY=1", "STATUS=alone"]
    await watchdog.close()
    assert troubles == [f"cannot reach {tmp_path / 'notify'}: No such file or directory"] * 3


async def test_a_service_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    """Its queue holds some hundred datagrams at most; a blocking socket would wait for ever."""
    troubles: list[str] = []
    with NotifySocket.at(tmp_path / "notify") as listener:
        watchdog = SystemdWatchdog(listener.address, 1.0)
        watchdog.listen(troubles.append)
        for _ in range(100_000):
            watchdog.pat()
            if troubles:
                break
        assert troubles == [f"cannot reach {listener.address}: Resource temporarily unavailable"]
        listener.lines()
        watchdog.pat()
        assert listener.lines() == ["WATCHDOG=1"]
        await watchdog.close()


@pytest.mark.parametrize("address", ["/" + "x" * 500, "/proc/notify", "@"])
async def test_a_socket_that_cannot_be_is_trouble_and_never_an_exception(address: str) -> None:
    troubles: list[str] = []
    watchdog = SystemdWatchdog(address, 1.0)
    watchdog.listen(troubles.append)
    watchdog.pat()
    await watchdog.close()
    (trouble,) = troubles
    assert trouble.startswith(f"cannot reach {address}: ")
