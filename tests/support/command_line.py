"""`gwproactor` as a process: started, listened to, ended."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.child_process import SRC

COMMAND = [sys.executable, "-c", "from gwproactor.app.cli import main; main()"]
ENDS_WITHIN_S = 30.0


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of a user whose home is *home*, and who has set *more*."""
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), "COLUMNS": "120"}
    return plain | {"HOME": str(home)} | dict(more or {})


def gwproactor(
    *arguments: object, folder: Path, more: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """The command in *folder*, ended."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        env=environment(folder, more),
        timeout=ENDS_WITHIN_S,
    )


@contextlib.contextmanager
def running(
    *arguments: object, folder: Path, more: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[str]]":
    """The command while it runs; at the end it is killed, unless it has ended."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(folder, more),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: "subprocess.Popen[str]") -> str:
    """The next line of its standard output."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code, what was still written, and what was said."""
    out, err = process.communicate(timeout=ENDS_WITHIN_S)
    return process.returncode, out, err
