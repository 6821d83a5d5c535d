"""Why a broker cannot be reached, in words for whoever has to mend it.

The codes are those of MQTT 3.1.1, table 3.1. A broker that knows no such user, or another password,
answers 5, as mosquitto does, or 4.
"""

from typing import Final

REFUSALS: Final = {
    "connack 1": "it does not speak this version of MQTT",
    "connack 2": "it refuses the client id",
    "connack 3": "it says that it is not available",
    "connack 4": "it refuses user or password",
    "connack 5": "it refuses user or password",
}

FAILURES: Final = {
    "name resolution": "its name is unknown",
    "tcp": "it takes no connection",
    "tls": "no secure connection came about",
    "timeout": "it does not answer in time",
    "tls not trusted": "its certificate is of no authority that this node trusts",
    "tls host name": "its certificate is for another host",
    "tls expired": "its certificate has expired, or the clock of this node is wrong",
    "tls not yet valid": "its certificate is not valid yet, or the clock of this node is wrong",
    "tls revoked": "its certificate is revoked",
    "tls revocation list": "there is no valid list of its authority's revoked certificates",
    "tls certificate too weak": "a key or signature of its certificates is too weak",
    "tls certificate not fit": "its certificate, or that of an authority, is not for this use",
    "tls client certificate": "it refuses the certificate of this node, or misses one",
    "tls files": "the TLS files of this node cannot be used",
    "credentials": "user name and password cannot be used",
    "files": "the files for TLS, user name and password cannot be read in time",
}


def outage_words(cause: str) -> str:
    """*cause* is that of a `BrokerConnectFailed`; it stays there for those who look it up."""
    words = REFUSALS.get(cause) or FAILURES.get(cause)
    return cause if words is None else f"{words} ({cause})"
