"""The end of a thread, as something to await."""

import asyncio
import threading
from contextlib import suppress


class ThreadEnd:
    """Wakes every coroutine that waits for it, on any loop, with no polling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = False
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Return when `tell` was called."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._ended:
                return
            self._waiting.append(ended)
        try:
            await ended
        finally:
            with self._lock:
                self._waiting.remove(ended)

    def tell(self) -> None:
        """Say that the thread ends now. Called in the thread, once."""
        with self._lock:
            self._ended = True
            waiting = tuple(self._waiting)
        for ended in waiting:
            # A loop that is closed does not wait any more.
            with suppress(RuntimeError):
                ended.get_loop().call_soon_threadsafe(_set, ended)


def _set(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
