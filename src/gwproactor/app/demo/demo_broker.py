"""The broker of the demo: iotcore in a process of ours, or one that somebody else runs."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from gwproactor.adapters.broker_process import BrokerStartError, IotcoreBroker
from gwproactor.app.demo.options import BrokerUrl
from gwproactor.app.demo.waiting import within
from gwproactor.ports.clock import Clock

REACH_S: Final = 5.0


class NoBrokerError(Exception):
    """There is no broker to run the demo with; the message says why, and what to do."""


class DemoBroker(Protocol):
    """A broker; what `is_ours` can be taken away."""

    @property
    def name(self) -> str:
        """Which broker it is, for people."""
        ...

    @property
    def is_ours(self) -> bool: ...

    @property
    def url(self) -> BrokerUrl:
        """To be read after the first `bring`."""
        ...

    async def bring(self) -> None:
        """Return when it accepts connections, always at the same address. Raises NoBrokerError."""
        ...

    async def take_away(self) -> None:
        """Kill it. Idempotent; without effect if it is not ours."""
        ...


class EmbeddedBroker:
    """iotcore on a free port of the loopback interface."""

    name = "iotcore"
    is_ours = True

    def __init__(self, folder: Path) -> None:
        self._broker = IotcoreBroker(folder)

    @property
    def url(self) -> BrokerUrl:
        return BrokerUrl(self._broker.host, self._broker.port)

    async def bring(self) -> None:
        try:
            await _in_thread(self._broker.start)
        except BrokerStartError as error:
            hint = "Or name a running broker: gwproactor demo --broker mqtt://HOST:PORT"
            raise NoBrokerError(f"{error}\n{hint}") from error

    async def take_away(self) -> None:
        await _in_thread(self._broker.kill)


class ForeignBroker:
    """A broker that is not ours to end."""

    name = "running already"
    is_ours = False

    def __init__(self, url: BrokerUrl, clock: Clock) -> None:
        self.url = url
        self._clock = clock

    async def bring(self) -> None:
        try:
            reached = await within(self._clock, REACH_S, self._reach())
        except OSError as error:
            raise NoBrokerError(
                f"cannot reach the broker at {self.url}: {_cause(error)}"
            ) from error
        if not reached:
            raise NoBrokerError(
                f"cannot reach the broker at {self.url}: no answer in {REACH_S:g} s"
            )

    async def take_away(self) -> None:
        pass

    async def _reach(self) -> None:
        _, writer = await asyncio.open_connection(self.url.host, self.url.port)
        writer.close()


async def _in_thread(call: Callable[[], None]) -> None:
    """Like asyncio.to_thread, but ends only with the call, also if cancelled: whoever cleans up
    then must not meet it half done.
    """
    running = asyncio.create_task(asyncio.to_thread(call))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _cause(error: OSError) -> str:
    # asyncio words a refusal as "Connect call failed" with the address.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)
