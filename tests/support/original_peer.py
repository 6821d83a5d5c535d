"""A node of the original library in a process of its own: see tests/interop/original_node.py."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import attrs

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-interop" / "bin" / "python"
NURSERY: Final = ROOT / "tests" / "interop" / "original_nursery.py"
# Only a failing test waits so long.
DEADLINE_S: Final = 20.0
LOG_BYTES_SHOWN: Final = 4_000
# One line holds all events that a test may ask for.
LINE_BYTES_MAX: Final = 1 << 26

MESSAGE_BYTES_MAX: Final = 65_536

# What another program says: checked by the assertions of the tests, not by mypy.
Reply: TypeAlias = dict[str, Any]


class OriginalPeerError(AssertionError):
    """The original did not do what the test waits for; the text ends with its log."""


@attrs.frozen
class OriginalEvent:
    """An event that the original handed to its app; `class_name` is its python class."""

    src: str
    message_id: str
    type_name: str
    class_name: str
    fields: Mapping[str, Any]


class OriginalNursery:
    """Starts and ends nodes of the original, in processes of their own.

    Raises OriginalPeerError if it cannot be started.
    """

    def __init__(self, log_path: Path) -> None:
        self._asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [PYTHON, NURSERY, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
            )
        if self._asking.recv(MESSAGE_BYTES_MAX) != b"ready":
            self.close()
            raise OriginalPeerError(f"it cannot be imported:\n{_end_of(log_path)}")

    def start(self, arguments: list[str], files: list[int]) -> int:
        """Run the script on these three files as stdin, stdout and stderr; the process's number."""
        request = json.dumps({"start": arguments}).encode()
        socket.send_fds(self._asking, [request], files)
        pid: int = json.loads(self._asking.recv(MESSAGE_BYTES_MAX))["pid"]
        return pid

    def kill(self, pid: int) -> None:
        """End a process as `kill -9` does, once; one that has ended already is only tidied up."""
        self._asking.send(json.dumps({"kill": pid}).encode())
        self._asking.recv(MESSAGE_BYTES_MAX)

    def close(self) -> None:
        self._asking.close()
        self._process.wait()


@attrs.define
class OriginalPeer:
    """One process, and the conversation with it. Start it with `started`."""

    _nursery: OriginalNursery
    _pid: int
    _requests: BinaryIO
    _log_path: Path
    _reading: asyncio.Task[None] | None = None
    _is_gone: bool = False
    _asked: int = 0
    _answers: dict[int, asyncio.Future[Reply]] = attrs.Factory(dict)

    @classmethod
    async def started(
        cls, nursery: OriginalNursery, arguments: list[str], log_path: Path
    ) -> "OriginalPeer":
        """Run the script; returns when it answers."""
        stdin, requests = os.pipe()
        replies, stdout = os.pipe()
        with log_path.open("ab") as log:
            pid = nursery.start(arguments, [stdin, stdout, log.fileno()])
        os.close(stdin)
        os.close(stdout)
        peer = cls(nursery, pid, os.fdopen(requests, "wb", buffering=0), log_path)
        peer._reading = asyncio.create_task(peer._read(replies), name="original peer")
        await peer.state()
        return peer

    async def ask(self, command: str, **fields: object) -> Reply:
        """The reply to one command. Raises OriginalPeerError if none comes, or an error."""
        self._asked += 1
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._answers[self._asked] = answer
        request = {"id": self._asked, "command": command, **fields}
        # It reads all the time, and what it is asked is far smaller than a pipe.
        self._requests.write(json.dumps(request).encode() + b"\n")
        try:
            # The process itself ends a `wait` in time.
            async with asyncio.timeout(2 * DEADLINE_S):
                reply = await answer
        except TimeoutError:
            raise self._error(f"it did not answer {command!r}") from None
        if not reply["ok"]:
            raise self._error(f"it refused {request}: {reply['error']}")
        return reply

    async def wait(self, **facts: object) -> Reply:
        """The node's facts once all of *facts* hold; see `wait` in the script."""
        reply = await self.ask("wait", until=facts, timeout=DEADLINE_S)
        if not reply["met"]:
            raise self._error(f"waited in vain for {facts}; it has {reply['state']}")
        state: Reply = reply["state"]
        return state

    async def state(self) -> Reply:
        """The node's facts now."""
        state: Reply = (await self.ask("state"))["state"]
        return state

    async def generate(self, n: int = 1, **fields: object) -> list[str]:
        """Have its app generate *n* events; their ids."""
        return list((await self.ask("generate", n=n, **fields))["ids"])

    async def events(self, *, also_messages: bool = False) -> list[OriginalEvent]:
        """What its app was given, in order, duplicates too."""
        events = (await self.ask("events", all=also_messages))["events"]
        names = ("Src", "MessageId", "TypeName", "class", "fields")
        return [OriginalEvent(*(event[name] for name in names)) for event in events]

    async def stop(self) -> None:
        """Stop it in good order."""
        await self.ask("stop")
        assert self._reading is not None
        await self._reading  # until its stdout is closed
        await self.kill()

    async def kill(self) -> None:
        """End it as `kill -9` does. Idempotent."""
        if not self._is_gone:
            self._is_gone = True
            self._nursery.kill(self._pid)
            self._requests.close()
            if self._reading is not None:
                await self._reading

    async def _read(self, replies: int) -> None:
        reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(replies, "rb", buffering=0)
        )
        while line := await reader.readline():
            reply = json.loads(line)
            answer = self._answers.pop(reply["id"], None)
            if answer is not None and not answer.done():
                answer.set_result(reply)
        transport.close()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(self._error("it ended before it answered"))

    def _error(self, what: str) -> OriginalPeerError:
        return OriginalPeerError(
            f"the original: {what}; its log ends with:\n{_end_of(self._log_path)}"
        )


def _end_of(log_path: Path) -> str:
    log = log_path.read_bytes()[-LOG_BYTES_SHOWN:].decode("utf-8", "replace")
    return log or "(empty)"
