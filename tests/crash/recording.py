"""Runs a workload on SQLite in a child process, because the VFS is registered for good.

`python -m tests.crash.recording FOLDER FIRST` takes a pickled workload on its standard input and
writes the pickled log to its standard output.
"""

import asyncio
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

from tests.crash.cuts import KILL
from tests.crash.disk import EMPTY, Disk, Image
from tests.crash.images import SCRATCH, written
from tests.crash.oplog import Entry, Told
from tests.crash.python_calls import is_recorded, record_python_calls
from tests.crash.sqlite_vfs import RecordingVfs

ROOT: Final = Path(__file__).parents[2]


class Workload(Protocol):
    async def run(self, folder: Path, log: list[Entry], first: int) -> None:
        """Do it in *folder*, with events from index *first* on; append to *log* what was told."""
        ...


def record(workload: Workload, *, start: Image = EMPTY, first: int = 0) -> list[Entry]:
    """The log of *workload* in a folder that holds *start*; events from index *first* on."""
    with TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name, "recorded")
        written(start, folder)
        command = [sys.executable, "-m", "tests.crash.recording", str(folder), str(first)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            input=pickle.dumps(workload),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        log: list[Entry] = pickle.loads(done.stdout)
        assert_complete(log, start, folder)
    return log


def assert_complete(log: list[Entry], start: Image, folder: Path) -> None:
    """What was recorded leads to the files that are there, so nothing went past the recorder."""
    disk = Disk(start)
    for entry in log:
        if not isinstance(entry, Told):
            disk.play(entry)
    played = disk.image(KILL).files
    there = {path for path in folder.rglob("*") if path.is_file() and is_recorded(str(path))}
    assert {str(path.relative_to(folder)) for path in there} == set(played)
    assert all((folder / path).read_bytes() == content for path, content in played.items())


def main(folder: Path, first: int) -> None:
    workload: Workload = pickle.load(sys.stdin.buffer)
    log: list[Entry] = []
    vfs = RecordingVfs(folder, log)
    record_python_calls(folder, log)
    # The writer thread then takes whole batches, and the log is the same in every run.
    sys.setswitchinterval(1)
    asyncio.run(run(workload, folder, log, first))
    if vfs.trouble is not None:
        raise vfs.trouble
    pickle.dump(log, sys.stdout.buffer)


async def run(workload: Workload, folder: Path, log: list[Entry], first: int) -> None:
    asyncio.get_running_loop().set_exception_handler(give_up)
    await workload.run(folder, log, first)


def give_up(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Else a callback of ours that raised would be waited for without end."""
    traceback.print_exception(context.get("exception"))
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
