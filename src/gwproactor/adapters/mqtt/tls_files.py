"""A TLS context from PEM files; made anew for each connect, so that files may be replaced."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from gwproactor.adapters.mqtt.secret_file import Secret, read_secret
from gwproactor.domain.outcome import Failure, Outcome, Success

CERTIFICATE: Final = b"CERTIFICATE-----"
PRIVATE_KEY: Final = b"PRIVATE KEY-----"
CRL: Final = b"X509 CRL-----"


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


def tls_context(files: TLSFiles) -> Outcome[ssl.SSLContext, str]:
    """Blocks, as it reads the files. Fails: what is wrong with which file, with nothing from it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = files.verify_mode is not ssl.CERT_NONE
    context.verify_mode = files.verify_mode
    for step in (_choose_ciphers, _trust, _revoke, _show_certificate):
        fault = step(context, files)
        if fault is not None:
            return Failure(fault)
    return Success(context)


def _choose_ciphers(context: ssl.SSLContext, files: TLSFiles) -> str | None:
    if files.ciphers is None:
        return None
    try:
        context.set_ciphers(files.ciphers)
    except ssl.SSLError:
        return f"none of the ciphers {files.ciphers!r} is known"
    return None


def _trust(context: ssl.SSLContext, files: TLSFiles) -> str | None:
    if files.verify_mode is ssl.CERT_NONE:
        return None
    path = files.ca_cert_path
    try:
        if not files.needs_ca_cert and _is_absent(path):
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
            return None
        if CERTIFICATE not in path.read_bytes():
            return f"{path} holds no certificate"
        context.load_verify_locations(path)
    except OSError as error:
        return _fault(path, error)
    return None


def _revoke(context: ssl.SSLContext, files: TLSFiles) -> str | None:
    path = files.crl_path
    if path is None or files.verify_mode is ssl.CERT_NONE:
        return None
    try:
        content = path.read_bytes()
        # OpenSSL would trust a certificate that it finds there.
        if CRL not in content or CERTIFICATE in content:
            return f"{path} is no list of revoked certificates"
        context.load_verify_locations(path)
    except OSError as error:
        return _fault(path, error)
    # Of the broker's own certificate: few authorities publish lists for the whole chain.
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return None


def _show_certificate(context: ssl.SSLContext, files: TLSFiles) -> str | None:
    certificate, key = files.cert_path, files.private_key_path
    path = certificate
    try:
        if not files.needs_cert and _is_absent(certificate) and _is_absent(key):
            return None
        for path, kind, name in (
            (certificate, CERTIFICATE, "certificate"),
            (key, PRIVATE_KEY, "private key"),
        ):
            if kind not in path.read_bytes():
                return f"{path} holds no {name}"
    except OSError as error:
        return _fault(path, error)
    password = read_secret(files.key_password, "the key's password")
    if isinstance(password, Failure):
        return password.failure()
    return _load_pair(context, certificate, key, password.unwrap())


def _load_pair(context: ssl.SSLContext, certificate: Path, key: Path, password: str) -> str | None:
    asked: list[bool] = []
    try:
        context.load_cert_chain(certificate, key, _answer(password, asked))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"the key {key} does not belong to the certificate {certificate}"
        if asked:
            return f"{key}: " + ("wrong password" if password else "it needs a password")
        return f"{certificate} with {key}: what they hold cannot be read"
    except ValueError:
        return f"{key}: the password is too long"
    except OSError as error:
        return _fault(certificate, error)
    return None


def _answer(password: str, asked: list[bool]) -> Callable[[], str]:
    """Without an answer OpenSSL would ask whoever sits at the terminal."""

    def answer() -> str:
        asked.append(True)
        return password

    return answer


def _is_absent(path: Path) -> bool:
    """Not what may be there but cannot be looked at. Raises OSError."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    return False


def _fault(path: Path, error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{path}: what it holds cannot be read"
    return f"{path}: {error.strerror or type(error).__name__}"
