"""Clients of a web server that are slow, broken or hostile, on real sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp.web import Request, Response, StreamResponse

from gwproactor.adapters.web.config import WebLimits
from gwproactor.domain.outcome import Success
from tests.support.web import AUTHORIZED, SOON_S, Answer, Site, head


def reason(answer: Answer) -> str:
    return str(json.loads(answer.text)["reason"])


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


LIMITS = WebLimits(
    body_bytes_max=1_000, body_s_max=0.2, idle_s_max=0.2, connections_max=2, close_s_max=0.2
)


def echo_site(limits: WebLimits = LIMITS) -> Site:
    async def echo(request: Request) -> Response:
        return Response(text=str(len(await request.read())))

    site = Site(limits)
    site.add("POST", "/", echo)
    return site


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 100


async def test_a_body_of_the_largest_size_is_taken_and_a_larger_one_is_refused() -> None:
    site = echo_site()
    async with site.serving():
        fits = await site.ask("POST", "/", data=b"x" * 1_000, headers=AUTHORIZED)
        in_chunks = await site.ask("POST", "/", data=chunks(10), headers=AUTHORIZED)
        large = await site.ask("POST", "/", data=b"x" * 1_001, headers=AUTHORIZED)
        larger = await site.ask("POST", "/", data=chunks(11), headers=AUTHORIZED)
    assert fits == in_chunks == Answer(200, "1000")
    assert (large.status, larger.status) == (413, 413)
    assert reason(large) == reason(larger) == "the body is larger than 1000 bytes"


async def test_a_body_without_a_token_is_not_read() -> None:
    site = echo_site()
    async with site.serving():
        reader, writer = await site.connect()
        writer.write(head("POST", "/", "Content-Length: 1000") + b"\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), SOON_S)
        writer.close()
    assert answer == b"HTTP/1.1 401 Unauthorized\r\n"


async def test_a_half_sent_body_is_given_up() -> None:
    site = echo_site()
    token = "Authorization: Bearer s3cret"
    async with site.serving():
        reader, writer = await site.connect()
        writer.write(head("POST", "/", "Content-Length: 1000", token) + b"\r\nhalf")
        answer = await asyncio.wait_for(reader.readuntil(b"}"), SOON_S)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"the body did not come within 0.2 s" in answer


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x"])
async def test_a_body_that_is_announced_too_large_is_not_waited_for(kind: str) -> None:
    site = echo_site(WebLimits(body_bytes_max=1_000, close_s_max=0.2))
    token = "Authorization: Bearer s3cret"
    async with site.serving():
        reader, writer = await site.connect()
        lines = ("Content-Length: 1001", f"Content-Type: {kind}", token)
        writer.write(head("POST", "/", *lines) + b"\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), SOON_S)
        writer.close()
    assert answer == b"HTTP/1.1 413 Request Entity Too Large\r\n"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "other"])
async def test_an_encoded_body_is_refused_and_not_unpacked(
    encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A small one could hold the loop for seconds, also one that comes without a token."""
    site = echo_site()
    encoded = {"Content-Encoding": encoding}
    async with site.serving():
        stranger = await site.ask("POST", "/", data=b"not gzip", headers=encoded)
        answer = await site.ask("POST", "/", data=b"not gzip", headers=AUTHORIZED | encoded)
    assert (stranger.status, answer.status, site.failures) == (401, 415, [])
    assert reason(answer) == f"the body is encoded ({encoding}); send it as it is"
    assert warnings(caplog) == []


