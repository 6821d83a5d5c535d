"""Web servers of aiohttp on real sockets: what they answer, and whom."""

import asyncio
import json
import logging
import socket

import pytest
from aiohttp.web import HTTPFound, Request, Response, StreamResponse

from gwproactor.adapters.web import AiohttpWebServers
from gwproactor.adapters.web.config import HandlerFailure
from gwproactor.domain.outcome import Failure, Success
from tests.support.certificates import Certificates
from tests.support.web import AUTHORIZED, SOON_S, Answer, Site, answering, ask, head


def reason(answer: Answer) -> str:
    return str(json.loads(answer.text)["reason"])


def unreported(failure: HandlerFailure) -> None:
    raise AssertionError(failure)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_several_servers_have_routes_of_their_own() -> None:
    servers = AiohttpWebServers(unreported)
    for name in ("one", "two"):
        servers.add_web_route(name, "GET", "/name", answering(name))
        servers.add_web_server_config(name, "127.0.0.1", 0)
    servers.add_web_server_config("off", "127.0.0.1", 0, enabled=False)
    assert await servers.open() == Success(None)
    servers.serve()
    urls = {name: found[0].url for name, found in servers.addresses.items()}
    try:
        assert {name: (await ask(url + "name")).text for name, url in urls.items()} == {
            "one": "one",
            "two": "two",
        }
    finally:
        await servers.close()
    assert not servers.addresses


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
async def test_a_server_listens_on_the_loopback_of_ipv6() -> None:
    site = Site(host="::1")
    site.add("GET", "/", answering("six"))
    async with site.serving():
        assert site.address.url == f"http://[::1]:{site.address.port}/"
        assert await site.ask("GET", "/") == Answer(200, "six")
        headers = {"Host": "127.0.0.1"}
        assert (await site.ask("GET", "/", headers=headers)).status == 421


@pytest.mark.parametrize("after_another", [False, True], ids=["alone", "after-another"])
async def test_a_taken_port_is_named_with_its_server(after_another: bool) -> None:
    servers = AiohttpWebServers(unreported)
    if after_another:
        servers.add_web_server_config("before", "127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        servers.add_web_server_config("admin", "127.0.0.1", port)
        opened = await servers.open()
        before = servers.addresses.get("before")
        await servers.close()
    assert isinstance(opened, Failure)
    assert str(opened.failure()) == (
        f"web server 'admin' cannot listen on 127.0.0.1 port {port}: Address already in use "
        "(another program has it, or another web server; choose another port)"
    )
    if before is not None:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(before[0].host, before[0].port)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("203.0.113.77", "this machine has no such address"),
        ("fe80::1%nowhere", "no such host"),
        (64 * "x", "no such host: label too long"),
    ],
)
async def test_an_address_of_another_machine_is_a_clear_failure(host: str, words: str) -> None:
    servers = AiohttpWebServers(unreported)
    servers.add_web_server_config("admin", host, 0)
    opened = await servers.open()
    await servers.close()
    assert isinstance(opened, Failure)
    assert f"web server 'admin' cannot listen on {host} port 0: " in str(opened.failure())
    assert words in str(opened.failure())


async def test_a_route_that_the_router_refuses_is_named_with_its_server() -> None:
    site = Site()
    site.add("GET", "/{open", answering("never"))
    opened = await site.servers.open()
    await site.servers.close()
    assert isinstance(opened, Failure)
    words = "web server 'default': the route GET /{open cannot be added: Invalid path"
    assert words in str(opened.failure())


async def test_an_option_of_a_wrong_kind_is_named_with_its_server() -> None:
    servers = AiohttpWebServers(unreported)
    servers.add_web_server_config("admin", "127.0.0.1", 0, ssl_context=True)
    opened = await servers.open()
    await servers.close()
    assert isinstance(opened, Failure)
    assert "web server 'admin' cannot listen on 127.0.0.1 port 0: ssl " in str(opened.failure())


