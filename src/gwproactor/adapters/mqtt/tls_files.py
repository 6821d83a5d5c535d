"""A TLS context from PEM files; made anew for each connect, so that files may be replaced."""

import enum
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.mqtt.secret_file import Secret, read_secret
from gwproactor.adapters.regular_files import is_absent, read_regular
from gwproactor.domain.outcome import Failure, Outcome, Success

CERTIFICATE: Final = b"CERTIFICATE-----"
PRIVATE_KEY: Final = b"PRIVATE KEY-----"
CRL: Final = b"X509 CRL-----"
# All authorities of the web together take 0.25 MB; a log would fill the memory.
BYTES_MAX: Final = 4_000_000
# By OpenSSL's names of its reasons.
WEAK: Final = {
    "EE_KEY_TOO_SMALL": "the key is too short",
    "CA_KEY_TOO_SMALL": "a key of its chain is too short",
    "CA_MD_TOO_WEAK": "its signature is of a kind that is too weak",
}


@attrs.frozen(kw_only=True)
class TLSFiles:
    """Whom a node trusts at one broker, and what it shows of itself. All files are PEM.

    Without `needs_ca_cert` the authorities of the operating system are trusted where there is no
    file `ca_cert_path`. Without `needs_cert` no certificate is shown where there is neither
    `cert_path` nor `private_key_path`. With a `crl_path` the broker's own certificate is refused if
    its authority has revoked it there, or has no valid list there. `ciphers` is for TLS 1.2 (None:
    those of OpenSSL); older versions of TLS are refused.
    """

    ca_cert_path: Path
    cert_path: Path
    private_key_path: Path
    needs_ca_cert: bool = True
    needs_cert: bool = True
    crl_path: Path | None = None
    key_password: Secret = attrs.field(default="", repr=False)
    verify_mode: ssl.VerifyMode = ssl.CERT_REQUIRED
    ciphers: str | None = None


class TLSPart(enum.Enum):
    """What of `TLSFiles` a fault is of."""

    AUTHORITIES = enum.auto()
    REVOCATIONS = enum.auto()
    CERTIFICATE = enum.auto()
    KEY = enum.auto()
    PAIR = enum.auto()
    KEY_PASSWORD = enum.auto()
    CIPHERS = enum.auto()


@attrs.frozen
class TLSFault:
    """`text` names the file and shows nothing from it."""

    part: TLSPart
    text: str


def tls_context(files: TLSFiles) -> Outcome[ssl.SSLContext, TLSFault]:
    """Blocks, as it reads the files; fails with the first fault."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = files.verify_mode is not ssl.CERT_NONE
    context.verify_mode = files.verify_mode
    for step in (_choose_ciphers, _trust, _revoke, _show_certificate):
        fault = step(context, files)
        if fault is not None:
            return Failure(fault)
    return Success(context)


def _choose_ciphers(context: ssl.SSLContext, files: TLSFiles) -> TLSFault | None:
    if files.ciphers is None:
        return None
    try:
        context.set_ciphers(files.ciphers)
    except (ssl.SSLError, ValueError):
        return TLSFault(TLSPart.CIPHERS, f"OpenSSL knows none of the ciphers {files.ciphers!r}")
    return None


def _trust(context: ssl.SSLContext, files: TLSFiles) -> TLSFault | None:
    path, part = files.ca_cert_path, TLSPart.AUTHORITIES
    if files.verify_mode is ssl.CERT_NONE:
        return None
    if not files.needs_ca_cert and is_absent(path):
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return None
    return _fault(part, path, CERTIFICATE, "certificate") or _load(context, part, path)


def _revoke(context: ssl.SSLContext, files: TLSFiles) -> TLSFault | None:
    path, part = files.crl_path, TLSPart.REVOCATIONS
    if path is None or files.verify_mode is ssl.CERT_NONE:
        return None
    match read_regular(path, BYTES_MAX):
        case Failure(trouble):
            return TLSFault(part, str(trouble))
        case Success(content):
            # OpenSSL would trust a certificate that it finds there.
            if CRL not in content or CERTIFICATE in content:
                return TLSFault(part, f"{path} is no list of revoked certificates")
    # Of the broker's own certificate: few authorities publish lists for the whole chain.
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return _load(context, part, path)


def _load(context: ssl.SSLContext, part: TLSPart, path: Path) -> TLSFault | None:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError:
        return TLSFault(part, f"{path} holds what OpenSSL cannot read")
    except OSError as error:  # it was taken away just now
        return TLSFault(part, f"{path} cannot be read: {error.strerror}")
    return None


def _show_certificate(context: ssl.SSLContext, files: TLSFiles) -> TLSFault | None:
    certificate, key = files.cert_path, files.private_key_path
    if not files.needs_cert and is_absent(certificate) and is_absent(key):
        return None
    fault = _fault(TLSPart.CERTIFICATE, certificate, CERTIFICATE, "certificate") or _fault(
        TLSPart.KEY, key, PRIVATE_KEY, "private key"
    )
    if fault is not None:
        return fault
    match read_secret(files.key_password):
        case Failure(trouble):
            return TLSFault(TLSPart.KEY_PASSWORD, str(trouble))
        case Success(password):
            return _load_pair(context, certificate, key, password)


def _load_pair(
    context: ssl.SSLContext, certificate: Path, key: Path, password: str
) -> TLSFault | None:
    asked: list[bool] = []
    try:
        context.load_cert_chain(certificate, key, _answer(password, asked))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return TLSFault(TLSPart.KEY, f"{key} is not the key of {certificate}")
        if asked and not password:
            return TLSFault(TLSPart.KEY, f"{key} is encrypted, and there is no password")
        if asked:
            return TLSFault(TLSPart.KEY_PASSWORD, f"the password of {key} is another")
        return TLSFault(TLSPart.PAIR, _refused_pair(certificate, key, error))
    except ValueError:
        return TLSFault(TLSPart.KEY_PASSWORD, f"the password of {key} is longer than OpenSSL takes")
    except OSError as error:  # it was taken away just now
        return TLSFault(TLSPart.PAIR, f"{certificate} cannot be read: {error.strerror}")
    return None


def _refused_pair(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    reason = WEAK.get(error.reason)
    if reason is None:
        return f"OpenSSL cannot read {certificate} with {key}"
    return f"OpenSSL refuses {certificate} with {key}: {reason}"


def _answer(password: str, asked: list[bool]) -> Callable[[], str]:
    """Without an answer OpenSSL would ask whoever sits at the terminal."""

    def answer() -> str:
        asked.append(True)
        return password

    return answer


def _fault(part: TLSPart, path: Path, mark: bytes, what: str) -> TLSFault | None:
    """Before OpenSSL opens it, which a pipe would hold for ever."""
    match read_regular(path, BYTES_MAX):
        case Failure(trouble):
            return TLSFault(part, str(trouble))
        case Success(content):
            return None if mark in content else TLSFault(part, f"{path} holds no {what}")
