"""Blocking calls off the loop, in at most one thread for each kind of them, and mostly none."""

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """Makes calls one after the other, in a thread named *name*. Safe to use from several loops."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    async def call(self, blocking: Callable[[], T]) -> T:
        """What *blocking* returns or raises. Cancelled before its turn, it is not called."""
        answer: concurrent.futures.Future[T] = concurrent.futures.Future()

        def call() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(blocking())
                except Exception as error:  # raised again by whoever asked
                    answer.set_exception(error)

        self._calls.put(call)
        self._start()
        return await asyncio.wrap_future(answer)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # A daemon, unlike an executor's thread: what hangs must not hold up exit.
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while (call := self._next()) is not None:
            call()

    def _next(self) -> Callable[[], None] | None:
        """None: there is none, and the thread must end, as whoever comes now starts another."""
        with self._starting:
            try:
                return self._calls.get_nowait()
            except queue.Empty:
                self._thread = None
                return None
