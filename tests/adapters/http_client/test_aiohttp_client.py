"""Requests by aiohttp to a real server: what goes wrong, and what is kept from going wrong."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gwproactor.adapters.http_client import AiohttpClient
from gwproactor.domain.outcome import Failure
from gwproactor.ports.http_client import (
    HttpRequest,
    HttpResponse,
    HttpTimeouts,
    HttpTrouble,
    RequestFailed,
)
from gwproactor.testing.http_client_contract import ask
from tests.support.certificates import Certificates
from tests.support.http_site import http_site

SHORT = HttpTimeouts(total_s=0.05)
SOON_S = 4.0


async def failed(request: HttpRequest) -> RequestFailed:
    async with asyncio.timeout(SOON_S):
        answer = await ask(AiohttpClient(), request)
    assert isinstance(answer, Failure)
    return answer.failure()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """Says *answer* to whatever it is asked, and hangs up; its origin."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_packed_answer_is_unpacked_up_to_its_bound(pack: Callable[[bytes], bytes]) -> None:
    """A small answer that unpacks to a large one is read no further than the bound."""
    name = "gzip" if pack is gzip.compress else "deflate"
    headers = {"Content-Encoding": name}
    answers = {
        "/small": HttpResponse(status=200, headers=headers, body=pack(b"x" * 1_000)),
        "/bomb": HttpResponse(status=200, headers=headers, body=pack(bytes(50_000_000))),
    }
    async with http_site(answers) as site:
        small = await ask(site.client, HttpRequest(url=site.url("/small"), response_bytes_max=1000))
        tracemalloc.start()
        bomb = await failed(HttpRequest(url=site.url("/bomb"), response_bytes_max=100_000))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak_bytes < 10_000_000
    assert small.unwrap().body == b"x" * 1_000
    assert bomb == RequestFailed(HttpTrouble.TOO_LARGE, "more than 100000 bytes")


@pytest.mark.parametrize(
    ("encoding", "body", "detail"),
    [
        ("br", b"x", "a body in the encoding 'br', which was not asked for"),
        ("gzip", b"no gzip", "a body that does not unpack: "),
        ("gzip", gzip.compress(b"x" * 99, mtime=0)[:-9], "a packed body that ends too early"),
        ("gzip", 2 * gzip.compress(b"x" * 99, mtime=0)[:-1], "a body that does not unpack: "),
        ("gzip", gzip.compress(b"x") + b"junk", "a body that does not unpack: after 1 whole parts"),
        ("deflate", zlib.compress(b"x") + b"junk", "a body that does not unpack: after 1 whole"),
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_a_failure(
    encoding: str, body: bytes, detail: str
) -> None:
    answer = HttpResponse(status=200, headers={"Content-Encoding": encoding}, body=body)
    async with http_site({"/": answer}) as site:
        why = await failed(HttpRequest(url=site.url("/")))

    assert why.trouble is HttpTrouble.NOT_HTTP
    assert why.detail.startswith(detail)


@pytest.mark.parametrize("members", [2, 3_000])
async def test_all_members_of_a_packed_body_are_read(members: int) -> None:
    """Up to the bound of all."""
    packed = b"".join(gzip.compress(b"%5d" % number, mtime=0) for number in range(members))
    headers = {"Content-Encoding": "gzip"}
    async with http_site({"/": HttpResponse(status=200, headers=headers, body=packed)}) as site:
        whole = await ask(site.client, HttpRequest(url=site.url("/")))
        bound = 5 * members - 1 if members < 3 else len(packed)
        bounded = await ask(site.client, HttpRequest(url=site.url("/"), response_bytes_max=bound))

    assert whole.unwrap().body == b"".join(b"%5d" % number for number in range(members))
    assert isinstance(bounded, Failure) == (members < 3)


async def test_only_what_all_pack_alike_is_asked_for() -> None:
    async with http_site({"/": HttpResponse(status=200)}) as site:
        await ask(site.client, HttpRequest(url=site.url("/")))
        assert site.received().headers["accept-encoding"] == "gzip"
        identity = {"accept-encoding": "identity"}
        await ask(site.client, HttpRequest(url=site.url("/"), headers=identity))
        assert site.received().headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("url", "headers", "detail"),
    [
        ("/a b", {}, "its URL is not percent-encoded"),
        ("/\xe4", {}, "its URL is not percent-encoded"),
        ("/a\r\nX:y", {}, "its URL is not percent-encoded"),
        ("/", {"A": "s3cret\r\nB: c"}, "no header can be so, or not with such a URL"),
        ("@/", {"Authorization": "s3cret"}, "no header can be so, or not with such a URL"),
    ],
)
async def test_what_cannot_be_sent_is_not_blamed_on_the_server(
    url: str, headers: dict[str, str], detail: str
) -> None:
    async with http_site() as site:
        origin = site.origin.replace("//", "//u:s3cret@") if url == "@/" else site.origin
        why = await failed(HttpRequest(url=origin + url.lstrip("@"), headers=headers))

        assert site.requests == []
    assert why == RequestFailed(HttpTrouble.NOT_SENT, detail)


async def test_a_host_that_can_be_none_is_not_blamed_on_the_server() -> None:
    why = await failed(HttpRequest(url="http://a..b/"))

    assert why == RequestFailed(HttpTrouble.NOT_SENT, "its host or a header cannot be encoded")


async def test_who_does_not_answer_in_time_is_given_up() -> None:
    async with http_site() as site:
        site.silent.add("/")
        why = await failed(HttpRequest(url=site.url("/"), timeouts=SHORT))

    assert str(why) == "no answer in time: total 0.05 s"


async def test_who_pauses_within_the_answer_is_given_up() -> None:
    timeouts = HttpTimeouts(total_s=30, sock_read_s=0.05)
    async with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as origin:
        cut = await failed(HttpRequest(url=origin))
    async with http_site() as site:
        site.silent.add("/")
        why = await failed(HttpRequest(url=site.url("/"), timeouts=timeouts))

    assert str(cut) == "the answer is no proper HTTP: the answer ended too early"
    assert str(why) == "no answer in time: total 30 s, sock_read 0.05 s"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"220 smtp\r\n", "the answer is no proper HTTP: Bad status line"),
        (b"HTTP/1.1 200 OK\r\ns3cret b: c\r\n\r\n", "the answer is no proper HTTP: Invalid header"),
        (
            b"HTTP/1.1 200 OK\r\nA: " + 900 * b"s3cret ten" + b"\r\n\r\n",
            "the answer is no proper HTTP: Got more than 8190 bytes when reading",
        ),
        (b"", "not reachable: it ended the connection"),
    ],
)
async def test_who_speaks_no_http_is_said_to(answer: bytes, text: str) -> None:
    async with raw_server(answer) as origin:
        why = await failed(HttpRequest(url=f"{origin}/?token=s3cret"))

    assert str(why).startswith(text)
    assert "s3cret" not in str(why)