@pytest.mark.parametrize("token", ["Authorization: Bearer s3cret", "X: none"])
async def test_a_broken_body_is_the_clients_fault(
    token: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with echo_site().serving() as site:
        reader, writer = await site.connect()
        writer.write(head("POST", "/", "Transfer-Encoding: chunked", token) + b"\r\n")
        writer.write(b"no length\r\n")
        answer = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert b" 400 " in answer or b" 401 " in answer
    assert b'{"reason": ' in answer
    assert (site.failures, warnings(caplog)) == ([], [])


@pytest.mark.parametrize("sent", [b"", head("GET", "/")], ids=["nothing", "half a head"])
async def test_a_connection_on_which_no_request_comes_is_closed(sent: bytes) -> None:
    async with echo_site().serving() as site:
        reader, writer = await site.connect()
        writer.write(sent)
        assert await asyncio.wait_for(reader.read(), SOON_S) == b""
        writer.close()


async def test_who_opens_connections_and_asks_nothing_locks_nobody_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with echo_site(WebLimits(connections_max=5, close_s_max=0.2)).serving() as site:
        silent = await asyncio.gather(*(site.connect() for _ in range(40)))
        answer = await site.ask("POST", "/", headers=AUTHORIZED)
        reads = [asyncio.create_task(reader.read()) for reader, _ in silent]
        closed = 0
        async with asyncio.timeout(SOON_S):
            for read in asyncio.as_completed(reads):
                with suppress(ConnectionError):
                    assert await read == b""
                closed += 1
                if closed == 36:
                    break
        # Whatever is still to be closed is closed before this is answered.
        await site.ask("POST", "/", headers=AUTHORIZED)
        still_open = sum(not read.done() for read in reads)
        for read, (_, writer) in zip(reads, silent, strict=True):
            read.cancel()
            writer.close()
    assert answer == Answer(200, "0")
    assert still_open in (3, 4)
    (warning,) = warnings(caplog)
    assert warning.startswith("web server 'default' has 5 connections, as many as there may be")


async def test_of_the_idle_the_longest_silent_gives_way() -> None:
    async with echo_site(WebLimits(connections_max=2, close_s_max=0.2)).serving() as site:
        first, second = [await site.connect() for _ in range(2)]
        first[1].write(head("GET", "/") + b"\r\n")
        await asyncio.wait_for(first[0].readuntil(b"}"), SOON_S)
        third = await site.connect()
        assert await asyncio.wait_for(second[0].read(), SOON_S) == b""
        first[1].write(head("GET", "/") + b"\r\n")
        answered = await asyncio.wait_for(first[0].readuntil(b"}"), SOON_S)
        for _, writer in (first, second, third):
            writer.close()
    assert answered.startswith(b"HTTP/1.1 405 ")


async def test_who_waits_for_an_answer_does_not_give_way() -> None:
    go_on, waiting = asyncio.Event(), asyncio.Queue[None]()

    async def wait(request: Request) -> Response:
        waiting.put_nowait(None)
        await go_on.wait()
        return Response(text="done")

    site = Site(WebLimits(connections_max=2, close_s_max=0.2))
    site.add("GET", "/", wait)
    async with site.serving():
        answers = [asyncio.create_task(site.ask("GET", "/")) for _ in range(2)]
        for _ in answers:
            await asyncio.wait_for(waiting.get(), SOON_S)
        reader, writer = await site.connect()
        turned_away = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
        go_on.set()
        assert [await answer for answer in answers] == [Answer(200, "done")] * 2
        # There is room again.
        assert await site.ask("GET", "/") == Answer(200, "done")
    assert turned_away == b""


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n"],
    ids=["TLS", "no header"],
)
async def test_garbage_is_answered_and_fills_no_log(
    garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with echo_site().serving() as site:
        reader, writer = await site.connect()
        writer.write(garbage)
        answer = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert answer.startswith(b"HTTP/1.0 400 ")
    said = json.loads(answer.partition(b"\r\n\r\n")[2])["reason"]
    assert said.startswith("this cannot be read as HTTP: ")
    assert warnings(caplog) == []


async def test_closing_does_not_wait_for_slow_clients() -> None:
    """A handler that waits, a client that reads nothing, half a request: none holds the node."""
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Response:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return Response()

    async def flood(request: Request) -> StreamResponse:
        response = StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100_000)

    site = Site(WebLimits(close_s_max=0.2))
    site.add("GET", "/wait", wait)
    site.add("GET", "/flood", flood)
    assert await site.servers.open() == Success(None)
    site.servers.serve()
    clients = [await site.connect() for _ in range(4)]
    sent = [head("GET", "/wait") + b"\r\n", head("GET", "/flood") + b"\r\n", head("GET", "/"), b""]
    for (_, writer), data in zip(clients, sent, strict=True):
        writer.write(data)
    await asyncio.wait_for(waiting.wait(), SOON_S)
    await asyncio.wait_for(clients[1][0].readexactly(1), SOON_S)

    async with asyncio.timeout(SOON_S):
        await site.servers.close()

    assert cancelled.is_set()
    assert not site.failures
    for _, writer in clients:
        writer.close()


async def test_a_handler_goes_on_when_its_client_has_gone() -> None:
    """What it began it may finish; that nobody hears of it is no failure."""
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(request: Request) -> Response:
        begun.set()
        await go_on.wait()
        done.set()
        return Response(text="unheard")

    site = Site()
    site.add("GET", "/", work)
    async with site.serving():
        _, writer = await site.connect()
        writer.write(head("GET", "/") + b"\r\n")
        await asyncio.wait_for(begun.wait(), SOON_S)
        writer.transport.abort()
        go_on.set()
        await asyncio.wait_for(done.wait(), SOON_S)
    assert not site.failures


async def test_a_client_that_goes_in_the_middle_of_a_stream_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = asyncio.Event()

    async def stream(request: Request) -> StreamResponse:
        response = StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 100_000)
        finally:
            ended.set()

    site = Site()
    site.add("GET", "/", stream)
    async with site.serving():
        reader, writer = await site.connect()
        writer.write(head("GET", "/") + b"\r\n")
        await asyncio.wait_for(reader.readexactly(100), SOON_S)
        writer.transport.abort()
        await asyncio.wait_for(ended.wait(), SOON_S)
    assert not site.failures
    assert warnings(caplog) == []
