"""Pats by real commands: exit codes, commands that hang, and what they started."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from gwproactor.adapters.watchdog import (
    CommandWatchdog,
    ExternalWatchdogCommandBuilder,
    SystemDWatchdogCommandBuilder,
)
from gwproactor.adapters.watchdog.command_watchdog import THREAD_NAME
from gwproactor.testing.external_watchdog_contract import listened

S_MAX = 10.0
# Longer than any wait here; short enough to be gone soon if a test fails.
HANGS = "sleep 30"


@pytest.fixture(autouse=True)
def _as_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSE_RUNNING_AS_SERVICE", "1")


def shell(script: str, *, timeout_s: float | None = None) -> CommandWatchdog:
    return CommandWatchdog(
        ExternalWatchdogCommandBuilder, "house", args=["sh", "-c", script], timeout_s=timeout_s
    )


async def first_trouble(watchdog: CommandWatchdog) -> str:
    troubles = listened(watchdog)
    watchdog.pat()
    trouble, _ = await asyncio.wait_for(troubles.get(), S_MAX)
    await watchdog.close()
    return trouble


def test_outside_of_a_service_nobody_is_patted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSE_RUNNING_AS_SERVICE")
    watchdog = CommandWatchdog(SystemDWatchdogCommandBuilder, "house")
    assert watchdog.pat_every_s is None
    assert watchdog.description.startswith("none: HOUSE_RUNNING_AS_SERVICE is not set")
    watchdog.pat()  # No loop runs here, and no command.


def test_it_says_which_command_it_runs_and_how_often() -> None:
    watchdog = CommandWatchdog(SystemDWatchdogCommandBuilder, "house")
    assert watchdog.description == f"the command 'systemd-notify --pid={os.getpid()} WATCHDOG=1'"
    assert watchdog.pat_every_s == 9.0


async def test_the_exit_code_is_told() -> None:
    """Hazard 13: a pat that fails ends nothing."""
    assert await first_trouble(shell("exit 3")) == "'sh' ended with exit code 3"


async def test_a_command_that_is_not_there_is_told() -> None:
    watchdog = CommandWatchdog(ExternalWatchdogCommandBuilder, "house", args=["/nowhere/pat"])
    trouble = await first_trouble(watchdog)
    assert trouble.startswith("cannot run '/nowhere/pat': ")
    assert "No such file" in trouble


async def test_a_command_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    pipe = tmp_path / "held open by both"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    script = f"exec 3> '{pipe}'; {HANGS} & {HANGS}"
    trouble = await first_trouble(shell(script, timeout_s=0.5))
    assert trouble == "'sh' took longer than 0.5 s and was killed"
    await asyncio.wait_for(end_of(reader), S_MAX)
    os.close(reader)


async def test_the_loop_goes_on_while_a_command_runs() -> None:
    watchdog = shell(HANGS)
    watchdog.pat()
    for _ in range(100):
        await asyncio.sleep(0)
    await asyncio.wait_for(watchdog.close(), S_MAX)


async def test_one_command_runs_at_a_time_and_pats_meanwhile_are_one_more(tmp_path: Path) -> None:
    go, runs = tmp_path / "go", tmp_path / "runs"
    os.mkfifo(go)
    both_ends = os.open(go, os.O_RDWR)
    watchdog = shell(f"echo run >> '{runs}'; read line < '{go}'; exit 1")
    troubles = listened(watchdog)
    before = runs_now()
    for _ in range(5):
        watchdog.pat()
    assert len(runs_now() - before) == 1
    for _ in range(2):
        os.write(both_ends, b"go\n")
        await asyncio.wait_for(troubles.get(), S_MAX)
    await watchdog.close()
    os.close(both_ends)
    assert runs.read_text() == "run\nrun\n"


async def test_closing_kills_what_runs_and_tells_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "held open"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    watchdog = shell(f"exec 3> '{pipe}'; printf x >&3; {HANGS}")
    troubles = listened(watchdog)
    watchdog.pat()
    await asyncio.wait_for(readable(reader), S_MAX)
    assert os.read(reader, 1) == b"x"
    await asyncio.wait_for(watchdog.close(), S_MAX)
    await asyncio.wait_for(end_of(reader), S_MAX)
    os.close(reader)
    assert troubles.empty()


def test_a_run_outlives_its_loop_without_a_word(tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    watchdog = shell(f"cat '{go}'")

    async def only_pat() -> None:
        watchdog.pat()

    before = runs_now()
    asyncio.run(only_pat())
    (run,) = runs_now() - before
    with go.open("wb"):
        pass
    run.join(S_MAX)
    assert not run.is_alive()


def runs_now() -> set[threading.Thread]:
    """The threads of commands; one of a test before may be about to end."""
    return {thread for thread in threading.enumerate() if thread.name == THREAD_NAME}


async def readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    is_readable = asyncio.Event()
    loop.add_reader(descriptor, is_readable.set)
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(descriptor)


async def end_of(descriptor: int) -> None:
    """Return when nobody has the other end of the pipe *descriptor* open."""
    await readable(descriptor)
    assert os.read(descriptor, 1) == b""