async def test_a_host_that_has_no_address_is_not_reachable() -> None:
    why = await failed(HttpRequest(url="http://no-such-host.invalid/?token=s3cret"))

    assert why.trouble is HttpTrouble.UNREACHABLE
    assert "s3cret" not in str(why)


async def test_a_redirect_to_the_same_place_is_followed() -> None:
    answers = {
        "/old?a=1": HttpResponse(status=302, headers={"Location": "/older"}),
        "/older": HttpResponse(status=308, headers={"Location": "new?b=2"}),
        "/new?b=2": HttpResponse(status=200, body=b"here"),
    }
    async with http_site(answers) as site:
        answer = await ask(site.client, HttpRequest(url=site.url("/old?a=1")))

    assert answer.unwrap().body == b"here"
    assert len(site.requests) == 3


async def test_where_a_redirect_leads_is_encoded() -> None:
    answers = {
        "/": HttpResponse(status=302, headers={"Location": "/a b%41?\xe4"}),
        "/a%20b%41?%C3%A4": HttpResponse(status=200, body=b"here"),
    }
    async with http_site(answers) as site:
        answer = await ask(site.client, HttpRequest(url=site.url("/")))

    assert answer.unwrap().body == b"here"


async def test_what_a_device_says_beside_its_status_is_made_printable() -> None:
    """It could write into the terminal of who reads the log, and fill the log."""
    reason = b"\x1b[2J\x07" + 8_000 * b"x"
    async with raw_server(b"HTTP/1.1 500 " + reason + b"\r\nContent-Length: 0\r\n\r\n") as origin:
        answer = (await ask(AiohttpClient(), HttpRequest(url=origin))).unwrap()

    assert answer.reason.startswith("\\x1b[2J\\x07xxx")
    assert answer.reason.isprintable()
    assert len(answer.reason) == 200