async def test_an_option_that_a_route_cannot_have_is_named_with_it() -> None:
    servers = AiohttpWebServers(unreported)
    servers.add_web_server_config("admin", "127.0.0.1", 0)
    servers.add_web_route("admin", "POST", "/", answering("done"), allow_head=True)
    opened = await servers.open()
    await servers.close()
    assert isinstance(opened, Failure)
    assert "'admin': the route POST / cannot be added" in str(opened.failure())


def test_a_handler_that_is_no_coroutine_function_is_refused_where_it_is_given() -> None:
    def answer(request: Request) -> Response:
        return Response()

    servers = AiohttpWebServers(unreported)
    with pytest.raises(TypeError, match="'admin': the handler of GET /a is no coroutine function"):
        servers.add_web_route("admin", "GET", "/a", answer)  # type: ignore[arg-type] # the mistake


async def test_the_url_of_a_server_on_all_addresses_can_be_opened() -> None:
    site = Site(host="0.0.0.0")
    site.add("GET", "/", answering("page"))
    async with site.serving():
        url = f"http://127.0.0.1:{site.address.port}/"
        assert site.address.url == url
        assert await ask(url) == Answer(200, "page")
        assert str(site.address) == f"every address of this machine, here {url}"


def test_an_option_that_nothing_takes_is_refused_where_it_is_given() -> None:
    servers = AiohttpWebServers(unreported)
    with pytest.raises(TypeError, match="'admin': there are no options \\['blacklog'\\]"):
        servers.add_web_server_config("admin", "127.0.0.1", 0, blacklog=3)


async def test_options_reach_the_listening_call_and_the_router() -> None:
    servers = AiohttpWebServers(unreported)
    servers.add_web_server_config("admin", "127.0.0.1", 0, backlog=3, reuse_port=True)
    servers.add_web_route("admin", "GET", "/", answering("page"), allow_head=False)
    assert await servers.open() == Success(None)
    servers.serve()
    address = servers.addresses["admin"][0]
    try:
        assert (await ask(address.url, "HEAD")).status == 405
        with socket.socket() as second:  # the kernel asks both for it
            second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            second.bind((address.host, address.port))
    finally:
        await servers.close()


async def test_a_server_speaks_tls_if_it_is_given_a_context() -> None:
    certificates = Certificates()
    servers = AiohttpWebServers(unreported)
    context = certificates.server_context()
    servers.add_web_server_config("admin", "127.0.0.1", 0, ssl_context=context)
    servers.add_web_route("admin", "GET", "/", answering("safe"))
    assert await servers.open() == Success(None)
    servers.serve()
    (address,) = servers.addresses["admin"]
    try:
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=certificates.client_context()
        )
        writer.write(head("GET", "/", "Connection: close") + b"\r\n")
        answer = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    finally:
        await servers.close()
    assert answer.endswith(b"\r\n\r\nsafe")
    assert address.url == f"https://127.0.0.1:{address.port}/"


async def test_until_the_node_runs_it_says_that_it_is_starting() -> None:
    site = Site()
    site.add("GET", "/", answering("page"))
    assert await site.servers.open() == Success(None)
    try:
        early = await site.ask("GET", "/")
        health = await site.ask("GET", "/healthz")
        site.servers.serve()
        assert (early.status, reason(early)) == (503, "the node is starting or stopping")
        reasons = ["the node is starting or stopping"]
        assert (health.status, json.loads(health.text)) == (
            503,
            {"healthy": False, "reasons": reasons},
        )
        assert await site.ask("GET", "/") == Answer(200, "page")
    finally:
        await site.servers.close()


async def test_the_rules_hold_for_every_route_and_for_none() -> None:
    site = Site()
    site.add("GET", "/", answering("page"))
    site.add("POST", "/", answering("done"))
    rebound = {"Host": "attacker.example"}
    cross_site = AUTHORIZED | {"Origin": "http://attacker.example"}
    async with site.serving():
        assert [
            (await site.ask("GET", "/", headers=rebound)).status,
            (await site.ask("GET", "/none", headers=rebound)).status,
            (await site.ask("POST", "/", headers=cross_site)).status,
            (await site.ask("POST", "/")).status,
            (await site.ask("POST", "/none")).status,
            (await site.ask("POST", "/", headers=AUTHORIZED)).status,
            (await site.ask("GET", "/none")).status,
        ] == [421, 421, 403, 401, 401, 200, 404]


