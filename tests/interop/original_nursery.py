"""Starts nodes of the original as fast as a fork: its import takes a second of a processor.

    original_nursery.py SOCKET    (SOCKET is the number of an inherited SEQPACKET socket)

It sends `ready` once everything is imported. Each request is an object and gets one in reply:

    {"start": arguments of original_node.py}, with three files: stdin, stdout, stderr -> {"pid": …}
    {"kill": pid}  as `kill -9` does, or not if it has ended already; the reply says it is gone

It ends when the socket is closed; the nodes end when their stdin is.
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import traceback

import original_node


def start(arguments: list[str], files: list[int]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            for number, file in enumerate(files):
                os.dup2(file, number)
            os.closerange(3, max(files) + 1)
            sys.argv = ["original_node.py", *arguments]
            original_node.main()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(2)  # main itself ends the process
    for file in files:
        os.close(file)
    return pid


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)  # until here nobody else can have the same number


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        asking.send(b"ready")
        while True:
            data, files, _, _ = socket.recv_fds(asking, 65_536, 3)
            if not data:
                return
            request = json.loads(data)
            reply = {}
            if "start" in request:
                reply["pid"] = start(request["start"], files)
            else:
                kill(request["kill"])
            asking.send(json.dumps(reply).encode())


if __name__ == "__main__":
    main()
