"""A newcomer's path, timed: from the wheel and a clean HOME to an event at a parent.

python3 dev newcomer

Follows docs/getting-started.md and tells what each step took; exit code 1 if one fails.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.newcomer.ground import StepFailedError
from tests.newcomer.path import Newcomer


def timed(what: str, step: Callable[[], object]) -> None:
    began = time.monotonic()
    step()
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def main() -> int:
    if len(sys.argv) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    # Else nobody would end what runs in the terminals.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="gwproactor-newcomer-") as folder:
        newcomer = Newcomer(Path(folder), timed)
        try:
            timed("in all", newcomer.walk)
        except (StepFailedError, OSError, subprocess.TimeoutExpired) as error:
            print("\n".join([str(error), *getattr(error, "__notes__", [])]), file=sys.stderr)
            return 1
    return 0


sys.exit(main())
