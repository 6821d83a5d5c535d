"""Hosts to connect to and addresses to listen on: what no resolver could ever find is refused."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator

WILDCARDS: Final = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - to tell who does


def _host(given: str) -> str:
    """Errors do not show it: who writes a URL may have put a password there."""
    if not given or _is_address(given):
        return given
    fault = _fault(given)
    if fault:
        raise ValueError(f"must be the name or the address of a host: {fault}")
    return given


def _fault(given: str) -> str:
    if "://" in given:
        return "write it without a scheme and a path; ports and TLS have settings of their own"
    if "/" in given:
        return "write it without a path"
    if given.startswith("[") and _is_address(given.strip("[]")):
        return "write it without brackets"
    if ":" in given:
        return "write it without a port, which has a setting of its own"
    if any(character.isspace() or not character.isprintable() for character in given):
        return "it has white space or a control character"
    try:
        given.encode("idna")
    except UnicodeError:
        return "one of its parts is empty, or too long"
    return ""


def _is_address(given: str) -> bool:
    try:
        ipaddress.ip_address(given)
    except ValueError:
        return False
    return True


Host = Annotated[str, AfterValidator(_host)]


def overlap(one: str, other: str) -> bool:
    """Whether nobody can listen on *other* at a port at which somebody listens on *one*."""
    if one == other:
        return True
    mine, others = set(_addresses(one)), set(_addresses(other))
    return bool(mine & others) or any(
        WILDCARDS[version] in (address, against)
        for version, address in mine
        for same, against in others
        if version == same
    )


def _addresses(host: str) -> Iterator[tuple[int, str]]:
    """Of IPv4 or IPv6, which do not meet; none: of what only a resolver knows."""
    if host.lower() == "localhost":
        yield from ((4, "127.0.0.1"), (6, "::1"))
    elif _is_address(host):
        address = ipaddress.ip_address(host)
        yield address.version, str(address)
