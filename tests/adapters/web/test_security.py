"""Which requests are refused by their headers alone, and with which words."""

from http import HTTPStatus

import attrs
import pytest
from typing_extensions import override

from gwproactor.adapters.web.security import Asked, Refusal, Rules

RULES = Rules.of("admin", "127.0.0.1", ("house.example", "Boiler.LOCAL."), "s3cret")
GET = Asked(
    method="GET",
    hosts=("127.0.0.1:8080",),
    origins=(),
    authorization=None,
    came_to="127.0.0.1",
)
POST = attrs.evolve(GET, method="POST", authorization="Bearer s3cret")


def status(refusal: Refusal | None) -> HTTPStatus | None:
    return None if refusal is None else refusal.status


def of_host(host: str, came_to: str = "127.0.0.1") -> HTTPStatus | None:
    return status(RULES.refusal(attrs.evolve(GET, hosts=(host,), came_to=came_to)))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8080",
        "127.0.0.1",
        "localhost:8080",
        "LOCALHOST",
        "localhost.:8080",
        "house.example",
        "house.example:443",
        "boiler.local:8080",
    ],
)
def test_a_server_answers_to_its_address_to_localhost_and_to_its_allowed_names(host: str) -> None:
    assert of_host(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example:8080",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example",
        "house.example.attacker.example",
        "attacker.example#house.example",
        "attacker.example@127.0.0.1",
        "192.168.1.7:8080",
        "0.0.0.0:8080",
        "[::1]:8080",
        "",
        ":8080",
        "127.0.0.1:",
        "127.0.0.1:8080:8080",
        "[127.0.0.1",
        "house.example, attacker.example",
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    """DNS rebinding: the attacker's page asks this machine under the attacker's name."""
    assert of_host(host) is HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    ("host", "came_to"),
    [
        ("192.168.1.7:8080", "192.168.1.7"),
        ("[::1]:8080", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[fe80::1]:8080", "fe80::1%eth0"),
        ("192.168.1.7", "::ffff:192.168.1.7"),
    ],
)
def test_the_address_at_which_a_request_arrived_is_the_servers_own(host: str, came_to: str) -> None:
    assert of_host(host, came_to) is None


def test_the_name_that_a_server_listens_on_is_its_own() -> None:
    rules = Rules.of("admin", "boiler.lan", (), "")
    assert rules.refusal(attrs.evolve(GET, hosts=("boiler.lan:8080",))) is None


def test_an_address_for_all_addresses_is_no_name_of_a_server() -> None:
    rules = Rules.of("admin", "0.0.0.0", (), "")
    refusal = rules.refusal(attrs.evolve(GET, hosts=("0.0.0.0:8080",), came_to="192.168.1.7"))
    assert status(refusal) is HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize("hosts", [(), ("127.0.0.1", "127.0.0.1"), ("localhost", "evil.example")])
def test_a_request_must_say_by_one_host_header_whom_it_means(hosts: tuple[str, ...]) -> None:
    refusal = RULES.refusal(attrs.evolve(GET, hosts=hosts))
    assert status(refusal) is HTTPStatus.MISDIRECTED_REQUEST


def test_the_refusal_of_a_name_says_where_to_add_it_and_is_short() -> None:
    refusal = RULES.refusal(attrs.evolve(GET, hosts=("x" * 8_000,)))
    assert refusal is not None
    assert "add that name to allowed_hosts of the web server 'admin'" in refusal.reason
    assert len(refusal.reason) < 250


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("LOCALHOST:8080", "http://localhost:8080"),
        ("house.example", "https://house.example"),
        ("house.example", "http://house.example"),
        ("house.example", "https://house.example:443"),
        ("house.example:443", "https://house.example"),
    ],
)
def test_a_page_of_the_server_itself_may_ask(request_: Asked, host: str, origin: str) -> None:
    asked = attrs.evolve(request_, hosts=(host,), origins=(origin,))
    assert RULES.refusal(asked) is None


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "http://127.0.0.1:9090",
        "http://127.0.0.1",
        "http://127.0.0.1:8080.attacker.example",
        "null",
        "",
        "file://",
        "http://[broken",
        "ftp://127.0.0.1:8080",
    ],
)
def test_a_page_of_another_site_is_refused(request_: Asked, origin: str) -> None:
    refusal = RULES.refusal(attrs.evolve(request_, origins=(origin,)))
    assert status(refusal) is HTTPStatus.FORBIDDEN


def test_a_second_origin_does_not_hide_the_first() -> None:
    origins = ("http://127.0.0.1:8080", "http://attacker.example")
    assert status(RULES.refusal(attrs.evolve(POST, origins=origins))) is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_needs_no_token(method: str) -> None:
    assert RULES.refusal(attrs.evolve(GET, method=method)) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "ANYTHING", "get"])
def test_what_may_change_something_needs_the_token(method: str) -> None:
    assert RULES.refusal(attrs.evolve(POST, method=method)) is None
    refusal = RULES.refusal(attrs.evolve(POST, method=method, authorization=None))
    assert status(refusal) is HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer s3cre",
        "Bearer s3cret1",
        "Bearer S3CRET",
        "Bearer ",
        "Bearer",
        "s3cret",
        "Basic s3cret",
        "Bearer \udcff\udcfe",
        "Bearer café",
        "",
    ],
)
def test_another_token_is_refused(authorization: str) -> None:
    refusal = RULES.refusal(attrs.evolve(POST, authorization=authorization))
    assert status(refusal) is HTTPStatus.UNAUTHORIZED


def test_the_scheme_may_be_written_in_any_case() -> None:
    assert RULES.refusal(attrs.evolve(POST, authorization="bearer s3cret")) is None


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer s3cret"])
def test_without_a_configured_token_nothing_fits(authorization: str | None) -> None:
    rules = Rules.of("admin", "127.0.0.1", (), "")
    refusal = rules.refusal(attrs.evolve(POST, authorization=authorization))
    assert refusal is not None
    assert refusal.status is HTTPStatus.FORBIDDEN
    assert "set its setting `token`" in refusal.reason


class Uncomparable(bytes):
    """Bytes that take as long to compare, however much of them is right."""

    @override
    def __eq__(self, other: object) -> bool:
        raise AssertionError("an ordinary comparison ends at the first difference")

    __hash__ = bytes.__hash__


class SecretToken(str):
    __slots__ = ()

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return Uncomparable(super().encode(encoding, errors))


@pytest.mark.parametrize("authorization", ["Bearer s3cret", "Bearer s3cre", "Bearer 0"])
def test_the_time_of_a_comparison_does_not_tell_how_much_was_right(authorization: str) -> None:
    rules = attrs.evolve(RULES, token=SecretToken("s3cret"))
    refusal = rules.refusal(attrs.evolve(POST, authorization=authorization))
    assert (refusal is None) == (authorization == "Bearer s3cret")


def test_the_token_is_in_no_text_about_the_rules() -> None:
    assert "s3cret" not in repr(RULES)
    refusal = RULES.refusal(attrs.evolve(POST, authorization="Bearer wrong"))
    assert "s3cret" not in repr(refusal)
