"""Which names and tokens of a web server can ever come in a request."""

import pytest

from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.web_names import checked_host_name, checked_token


@pytest.mark.parametrize(
    "name",
    ["house.local", "Boiler.LOCAL.", "pi", "my_box", "192.168.1.7", "::1", "[fe80::1]", "xn--b.de"],
)
def test_a_name_that_a_client_can_send_is_taken(name: str) -> None:
    assert checked_host_name(f" {name}\n") == Success(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("h.local:8080", "without a port"),
        ("[::1]:8080", "without a port"),
        ("http://h.local", "without http://"),
        ("h.local/", "without a path"),
        ("bücher.local", "xn--"),
        ("*.local", "wildcards"),
        ("", "expected a name"),
        ("a b", "expected a name"),
        ("-", "expected a name"),
        (254 * "x", "expected a name"),
    ],
)
def test_a_name_that_never_comes_is_refused_with_the_remedy(name: str, words: str) -> None:
    refusal = checked_host_name(name)
    assert isinstance(refusal, Failure)
    assert words in refusal.failure()


@pytest.mark.parametrize("text", ["s3cret\n", " s3cret\r\n", "s3cret"])
def test_blanks_around_a_token_do_not_belong_to_it(text: str) -> None:
    """As `echo` and editors leave them in the files from which tokens come."""
    assert checked_token(text) == Success("s3cret")


@pytest.mark.parametrize("text", ["s3\ncret", "s3\x00cret", "s3\ud800cret"])
def test_a_token_that_no_header_carries_is_refused_and_not_shown(text: str) -> None:
    refusal = checked_token(text)
    assert isinstance(refusal, Failure)
    assert "cret" not in refusal.failure()