async def test_whoever_lacks_the_token_is_told_the_scheme() -> None:
    site = Site()
    async with site.serving():
        reader, writer = await site.connect()
        writer.write(head("POST", "/", "Content-Length: 0", "Connection: close") + b"\r\n")
        answer = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert b"HTTP/1.1 401 Unauthorized\r\n" in answer
    assert b"\r\nWWW-Authenticate: Bearer\r\n" in answer


async def test_a_handler_that_raises_is_reported_and_tells_the_client_nothing() -> None:
    async def fail(request: Request) -> Response:
        raise ValueError("the password is 1234")

    site = Site()
    site.add("GET", "/boilers/{name}", fail)
    async with site.serving():
        answer = await site.ask("GET", "/boilers/cellar?<script>")
        again = await site.ask("GET", "/boilers/cellar")
    assert answer.status == again.status == 500
    assert reason(answer) == "the server failed to answer; its log says why"
    assert [(one.server_name, one.method, one.path) for one in site.failures] == [
        ("default", "GET", "/boilers/{name}")
    ] * 2
    assert str(site.failures[0].error) == "the password is 1234"


async def test_a_handler_that_returns_no_response_is_reported() -> None:
    async def forget(request: Request) -> Response:
        return None  # type: ignore[return-value] # the mistake

    site = Site()
    site.add("GET", "/", forget)
    async with site.serving():
        assert (await site.ask("GET", "/")).status == 500
    assert [type(one.error) for one in site.failures] == [TypeError]


async def test_a_handler_may_answer_by_an_http_exception() -> None:
    async def elsewhere(request: Request) -> Response:
        raise HTTPFound("/there")

    site = Site()
    site.add("GET", "/", elsewhere)
    async with site.serving():
        assert (await site.ask("GET", "/", allow_redirects=False)).status == 302
    assert not site.failures


async def test_a_handler_that_raises_in_the_middle_of_its_answer_ends_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def break_off(request: Request) -> StreamResponse:
        response = StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        raise ValueError("no more")

    site = Site()
    site.add("GET", "/", break_off)
    async with site.serving():
        reader, writer = await site.connect()
        writer.write(head("GET", "/") + b"\r\n")
        answer = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert answer.endswith(b"half\r\n")
    assert b"500" not in answer
    assert [type(one.error) for one in site.failures] == [ValueError]
    assert warnings(caplog) == []


def test_the_failure_of_a_handler_shows_no_more_than_its_route() -> None:
    failure = HandlerFailure("default", "GET", "/boilers/{name}", ValueError("no"))
    assert "cellar" not in repr(failure)


async def test_the_line_end_of_a_token_from_a_file_does_not_belong_to_it() -> None:
    servers = AiohttpWebServers(unreported)
    servers.add_web_server_config("admin", "127.0.0.1", 0, token=" s3cret\n")
    servers.add_web_route("admin", "POST", "/", answering("done"))
    assert await servers.open() == Success(None)
    servers.serve()
    try:
        answer = await ask(servers.addresses["admin"][0].url, "POST", headers=AUTHORIZED)
    finally:
        await servers.close()
    assert answer == Answer(200, "done")


async def test_what_is_not_there_is_said_in_json() -> None:
    site = Site()
    site.add("GET", "/a", answering("page"))
    site.add("PUT", "/a", answering("done"))
    async with site.serving():
        nowhere = await site.ask("GET", "/b")
        not_so = await site.ask("POST", "/a", headers=AUTHORIZED)
    assert (nowhere.status, reason(nowhere)) == (404, "there is nothing at /b")
    assert (not_so.status, reason(not_so)) == (405, "/a does not take POST, but GET, HEAD, PUT")
