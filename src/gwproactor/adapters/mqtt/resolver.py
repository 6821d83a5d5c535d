"""Host names to addresses, in at most one thread for the whole process, and mostly none.

A dead name server holds up to a minute whoever asks it. Here that is one thread, however many
brokers there are; asyncio's default executor would fill up with waiting threads.
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import attrs

from gwproactor.adapters.mqtt.worker import Worker

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


class Resolver:
    """Looks names up one after the other. Safe to use from several loops.

    *look_up* blocks, and raises OSError or UnicodeError.
    """

    def __init__(self, look_up: LookUp = look_up) -> None:
        self._look_up = look_up
        self._worker = Worker("gwproactor-dns")

    async def resolve(self, host: str, port: int) -> tuple[Resolved, ...]:
        """The addresses of *host*, in the order in which to try them; never from a cache of ours.

        An IP address needs no thread. Raises OSError, or UnicodeError if *host* cannot be a name.
        Cancelled before its turn, a lookup is not made.
        """
        try:
            return _addresses(host, port, socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            return await self._worker.call(partial(self._look_up, host, port))


RESOLVER = Resolver()
