"""Certificates, keys and lists of every kind, right and wrong, written as PEM files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

DAY: Final = timedelta(days=1)
CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH
DIGITAL_SIGNATURE: Final = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=False,
    crl_sign=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@attrs.frozen
class Holder:
    """A certificate and its key, which may issue others."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: str = "") -> bytes:
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def files(self, folder: Path, name: str, *, password: str = "") -> tuple[Path, Path]:
        """`{name}.crt` and `{name}.key` in *folder*."""
        paths = folder / f"{name}.crt", folder / f"{name}.key"
        for path, content in zip(paths, (self.pem, self.key_pem(password)), strict=True):
            path.write_bytes(content)
        return paths


@attrs.frozen
class Issuing:
    """Issues at *now*; `since` and `until` are from then."""

    now: datetime

    def certificate(
        self,
        name: str,
        *,
        by: Holder | None = None,
        is_authority: bool = False,
        may_sign: bool = True,
        hosts: Sequence[str] = (),
        uses: Sequence[x509.ObjectIdentifier] = (),
        key: Key | None = None,
        since: timedelta = -DAY,
        until: timedelta = 10 * DAY,
    ) -> Holder:
        """Signed by itself, if not *by* another. Without *may_sign* the use of its key is told."""
        own_key = key or ec_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(own_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + since)
            .not_valid_after(self.now + until)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if hosts:
            names = x509.SubjectAlternativeName(map(_host, hosts))
            builder = builder.add_extension(names, critical=False)
        if uses:
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        if not may_sign:
            builder = builder.add_extension(DIGITAL_SIGNATURE, critical=True)
        return Holder(builder.sign(by.key if by else own_key, hashes.SHA256()), own_key)

    def revocations(
        self,
        by: Holder,
        revoked: Sequence[Holder] = (),
        *,
        since: timedelta = -DAY,
        until: timedelta = DAY,
    ) -> bytes:
        """A list, as PEM."""
        builder = x509.CertificateRevocationListBuilder(
            by.certificate.subject, self.now + since, self.now + until
        )
        for one in revoked:
            entry = x509.RevokedCertificateBuilder(
                one.certificate.serial_number, self.now + since
            ).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
