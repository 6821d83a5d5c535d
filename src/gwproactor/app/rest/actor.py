"""An actor that is a REST poller."""

import asyncio
import contextlib

from typing_extensions import override

from gwproactor.app.actor import Actor
from gwproactor.app.rest.poller import Converter, RESTPoller, null_converter
from gwproactor.app.rest.polling import HttpPolling
from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.sh_node import ShNode
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.failures import Failures
from gwproactor.ports.message_bus import MessageBus


class RESTPollerActor(Actor):
    """Polls on the io loop as *rest* says; the messages that *convert* makes of answers go by the
    bus to whom their headers name.

    *convert* runs on the io loop, and shares nothing with actors. What fails there by
    `raise_exception` is handled by the actor's `failure_policy`; other errors are reported.
    """

    def __init__(
        self,
        name: str,
        rest: RESTPollerSettings,
        polling: HttpPolling,
        *,
        message_bus: MessageBus,
        failures: Failures,
        convert: Converter = null_converter,
        node: ShNode | None = None,
    ) -> None:
        super().__init__(name, node=node)
        self._failures = failures
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poller = RESTPoller(
            name,
            rest,
            polling,
            convert=convert,
            forward=message_bus.send_threadsafe,
            report=self._report_from_io_loop,
            policy=self.failure_policy,
        )

    @override
    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._poller.start()

    @override
    def stop(self) -> None:
        self._poller.stop()

    def _report_from_io_loop(self, problem: ProblemFound) -> None:
        assert self._loop is not None, "the actor was started"
        with contextlib.suppress(RuntimeError):  # It is closed.
            self._loop.call_soon_threadsafe(self._report, problem)

    def _report(self, problem: ProblemFound) -> None:
        # Under a name of its own: these are no failures that add up to the end of the node.
        part = f"requests of {self.name}"
        self._failures.failed(part, FailurePolicy.REPORT, problem)
