"""Whether a node can show its own certificate."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gwproactor.adapters.certificates import (
    Certificate,
    NeedsPassword,
    PrivateKey,
    read_certificates,
    read_private_key,
)
from gwproactor.adapters.mqtt.secret_file import read_secret
from gwproactor.adapters.regular_files import FileTrouble, is_absent
from gwproactor.app.config.finding import Finding, outside_its_time
from gwproactor.app.settings import TLSInfo, TLSPaths
from gwproactor.domain.outcome import Failure, Outcome, Success

CERTIFICATE: Final = ("tls", "paths", "cert_path")
KEY: Final = ("tls", "paths", "private_key_path")
PASSWORD: Final = ("tls", "keyfile_password")
PASSWORD_FILE: Final = ("tls", "keyfile_password_file")


def identity_findings(tls: TLSInfo, paths: TLSPaths, now: datetime) -> Iterator[Finding]:
    """Nothing, if neither certificate nor key is configured or there by default."""
    certificate_path, key_path = paths.cert_path, paths.private_key_path
    assert certificate_path is not None
    assert key_path is not None
    is_configured = tls.paths.cert_path is not None or tls.paths.private_key_path is not None
    if not is_configured and is_absent(certificate_path) and is_absent(key_path):
        return
    if not is_configured and (is_absent(certificate_path) or is_absent(key_path)):
        yield _half_of_a_pair(certificate_path, key_path)
        return
    shown: Sequence[Certificate] = ()
    match read_certificates(certificate_path):
        case Failure(trouble):
            yield Finding(CERTIFICATE, str(trouble))
        case Success(parsed):
            if not parsed.unread:  # else OpenSSL alone knows what it is
                shown = parsed.found
                yield from _certificate_findings(certificate_path, shown, now)
    match _password(tls):
        case Failure(finding):
            yield finding
        case Success(password):
            yield from _key_findings(tls, certificate_path, key_path, shown, password)


def _half_of_a_pair(certificate_path: Path, key_path: Path) -> Finding:
    if is_absent(certificate_path):
        return Finding(CERTIFICATE, f"{key_path} is there, but {certificate_path} does not exist")
    return Finding(KEY, f"{certificate_path} is there, but {key_path} does not exist")


def _password(tls: TLSInfo) -> Outcome[bytes, Finding]:
    if tls.keyfile_password_file is None:
        return Success(tls.keyfile_password.get_secret_value().encode())
    match read_secret(tls.keyfile_password_file):
        case Failure(trouble):
            return Failure(Finding(PASSWORD_FILE, str(trouble)))
        case Success(line):
            return Success(line.encode())


def _certificate_findings(
    path: Path, shown: Sequence[Certificate], now: datetime
) -> Iterator[Finding]:
    own = shown[0]
    yield from _time_findings(path, own, now)
    for issuer in shown[1:]:
        if not issuer.is_self_signed:  # the broker has the root of its own
            yield from _time_findings(path, issuer, now, what=issuer.subject)
    if not own.is_for_clients:
        text = f"{path} is not for clients: its extended key usage lacks clientAuth"
        yield Finding(CERTIFICATE, text)
    elif own.uses_any:
        text = f"{path} is refused by OpenSSL: its extended key usage has any, but not clientAuth"
        yield Finding(CERTIFICATE, text, may_pass=True)
    if not own.may_sign:
        text = f"{path} is refused by OpenSSL: its key usage lacks digitalSignature"
        yield Finding(CERTIFICATE, text, may_pass=True)


def _time_findings(
    path: Path, certificate: Certificate, now: datetime, *, what: str = ""
) -> Iterator[Finding]:
    return outside_its_time(
        CERTIFICATE,
        path,
        now,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        what=what,
    )


def _key_findings(
    tls: TLSInfo,
    certificate_path: Path,
    path: Path,
    shown: Sequence[Certificate],
    password: bytes,
) -> Iterator[Finding]:
    match read_private_key(path, password):
        case Failure(trouble):
            yield _key_trouble(tls, path, trouble)
        case Success(key):
            yield from _pair_findings(certificate_path, path, shown, key)


def _key_trouble(tls: TLSInfo, path: Path, trouble: FileTrouble | NeedsPassword) -> Finding:
    match trouble:
        case FileTrouble():
            return Finding(KEY, str(trouble))
        case NeedsPassword(is_wrong=False):
            advice = "give tls.keyfile_password_file or tls.keyfile_password"
            return Finding(KEY, f"{path} is encrypted: {advice}")
        case NeedsPassword():
            return Finding(password_setting(tls), f"the password of {path} is another")


def password_setting(tls: TLSInfo) -> tuple[str, ...]:
    """Where the password of the key is written."""
    return PASSWORD if tls.keyfile_password_file is None else PASSWORD_FILE


def _pair_findings(
    certificate_path: Path, path: Path, shown: Sequence[Certificate], key: PrivateKey
) -> Iterator[Finding]:
    if key.public_key is None or not shown or shown[0].public_key == key.public_key:
        return
    if any(certificate.public_key == key.public_key for certificate in shown):
        text = f"{certificate_path} does not begin with the certificate of the key {path}"
        yield Finding(CERTIFICATE, text)
    else:
        yield Finding(KEY, f"{path} is not the key of {certificate_path}")
