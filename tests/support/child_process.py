"""Programs that tests start, listen to and kill."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

CHILDREN = Path(__file__).parent / "children"
SRC = Path(__file__).parents[2] / "src"


@contextlib.contextmanager
def child(name: str, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """`children/<name>.py` and its output; at the end it is killed, with no chance to tidy up."""
    command = [sys.executable, str(CHILDREN / f"{name}.py"), *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(SRC)}
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


def lines_until_killed(name: str, *arguments: object, count: int) -> list[str]:
    """Every whole line of a child that is killed soon after its line number *count*."""
    with child(name, *arguments) as (process, output):
        lines = [output.readline() for _ in range(count)]
        process.kill()
        lines += output.readlines()
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]
