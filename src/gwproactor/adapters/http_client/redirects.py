"""Where an answer sends its client, and whether that may go there."""

from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from gwproactor.domain.outcome import Failure, Outcome, Success

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
# What a URL may hold as it is; some servers do not encode the rest.
_SAFE: Final = "%!#$&'()*+,/:;=?@[]~"


def redirected(url: str, location: str) -> Outcome[str, str]:
    """The URL that an answer to *url* names in its Location header. Fails with the reason, in which
    nothing of a query is shown: the header may repeat a secret of the request.
    """
    try:
        target = urljoin(url, quote(location, safe=_SAFE, errors="surrogateescape"))
        there, here = urlsplit(target), urlsplit(url)
        if not location:
            return Failure("to nowhere")
        if not _is_same_place(here, there):
            return Failure(f"to {there.scheme}://{there.hostname}:{_port(there)}, another place")
    except ValueError:
        return Failure("to what is no URL")
    return Success(target)


def _is_same_place(here: SplitResult, there: SplitResult) -> bool:
    """The way from http to https of one host is also one, if both have their usual ports."""
    if here.hostname != there.hostname:
        return False
    if here.scheme == there.scheme:
        return _port(here) == _port(there)
    upgrade = (here.scheme, _port(here), there.scheme, _port(there))
    return upgrade == ("http", 80, "https", 443)


def _port(url: SplitResult) -> int | None:
    return url.port or _PORTS.get(url.scheme)
