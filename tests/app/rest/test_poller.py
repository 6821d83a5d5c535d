"""A poller that asks, converts and forwards, in virtual time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
from typing_extensions import override

from gwproactor import FailurePolicy, Message, to_actor
from gwproactor.adapters.memory import MemoryHttpClient, MemoryIOLoop, VirtualClock
from gwproactor.adapters.memory.http_client import Answer
from gwproactor.app.rest.poller import PollError, RESTPoller, log_problem
from gwproactor.app.rest.polling import HttpPolling
from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.domain.facts import ProblemFound
from gwproactor.ports.http_client import (
    HttpRequest,
    HttpResponse,
    HttpTrouble,
    RequestFailed,
)
from gwproactor.testing.virtual_time import in_virtual_time

URL = "http://meter/power?access_token=s3cret"
POWER = HttpResponse(status=200, body=b'{"watts": 5}')


async def watts(response: HttpResponse) -> Message[int] | None:
    power = response.json()["watts"]
    return to_actor("poller", "display", power) if power is not None else None


def settings_of(**fields: object) -> RESTPollerSettings:
    return RESTPollerSettings.model_validate(
        {"request": {"url": {"url": URL}}, "poll_period_seconds": 10} | fields
    )


@attrs.define
class Polling:
    """A poller and all that it did."""

    clock: VirtualClock
    client: MemoryHttpClient
    io_loop: MemoryIOLoop = attrs.Factory(MemoryIOLoop)
    forwarded: list[Any] = attrs.Factory(list)
    problems: list[ProblemFound] = attrs.Factory(list)

    def poller(
        self, rest: RESTPollerSettings, kind: type[RESTPoller] = RESTPoller, **keywords: Any
    ) -> RESTPoller:
        return kind(
            "meter",
            rest,
            HttpPolling(self.io_loop, self.client, self.clock),
            **{
                "convert": watts,
                "forward": lambda message: self.forwarded.append(message.payload),
                "report": self.problems.append,
            }
            | keywords,
        )


@asynccontextmanager
async def polling(answer: Answer = POWER) -> AsyncIterator[Polling]:
    """On a running io loop, with a meter that answers so."""
    made = Polling(VirtualClock(asyncio.get_running_loop()), MemoryHttpClient({URL: answer}))
    made.io_loop.start()
    yield made
    await made.io_loop.stop()
    assert made.client.sessions_open == 0


@in_virtual_time
async def test_each_answer_is_converted_and_forwarded_once_a_period() -> None:
    async with polling() as made:
        made.poller(settings_of()).start()
        await made.clock.sleep(25)

        assert made.forwarded == [5, 5, 5]
        assert made.client.sessions_open == 1
    assert made.problems == []


@in_virtual_time
async def test_the_period_begins_when_the_answer_has_come() -> None:
    """A device that is slow is not asked the more often for it."""

    async def slow(response: HttpResponse) -> None:
        await made.clock.sleep(100)

    async with polling() as made:
        made.poller(settings_of(), convert=slow).start()
        await made.clock.sleep(225)

        assert len(made.client.requests) == 3


@in_virtual_time
async def test_an_answer_of_which_no_message_is_made_is_no_error() -> None:
    async with polling(HttpResponse(status=200, body=b'{"watts": null}')) as made:
        made.poller(settings_of()).start()
        await made.clock.sleep(15)

    assert (made.forwarded, made.problems) == ([], [])
    assert len(made.client.requests) == 2


@in_virtual_time
async def test_after_the_stop_nothing_is_asked_and_the_session_is_closed() -> None:
    async with polling() as made:
        poller = made.poller(settings_of())
        poller.start()
        await made.clock.sleep(5)
        poller.stop()
        await made.clock.sleep(100)

        assert (len(made.client.requests), made.client.sessions_open) == (1, 0)


@in_virtual_time
async def test_a_poller_may_be_started_again() -> None:
    async with polling() as made:
        poller = made.poller(settings_of())
        for _ in range(2):
            poller.start()
            await made.clock.sleep(5)
            poller.stop()
            await made.clock.sleep(0)

    assert len(made.client.requests) == 2


FAILURES = [
    (HttpResponse(status=404, reason="Not Found"), "HTTP 404", "HTTP 404 Not Found"),
    (HttpResponse(status=500), "HTTP 500", "HTTP 500"),
    (
        RequestFailed(HttpTrouble.TIMEOUT, "total 30 s"),
        "no answer in time",
        "no answer in time: total 30 s",
    ),
    (RequestFailed(HttpTrouble.UNREACHABLE), "not reachable", "not reachable"),
]


@pytest.mark.parametrize(("answer", "cause", "what"), FAILURES)
def test_a_request_that_fails_is_reported_and_tried_again(
    answer: Answer, cause: str, what: str
) -> None:
    """The report shows neither query nor password."""

    @in_virtual_time
    async def poll() -> list[ProblemFound]:
        async with polling(answer) as made:
            made.poller(settings_of()).start()
            await made.clock.sleep(15)
            made.client.answers[URL] = POWER
            await made.clock.sleep(10)
            assert made.forwarded == [5]
        assert made.io_loop.problems == []
        return made.problems

    summary = f"REST poller 'meter': GET http://meter/power: {what}"
    assert poll() == [ProblemFound("REST poller", "meter", cause, summary)] * 2


@pytest.mark.parametrize(("answer", "cause", "what"), FAILURES)
def test_a_request_that_fails_may_fail_the_poller(answer: Answer, cause: str, what: str) -> None:
    """It is restarted by its policy, and makes a session anew."""

    @in_virtual_time
    async def poll() -> list[BaseException]:
        rest = settings_of(errors={"request": {"raise_exception": True}})
        async with polling(answer) as made:
            made.poller(rest).start()
            await made.clock.sleep(0.5)
            made.client.answers[URL] = POWER
            await made.clock.sleep(1)
            assert (made.forwarded, made.problems) == ([5], [])
        return made.io_loop.problems

    [error] = poll()
    assert isinstance(error, PollError)
    assert str(error) == f"REST poller 'meter': GET http://meter/power: {what}"


@in_virtual_time
async def test_another_policy_may_follow() -> None:
    rest = settings_of(errors={"request": {"raise_exception": True}})
    async with polling(HttpResponse(status=500)) as made:
        made.poller(rest, policy=FailurePolicy.STOP_NODE).start()
        await made.clock.sleep(100)

    assert [str(error).partition(":")[0] for error in made.io_loop.stopped_by] == [
        "REST poller 'meter'"
    ]


@in_virtual_time
async def test_errors_need_not_be_reported() -> None:
    silent = {"report": False}
    async with polling(HttpResponse(status=500)) as made:
        made.poller(settings_of(errors={"request": silent, "convert": silent})).start()
        await made.clock.sleep(5)
        made.client.answers[URL] = HttpResponse(status=200, body=b"no json")
        await made.clock.sleep(10)

    assert (made.problems, made.io_loop.problems) == ([], [])
    assert len(made.client.requests) == 2


@in_virtual_time
async def test_an_error_status_may_be_an_answer() -> None:
    rest = settings_of(errors={"request": {"error_for_http_status": False}})
    async with polling(HttpResponse(status=500, body=POWER.body)) as made:
        made.poller(rest).start()
        await made.clock.sleep(5)

    assert (made.forwarded, made.problems) == ([5], [])


@in_virtual_time
async def test_an_answer_that_cannot_be_converted_is_reported() -> None:
    async with polling(HttpResponse(status=200, body=b"no json")) as made:
        made.poller(settings_of()).start()
        await made.clock.sleep(15)

    assert made.io_loop.problems == []
    first, second = made.problems
    assert (first.kind, first.subject, first.cause) == (
        "REST poller",
        "meter",
        "convert JSONDecodeError",
    )
    assert first.summary.startswith(
        "REST poller 'meter': the answer could not be converted: json.decoder.JSONDecodeError: "
    )
    assert "in watts" in second.details


@in_virtual_time
async def test_an_answer_that_cannot_be_converted_may_fail_the_poller() -> None:
    rest = settings_of(errors={"convert": {"raise_exception": True}})
    async with polling(HttpResponse(status=200, body=b"no json")) as made:
        made.poller(rest, policy=FailurePolicy.REPORT).start()
        await made.clock.sleep(100)

    assert [type(error) for error in made.io_loop.problems] == [json.JSONDecodeError]
    assert (len(made.client.requests), made.problems) == (1, [])


@in_virtual_time
async def test_a_subclass_may_ask_for_something_else_each_time() -> None:
    class Counting(RESTPoller):
        """Asks for page after page, ever more slowly."""

        page = 0

        @override
        def request(self) -> HttpRequest:
            self.page += 1
            return attrs.evolve(super().request(), url=f"http://meter/{self.page}")

        @override
        def next_sleep_seconds(self) -> float:
            return 10.0 * self.page

    async with polling() as made:
        made.poller(settings_of(), Counting).start()
        await made.clock.sleep(35)

    assert [request.url for request in made.client.requests] == [
        "http://meter/1",
        "http://meter/2",
        "http://meter/3",
    ]


@in_virtual_time
async def test_without_hooks_answers_are_dropped_and_problems_are_logged() -> None:
    client, io_loop = MemoryHttpClient({URL: POWER}), MemoryIOLoop()
    clock = VirtualClock(asyncio.get_running_loop())
    io_loop.start()
    RESTPoller("meter", settings_of(), HttpPolling(io_loop, client, clock)).start()
    await clock.sleep(15)
    await io_loop.stop()

    assert (len(client.requests), io_loop.problems) == (2, [])


def test_who_has_nobody_to_report_to_logs(caplog: pytest.LogCaptureFixture) -> None:
    log_problem(ProblemFound("REST poller", "meter", "HTTP 500", "it failed", "so"))

    assert caplog.messages == ["it failed: so"]
