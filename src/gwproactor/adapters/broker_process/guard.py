"""Runs a command and kills it when standard input ends, that is, when the parent is gone.

Run as a script: `python guard.py COMMAND ARGUMENTS…`. SIGTERM is passed on. Standard library only.
(PR_SET_PDEATHSIG would end the command with the *thread* that started it, and is Linux only.)
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    asked_to_end: list[int] = []
    # Before the child is there, because a signal in between would end us and leave it running.
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_end.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it will tell us
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    if asked_to_end:
        child.terminate()

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        child.kill()

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    # The watching thread is in a read: an ordinary exit may wait for it.
    os._exit(main(sys.argv[1:]) & 0xFF)
