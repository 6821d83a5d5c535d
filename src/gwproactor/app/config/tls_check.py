"""What is wrong with the files that a node shows and trusts, found before it connects.

A node reads these files anew at each connect, so they may be replaced while it runs.
"""

import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from gwproactor.adapters.mqtt.tls_files import TLSFault, TLSPart, tls_context
from gwproactor.app.config.fault import Fault
from gwproactor.app.config.finding import Finding
from gwproactor.app.config.secret_check import login_findings
from gwproactor.app.config.tls_identity import (
    CERTIFICATE,
    KEY,
    identity_findings,
    password_setting,
)
from gwproactor.app.config.tls_trust import CA, CRL, trust_findings, weak_findings
from gwproactor.app.link_transports import tls_files
from gwproactor.app.settings import ProactorSettings, TLSInfo
from gwproactor.domain.outcome import Failure, Success

CIPHERS: Final = ("tls", "ciphers")


def tls_faults(
    settings: ProactorSettings, place: Callable[..., str], now: datetime
) -> tuple[Fault, ...]:
    """Of every broker that a link uses: what is wrong with its TLS files, and with those of user
    name and passwords. `place(*names)` says where a setting was written; *now* has a time zone.

    Reads the files, and blocks as long as that takes. Shows nothing from a key or a password.
    """
    return tuple(
        Fault(place(*_path_of(settings, broker), *finding.setting), finding.text, finding.may_pass)
        for broker in settings.used_brokers
        for finding in _findings(settings, broker, now)
    )


def _path_of(settings: ProactorSettings, broker: str) -> tuple[str, ...]:
    """A subclass may have brokers as fields of its own."""
    return ("brokers", broker) if broker in settings.brokers else (broker,)


def _findings(settings: ProactorSettings, broker: str, now: datetime) -> Iterator[Finding]:
    client = settings.every_broker[broker]
    yield from login_findings(client)
    if client.tls.use_tls:
        paths = settings.tls_paths(broker)
        found = [
            *_cipher_findings(client.tls.ciphers),
            *trust_findings(client, paths, now),
            *identity_findings(client.tls, paths, now),
        ]
        yield from found
        if all(finding.may_pass for finding in found):
            yield from _findings_by_openssl(settings, broker)


def _cipher_findings(ciphers: str | None) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers(ciphers or "DEFAULT")
    except (ssl.SSLError, ValueError):
        yield Finding(CIPHERS, f"OpenSSL knows none of the ciphers {ciphers!r}")


def _findings_by_openssl(settings: ProactorSettings, broker: str) -> Iterator[Finding]:
    """What connects has the last word: it reads what is not understood here, and knows what is too
    weak.
    """
    client = settings.every_broker[broker]
    match tls_context(tls_files(settings, broker)):
        case Failure(TLSFault(part, text)):
            yield Finding(_setting(part, client.tls), text)
        case Success(context):
            yield from weak_findings(client, settings.tls_paths(broker), context.security_level)


def _setting(part: TLSPart, tls: TLSInfo) -> tuple[str, ...]:
    match part:
        case TLSPart.AUTHORITIES:
            return CA
        case TLSPart.REVOCATIONS:
            return CRL
        case TLSPart.CERTIFICATE | TLSPart.PAIR:
            return CERTIFICATE
        case TLSPart.KEY:
            return KEY
        case TLSPart.KEY_PASSWORD:
            return password_setting(tls)
        case TLSPart.CIPHERS:
            return CIPHERS
