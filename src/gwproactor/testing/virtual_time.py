"""Runs a coroutine in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from gwproactor.adapters.memory.clock import VirtualTimeLoop

T = TypeVar("T")


def run_in_virtual_time(
    main: Coroutine[Any, Any, T] | Callable[[], Coroutine[Any, Any, T]],
) -> T:
    """What *main* returns, run on a `VirtualTimeLoop` of its own: like `asyncio.run`, at once.

    Raises `NothingToWaitForError` if *main* can never end.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main if isinstance(main, Coroutine) else main())
