"""Who may ask a web server for what: decided from the headers of a request alone.

Three rules, in this order. The Host header must name this server: a page of the attacker's whose
name was made to point here (DNS rebinding) sends its own. The Origin header, if there is one, must
name this server: pages of other sites send theirs. What changes state needs the server's token.
"""

import re
from collections.abc import Collection
from hmac import compare_digest
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import attrs

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::([0-9]{1,5}))?")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# What a client sent is repeated to it, but not all of it.
SHOWN_MAX: Final = 80
UNNAMED: Final = "the request does not say by one Host header which server it is for"


@attrs.frozen
class Asked:
    """What a request says of itself; `came_to` is the address at which it arrived."""

    method: str
    hosts: Collection[str]
    origins: Collection[str]
    authorization: str | None
    came_to: str


@attrs.frozen
class Refusal:
    """`reason` says to the owner of the server what to change."""

    status: HTTPStatus
    reason: str


@attrs.frozen
class Rules:
    """Those of the server *name*. An empty *token* never fits."""

    name: str
    hosts: frozenset[str]
    token: str = attrs.field(repr=False)

    @classmethod
    def of(cls, name: str, host: str, allowed_hosts: Collection[str], token: str) -> "Rules":
        """*host* is what the server listens on: of use here if it is a name."""
        names = ["localhost", *allowed_hosts]
        if _address(host) is None:
            names.append(host)
        return cls(name, frozenset(_plain(each) for each in names), token)

    def refusal(self, asked: Asked) -> Refusal | None:
        """Why the request must not be answered, or None."""
        called = [_authority(host) for host in asked.hosts]
        if len(called) != 1 or called[0] is None:
            return Refusal(HTTPStatus.MISDIRECTED_REQUEST, UNNAMED)
        if not self._is_own(called[0].host, asked.came_to):
            return Refusal(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"this is not the server {called[0].host[:SHOWN_MAX]!r}; if it should be, "
                f"add that name to allowed_hosts of the web server {self.name!r}",
            )
        if not all(_is_same_site(origin, called[0]) for origin in asked.origins):
            return Refusal(
                HTTPStatus.FORBIDDEN, "the request comes from a web page of another site"
            )
        if asked.method in SAFE_METHODS:
            return None
        return self._token_refusal(asked)

    def _token_refusal(self, asked: Asked) -> Refusal | None:
        if not self.token:
            return Refusal(
                HTTPStatus.FORBIDDEN,
                f"{asked.method} is refused, because the web server {self.name!r} has no token: "
                "set its setting `token`, and send it as `Authorization: Bearer TOKEN`",
            )
        if not self._is_authorized(asked.authorization or ""):
            return Refusal(
                HTTPStatus.UNAUTHORIZED,
                f"{asked.method} needs the token of the web server {self.name!r}, "
                "as `Authorization: Bearer TOKEN`",
            )
        return None

    def _is_authorized(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return False
        # In a time that does not tell how much of it was right.
        given = token.strip().encode("utf-8", "surrogateescape")
        return compare_digest(given, self.token.encode())

    def _is_own(self, host: str, came_to: str) -> bool:
        name = _plain(host)
        if name in self.hosts:
            return True
        address = _address(name)
        return address is not None and address == _address(came_to)


class Authority(NamedTuple):
    """Host, as written, and port, if given."""

    host: str
    port: int | None


def _authority(text: str) -> Authority | None:
    found = AUTHORITY.fullmatch(text.strip())
    if found is None:
        return None
    host, port = found.groups()
    return Authority(host, int(port) if port else None)


def _is_same_site(origin: str, called: Authority) -> bool:
    """Whether *origin* is a page of the server that was *called* so; `null` is of none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    named = _authority(parts.netloc)
    default = DEFAULT_PORTS.get(parts.scheme)
    if named is None or default is None:
        return False
    # A proxy in front of the server may speak https for it, so the schemes need not be equal.
    return _plain(named.host) == _plain(called.host) and (named.port or default) == (
        called.port or default
    )


def _plain(host: str) -> str:
    """One form for the spellings of a host."""
    name = host.strip("[]").rstrip(".").lower()
    address = _address(name)
    return name if address is None else str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