async def test_a_redirect_to_another_place_is_not_followed() -> None:
    """It would carry the request's secrets there; and none of the header is shown."""
    async with http_site() as elsewhere, http_site() as site:
        location = f"{elsewhere.origin}/?token=s3cret"
        site.answers["/"] = HttpResponse(status=302, headers={"Location": location})
        request = HttpRequest(url=site.url("/"), headers={"Authorization": "Bearer s3cret"})
        why = await failed(request)

        assert elsewhere.requests == []
    assert str(why) == f"redirected: to {elsewhere.origin}, another place"


@pytest.mark.parametrize(
    ("method", "location", "detail"),
    [
        ("POST", "/other", "by status 307; only a GET follows"),
        ("GET", "", "to nowhere"),
        ("GET", "http://[half", "to what is no URL"),
        ("GET", "/", "more than 5 times"),
        ("GET", "ftp://127.0.0.1/", "to ftp://127.0.0.1:None, another place"),
    ],
)
async def test_a_redirect_that_leads_nowhere_is_a_failure(
    method: str, location: str, detail: str
) -> None:
    answer = HttpResponse(status=307, headers={"Location": location})
    async with http_site({"/": answer}) as site:
        why = await failed(HttpRequest(url=site.url("/"), method=method))

    assert why == RequestFailed(HttpTrouble.REDIRECTED, detail)
    assert len(site.requests) <= 6


async def test_a_redirect_is_the_answer_if_it_is_not_to_be_followed() -> None:
    answer = HttpResponse(status=302, headers={"Location": "/new"})
    async with http_site({"/": answer}) as site:
        given = await ask(site.client, HttpRequest(url=site.url("/"), follow_redirects=False))

    assert (given.unwrap().status, given.unwrap().headers["location"]) == (302, "/new")


async def test_a_certificate_of_an_unknown_authority_is_refused_unless_any_will_do() -> None:
    tls = Certificates().server_context("127.0.0.1")
    async with http_site({"/": HttpResponse(status=200)}, tls) as site:
        why = await failed(HttpRequest(url=site.url("/")))
        any_will_do = await ask(site.client, HttpRequest(url=site.url("/"), verify_tls=False))

    assert why.trouble is HttpTrouble.TLS
    assert "certificate" in why.detail
    assert any_will_do.unwrap().status == 200


async def test_a_server_without_tls_is_said_to_have_none() -> None:
    async with http_site() as site:
        why = await failed(HttpRequest(url=site.url("/").replace("http", "https")))

    assert why.trouble is HttpTrouble.TLS


async def test_a_session_keeps_its_connection_and_its_cookies() -> None:
    answers = {"/login": HttpResponse(status=200, headers={"Set-Cookie": "id=1"})}
    async with http_site(answers) as site:
        site.origin = site.origin.replace("127.0.0.1", "localhost")
        async with site.client.session() as session:
            for path in ("/login", "/data"):
                await session.request(HttpRequest(url=site.url(path)))

    assert site.requests[-1].headers["cookie"] == "id=1"


def test_no_repr_shows_what_may_be_a_secret() -> None:
    request = HttpRequest(url="http://x/?s3cret", headers={"k": "s3cret"}, body=b"s3cret")

    assert "s3cret" not in repr(request)
    assert "s3cret" not in repr(HttpResponse(status=200, body=b"s3cret"))


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=ISO-8859-1", b"\xe9", "é"),
        ('text/plain; charset="latin-1"; x=y', b"\xe9", "é"),
        ("text/plain; charset=klingon", "é".encode(), "é"),
        ("text/plain; charset=punycode", "é-".encode(), "é-"),
        ("text/plain; charset=idna", b"\xff", "\ufffd"),
        ("text/plain; charset=unicode_escape", b"\\q", "\\q"),
        ("text/plain; charset=\xe9Unicode-Escape", b"\\q", "\\q"),
        ("text/plain; charset=hex", b"00", "00"),
        ("text/plain; charset=undefined", b"00", "00"),
        ("text/plain; charset=a\0b", b"00", "00"),
        ("", b"\xff", "\ufffd"),
    ],
)
def test_the_text_of_an_answer_is_read_as_it_says(
    content_type: str, body: bytes, text: str
) -> None:
    response = HttpResponse(status=200, headers={"content-type": content_type}, body=body)

    assert response.text() == text


def test_json_that_is_nested_too_deeply_is_none() -> None:
    response = HttpResponse(status=200, body=100_000 * b"[")

    with pytest.raises(ValueError, match="is nested too deeply"):
        response.json()


def test_why_a_request_failed_is_printable_whoever_says_it() -> None:
    assert str(RequestFailed(HttpTrouble.TLS, "\x1bc")) == "TLS failed: \\x1bc"
