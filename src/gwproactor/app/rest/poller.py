"""Asks by HTTP, again and again, and makes messages of the answers; all on the io loop."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from gwproactor.app.rest.polling import HttpPolling
from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.app.rest.url import without_secrets
from gwproactor.domain.facts import ProblemFound
from gwproactor.domain.message import Message
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.raised import raised_problem
from gwproactor.domain.supervision import FailurePolicy
from gwproactor.ports.http_client import HttpRequest, HttpResponse, HttpSession
from gwproactor.ports.io_loop import INVALID_IO_TASK_HANDLE

LOG: Final = logging.getLogger("gwproactor")

FIRST_ERROR_STATUS: Final = 400

# Message is invariant: a converter may be declared to make one of its own payload.
Converter: TypeAlias = Callable[[HttpResponse], Awaitable[Message[Any] | None]]
ThreadSafeForwarder: TypeAlias = Callable[[Message[Any]], object]
Reporter: TypeAlias = Callable[[ProblemFound], object]


class PollError(Exception):
    """A request failed whose settings say `raise_exception`."""


async def null_converter(_: HttpResponse) -> None:
    """Makes no message of any answer."""


def null_forwarder(_: Message[Any]) -> None:
    """Lets a message go."""


def log_problem(problem: ProblemFound) -> None:
    """For who has nobody to report to."""
    LOG.warning("%s: %s", problem.summary, problem.details)


class RESTPoller:
    """From `start` to `stop` asks for what *rest* says, and hands what *convert* makes of each
    answer to *forward*, as `MessageBus.send_threadsafe` is one.

    *convert*, *forward* and *report* are called on the io loop, in another thread than actors.
    Errors are handled as *rest* says; one that it lets fail the poller, or that *forward* raises,
    is followed by *policy*. Of what was received after the `stop`, nothing is forwarded.
    """

    def __init__(
        self,
        name: str,
        rest: RESTPollerSettings,
        polling: HttpPolling,
        *,
        convert: Converter = null_converter,
        forward: ThreadSafeForwarder = null_forwarder,
        report: Reporter = log_problem,
        policy: FailurePolicy = FailurePolicy.RESTART,
    ) -> None:
        self.name = name
        self.rest = rest
        self._polling = polling
        self._convert = convert
        self._forward = forward
        self._report = report
        self._policy = policy
        self._handle = INVALID_IO_TASK_HANDLE

    def start(self) -> None:
        """Ask now, and after each period. Any thread."""
        self._handle = self._polling.io_loop.add_io_coroutine(
            self._run, self.name, policy=self._policy
        )

    def stop(self) -> None:
        """Break a request off, and ask no more. Any thread."""
        self._polling.io_loop.cancel_io_routine(self._handle)

    def request(self) -> HttpRequest:
        """Called before each poll; a subclass may ask for something else each time."""
        return self.rest.http_request()

    def next_sleep_seconds(self) -> float:
        """Called after each poll; a subclass may wait for another time."""
        return self.rest.poll_period_seconds

    async def _run(self) -> None:
        async with self._polling.http_client.session() as session:
            while True:
                await self._poll(session)
                await self._polling.clock.sleep(self.next_sleep_seconds())

    async def _poll(self, session: HttpSession) -> None:
        response = await self._asked(session)
        if response is not None:
            message = await self._converted(response)
            if message is not None:
                self._forward(message)

    async def _asked(self, session: HttpSession) -> HttpResponse | None:
        policy = self.rest.errors.request
        request = self.request()
        match await session.request(request):
            case Success(response):
                if response.status < FIRST_ERROR_STATUS or not policy.error_for_http_status:
                    return response
                cause = f"HTTP {response.status}"
                self._failed(request, cause, f"{cause} {response.reason}".strip())
            case Failure(failed):
                self._failed(request, failed.trouble.value, str(failed))
        return None

    def _failed(self, request: HttpRequest, cause: str, what: str) -> None:
        policy = self.rest.errors.request
        asked = f"{request.method} {without_secrets(request.url)}"
        summary = f"REST poller {self.name!r}: {asked}: {what}"
        if policy.raise_exception:
            raise PollError(summary)
        if policy.report:
            self._report(ProblemFound("REST poller", self.name, cause, summary))

    async def _converted(self, response: HttpResponse) -> Message[Any] | None:
        policy = self.rest.errors.convert
        try:
            return await self._convert(response)
        except Exception as error:  # whatever the converter, or what it uses, raises
            if policy.raise_exception:
                raise
            if policy.report:
                summary = f"REST poller {self.name!r}: the answer could not be converted"
                self._report(raised_problem("REST poller", self.name, "convert", summary, error))
        return None
