"""Host names to addresses, in at most one thread for the whole process, and mostly none.

A dead name server holds up to a minute whoever asks it. Here that is one thread, however many
brokers there are; asyncio's default executor would fill up with waiting threads.
"""

import asyncio
import concurrent.futures
import queue
import socket
import threading
from collections.abc import Callable
from typing import TypeAlias

import attrs

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


@attrs.frozen
class Resolved:
    """One address of a host; `family` is socket.AF_INET or AF_INET6."""

    family: socket.AddressFamily
    address: SocketAddress


LookUp: TypeAlias = Callable[[str, int], tuple[Resolved, ...]]


def look_up(host: str, port: int) -> tuple[Resolved, ...]:
    """The addresses of *host*, as the operating system finds them; blocks."""
    return _addresses(host, port, 0)


def _addresses(host: str, port: int, flags: int) -> tuple[Resolved, ...]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    # typeshed: a Python built without IPv6 gives (int, bytes) for an IPv6 address.
    return tuple(Resolved(family, address) for family, _, _, _, address in answers)  # type: ignore[arg-type]


@attrs.frozen
class _Lookup:
    host: str
    port: int
    answer: "concurrent.futures.Future[tuple[Resolved, ...]]" = attrs.field(
        factory=concurrent.futures.Future
    )


class Resolver:
    """Looks names up one after the other. Safe to use from several loops.

    *look_up* blocks, and raises OSError or UnicodeError.
    """

    def __init__(self, look_up: LookUp = look_up) -> None:
        self._look_up = look_up
        self._lookups: queue.SimpleQueue[_Lookup] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    async def resolve(self, host: str, port: int) -> tuple[Resolved, ...]:
        """The addresses of *host*, in the order in which to try them; never from a cache of ours.

        An IP address needs no thread. Raises OSError, or UnicodeError if *host* cannot be a name.
        Cancelled before its turn, a lookup is not made.
        """
        try:
            return _addresses(host, port, socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            lookup = _Lookup(host, port)
            self._lookups.put(lookup)
            self._start()
            return await asyncio.wrap_future(lookup.answer)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # A daemon, unlike an executor's thread: a dead name server must not hold up exit.
                thread = threading.Thread(target=self._run, name="gwproactor-dns", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while (lookup := self._next()) is not None:
            if lookup.answer.set_running_or_notify_cancel():
                try:
                    lookup.answer.set_result(self._look_up(lookup.host, lookup.port))
                except Exception as error:  # raised again by whoever asked
                    lookup.answer.set_exception(error)

    def _next(self) -> _Lookup | None:
        """None: there is none, and the thread must end, as whoever comes now starts another."""
        with self._starting:
            try:
                return self._lookups.get_nowait()
            except queue.Empty:
                self._thread = None
                return None


RESOLVER = Resolver()
