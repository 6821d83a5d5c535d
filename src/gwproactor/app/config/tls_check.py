"""What is wrong with the files that a node shows and trusts, found before it connects.

A node reads these files anew at each connect, so they may be replaced while it runs.
"""

import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from gwproactor.adapters.mqtt.tls_files import TLSFiles, tls_context
from gwproactor.app.config.fault import Fault
from gwproactor.app.config.finding import Finding
from gwproactor.app.config.secret_check import login_findings
from gwproactor.app.config.tls_identity import CERTIFICATE, identity_findings
from gwproactor.app.config.tls_trust import CA, CRL, trust_findings
from gwproactor.app.link_transports import tls_files
from gwproactor.app.settings import ProactorSettings
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
            yield from _refused_by_openssl(settings, broker)


def _cipher_findings(ciphers: str | None) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers(ciphers or "DEFAULT")
    except (ssl.SSLError, ValueError):
        yield Finding(CIPHERS, f"OpenSSL knows none of {ciphers!r}")


def _refused_by_openssl(settings: ProactorSettings, broker: str) -> Iterator[Finding]:
    """What connects has the last word: it also refuses keys that are too short."""
    files = tls_files(settings, broker)
    match tls_context(files):
        case Failure(text):
            setting = _setting_that_is_named(text, files)
            # What else could be wrong with the two was looked for before.
            if text.startswith(f"{files.cert_path} with"):
                pair = f"{files.cert_path} with {files.private_key_path}"
                text = f"OpenSSL refuses {pair}: is the key short, or the signature of an old kind?"
            yield Finding(setting, text)
        case Success(_):
            pass


def _setting_that_is_named(text: str, files: TLSFiles) -> tuple[str, ...]:
    if text.startswith(str(files.ca_cert_path)):
        return CA
    if text.startswith(str(files.crl_path)):
        return CRL
    return CERTIFICATE
