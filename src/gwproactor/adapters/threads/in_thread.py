"""One blocking call in a thread of its own, which is never left behind by whoever awaits it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

LOG: Final = logging.getLogger("gwproactor")

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(
    thread_name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """What *function* returns or raises, called in a thread *thread_name*.

    Returns only when the thread has ended: if cancelled meanwhile, the cancellation goes on
    afterwards, and what the function raised is only logged. The thread is a daemon: one that hangs
    keeps no process alive. `asyncio.to_thread` does neither.
    """
    call, ended = Future[T](), asyncio.Event()
    tell = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set)
    work = partial(function, *args, **kwargs)
    run = copy_context().run
    threading.Thread(
        target=lambda: _work(call, lambda: run(work), tell), name=thread_name, daemon=True
    ).start()
    cancelled: asyncio.CancelledError | None = None
    while not ended.is_set():
        try:
            await ended.wait()
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return call.result()
    failure = call.exception()
    if failure is not None:
        LOG.error("%r failed after it was cancelled", thread_name, exc_info=failure)
    raise cancelled


def _work(call: Future[T], work: Callable[[], T], tell: Callable[[], object]) -> None:
    try:
        call.set_result(work())
    except BaseException as error:  # raised again by whoever awaits it
        call.set_exception(error)
    with suppress(RuntimeError):  # the loop was closed: nobody waits any more
        tell()
