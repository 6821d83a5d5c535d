"""Runs a coroutine in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from gwproactor.adapters.memory.clock import VirtualTimeLoop

P = ParamSpec("P")
T = TypeVar("T")


def run_in_virtual_time(
    main: Coroutine[Any, Any, T] | Callable[[], Coroutine[Any, Any, T]],
) -> T:
    """What *main* returns, run on a `VirtualTimeLoop` of its own: like `asyncio.run`, at once.

    Raises `NothingToWaitForError` if *main* can never end.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main if isinstance(main, Coroutine) else main())


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """*test* as a plain function that any runner can call; each call has a loop of its own."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_in_virtual_time(test(*args, **kwargs))

    return run
