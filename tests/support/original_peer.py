"""A node of the original library in a process of its own: see tests/interop/original_node.py."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-interop" / "bin" / "python"
SCRIPT: Final = ROOT / "tests" / "interop" / "original_node.py"
# Only a failing test waits so long.
DEADLINE_S: Final = 20.0
LOG_BYTES_SHOWN: Final = 4_000
# One line holds all events that a test may ask for.
LINE_BYTES_MAX: Final = 1 << 26

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


@attrs.define
class OriginalPeer:
    """One process, and the conversation with it. Start it with `started`."""

    _process: asyncio.subprocess.Process
    _log_path: Path
    _reading: asyncio.Task[None] | None = None
    _asked: int = 0
    _answers: dict[int, asyncio.Future[Reply]] = attrs.Factory(dict)

    @classmethod
    async def started(cls, arguments: list[str], log_path: Path) -> "OriginalPeer":
        """Run the script; returns when it answers."""
        with log_path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(PYTHON),
                str(SCRIPT),
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=LINE_BYTES_MAX,
            )
        peer = cls(process, log_path)
        peer._reading = asyncio.create_task(peer._read(), name="original peer")
        await peer.state()
        return peer

    async def ask(self, command: str, **fields: object) -> Reply:
        """The reply to one command. Raises OriginalPeerError if none comes, or an error."""
        self._asked += 1
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._answers[self._asked] = answer
        assert self._process.stdin is not None
        request = {"id": self._asked, "command": command, **fields}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
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
        await self._ended()

    async def kill(self) -> None:
        """End it as `kill -9` does. Idempotent."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._ended()

    async def _ended(self) -> None:
        await self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._reading is not None:
            await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            reply = json.loads(line)
            answer = self._answers.pop(reply["id"], None)
            if answer is not None and not answer.done():
                answer.set_result(reply)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(self._error("it ended before it answered"))

    def _error(self, what: str) -> OriginalPeerError:
        log = self._log_path.read_bytes()[-LOG_BYTES_SHOWN:].decode("utf-8", "replace")
        return OriginalPeerError(f"the original: {what}; its log ends with:\n{log or '(empty)'}")
