"""Where a redirect may lead."""

import pytest

from gwproactor.adapters.http_client.redirects import redirected
from gwproactor.domain.outcome import Failure, Success


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("http://h/a/b?x=1", "c", "http://h/a/c"),
        ("http://h/a/b", "/c?y=2", "http://h/c?y=2"),
        ("http://h/a", "//H:80/c", "http://H:80/c"),
        ("http://u:p@h/a", "http://h/c", "http://h/c"),
        ("https://h:444/a", "https://h:444/c", "https://h:444/c"),
        ("http://h/a", "https://h/a", "https://h/a"),
        ("http://h:80/a", "https://h:443/a", "https://h:443/a"),
    ],
)
def test_the_same_place_and_its_secure_form_are_followed(
    url: str, location: str, target: str
) -> None:
    assert redirected(url, location) == Success(target)


@pytest.mark.parametrize(
    ("url", "location", "reason"),
    [
        ("http://h/a", "http://other/a", "to http://other:80, another place"),
        ("http://h/a", "http://h.evil/a?token=s3cret", "to http://h.evil:80, another place"),
        ("http://h/a", "http://h@evil/a", "to http://evil:80, another place"),
        ("http://h/a", "http://h:8080/a", "to http://h:8080, another place"),
        ("https://h/a", "http://h/a", "to http://h:80, another place"),
        ("http://h:8080/a", "https://h/a", "to https://h:443, another place"),
        ("http://h/a", "https://h:8443/a", "to https://h:8443, another place"),
        ("http://h/a", "javascript:x", "to javascript://None:None, another place"),
        ("http://h/a", "http://h:x/", "to what is no URL"),
        ("http://h/a", "", "to nowhere"),
    ],
)
def test_another_place_is_not(url: str, location: str, reason: str) -> None:
    assert redirected(url, location) == Failure(reason)
