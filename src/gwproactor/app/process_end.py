"""The end of a process in bounded time, whatever is left behind in it."""

import _thread
import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NoReturn

import attrs

from gwproactor.adapters.stacks import InterpreterStacks
from gwproactor.domain.coroutine_stack import coroutine_stack

LOG: Final = logging.getLogger("gwproactor")

# For what still works when the node has stopped, as a call in `asyncio.to_thread` does that cannot
# be cancelled. More delays the restart of a node that has given up.
LEFTOVERS_S_MAX: Final = 5.0
# A log that blocks must not keep the process from ending.
LAST_WORDS_S_MAX: Final = 1.0


def end_process(code: int, say: Callable[[], None] = lambda: None) -> NoReturn:
    """End the process with *code*, whatever hangs: *say* and what was written get a moment to come
    out, nothing is closed. Any thread.
    """
    is_said = _thread.allocate_lock()
    is_said.acquire()

    def say_and_flush() -> None:
        try:
            say()
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            is_said.release()

    _thread.start_new_thread(say_and_flush, ())
    is_said.acquire(timeout=LAST_WORDS_S_MAX)
    os._exit(code)


@attrs.define(eq=False)
class EndGuard:
    """Gives everything that could keep the process 5 s from `begin`, until the interpreter itself
    ends; what is left then is logged with its stack, and the process ended with *code*.
    """

    loop: asyncio.AbstractEventLoop
    code: int

    def begin(self) -> None:
        """Start the thread, which nobody waits for."""
        thread = threading.Thread(target=self._guard, name="gwproactor end", daemon=True)
        thread.start()

    def _guard(self) -> None:
        threading.Event().wait(LEFTOVERS_S_MAX)
        left = "(it cannot be told)"
        try:
            left = "\n".join(self._leftovers())
        finally:
            end_process(self.code, partial(self._say, left))

    def _say(self, left: str) -> None:
        LOG.critical(
            "the node has ended, and so must the process: exit code %d, without what is left after "
            "%g s:\n%s",
            self.code,
            LEFTOVERS_S_MAX,
            left,
        )

    def _leftovers(self) -> Iterator[str]:
        for task in asyncio.all_tasks(self.loop):
            yield f"Task {task.get_name()!r}:\n{coroutine_stack(task.get_coro())}"
        # Others end with the process. The main one shows what it waits for.
        names = dict.fromkeys(one.name for one in threading.enumerate() if not one.daemon)
        for name in names:
            yield f"Thread {name!r}:\n{InterpreterStacks().of_thread(name) or ''}"
