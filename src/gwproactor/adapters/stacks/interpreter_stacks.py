"""`Stacks` by `sys._current_frames`, which CPython has for debugging."""

import sys
import threading
import traceback
from collections.abc import Iterator


class InterpreterStacks:
    """The threads of this process, by the names that `threading` knows.

    A thread goes on while its stack is read, so the innermost line may be of a moment later than
    the others. What a call into C does is not seen, only who made it.
    """

    def of_thread(self, name: str) -> str | None:
        """Threads that share the name are given one after the other."""
        return "\n".join(stack for each, stack in _stacks() if each == name) or None

    def of_all_threads(self) -> str:
        return "\n".join(f"Thread {name!r}:\n{stack}" for name, stack in _stacks())


def _stacks() -> Iterator[tuple[str, str]]:
    """Name and stack of each thread that runs Python."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        # One that is about to start, or has just ended, has no frame.
        if thread.ident in frames:
            yield thread.name, "".join(traceback.format_stack(frames[thread.ident]))
