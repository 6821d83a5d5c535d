"""Names by which a web server may be called, and the token that it asks for: what can ever fit.

A client sends a name as it stands in a URL, in ASCII and without scheme and port, and a token in a
header (RFC 9110 §7.2 and §11.6.2). What cannot come so is refused where it is configured.
"""

import re
from typing import Final

from gwproactor.domain.outcome import Failure, Outcome, Success

NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
IPV6: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")
IN_A_HEADER: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
NAME_LENGTH_MAX: Final = 253


def checked_host_name(text: str) -> Outcome[str, str]:
    """*text* without blanks around it, or what is wrong with it."""
    name = text.strip()
    if len(name) <= NAME_LENGTH_MAX and (IPV6.fullmatch(name) or NAME.fullmatch(name)):
        return Success(name)
    return Failure(f"{name[:NAME_LENGTH_MAX]!r} cannot be the name of a host: {_remedy(name)}")


def checked_token(text: str) -> Outcome[str, str]:
    """*text* without blanks and line ends around it, or what is wrong, which shows none of it."""
    token = text.strip()
    if IN_A_HEADER.fullmatch(token) is None:
        return Failure("the token has a line end, or another character that no header can carry")
    return Success(token)


def _remedy(name: str) -> str:
    if "://" in name or "/" in name:
        return "give the name alone, without http:// and without a path"
    if ":" in name:
        return "give it without a port; every port is meant"
    if not name.isascii():
        return "write it as clients send it, in ASCII (xn--...)"
    if "*" in name:
        return "there are no wildcards; give each name"
    return "expected a name like house.local, or an address"
