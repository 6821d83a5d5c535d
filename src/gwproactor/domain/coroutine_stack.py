"""Where a coroutine is that waits for something."""

from collections.abc import Iterator
from traceback import StackSummary
from types import FrameType
from typing import Final

FRAMES_MAX: Final = 100


def coroutine_stack(coroutine: object) -> str:
    """The stack of a suspended *coroutine* and of all that it awaits, innermost call last, as in a
    traceback; empty if it has ended. Of one that runs, no more than itself is seen.
    """
    frames = [(frame, frame.f_lineno) for frame in _frames(coroutine)]
    return "".join(StackSummary.extract(iter(frames)).format())


def _frames(awaited: object) -> Iterator[FrameType]:
    for _ in range(FRAMES_MAX):
        for prefix, awaits in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = getattr(awaited, f"{prefix}_frame", None)
            if frame is not None:
                yield frame
                awaited = getattr(awaited, awaits, None)
                break
        else:
            return
