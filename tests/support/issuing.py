"""Certificates, keys and lists of every kind, right and wrong, written as PEM files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
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


def key_usage(allowed: str) -> x509.KeyUsage:
    """For nothing else."""
    names = (
        "digital_signature",
        "key_cert_sign",
        "crl_sign",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name == allowed for name in names})


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
        has_constraints: bool = True,
        hosts: Sequence[str] = (),
        uses: Sequence[x509.ObjectIdentifier] = (),
        more: Sequence[x509.ExtensionType] = (),
        second_name: str = "",
        key: Key | None = None,
        since: timedelta = -DAY,
        until: timedelta = 10 * DAY,
    ) -> Holder:
        """Signed by itself, if not *by* another. Without *may_sign* the use of its key is told."""
        own_key = key or ec_key()
        names = [x509.NameAttribute(NameOID.COMMON_NAME, one) for one in (name, second_name) if one]
        subject = x509.Name(names)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(own_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + since)
            .not_valid_after(self.now + until)
        )
        if has_constraints:
            constraints = x509.BasicConstraints(is_authority, None)
            builder = builder.add_extension(constraints, critical=True)
        if hosts:
            alternatives = x509.SubjectAlternativeName(map(_host, hosts))
            builder = builder.add_extension(alternatives, critical=False)
        if uses:
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        if not may_sign:
            builder = builder.add_extension(key_usage("digital_signature"), critical=True)
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
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


def signed_with_sha1(holder: Holder, by: rsa.RSAPrivateKey) -> Holder:
    """As old authorities are, which `cryptography` makes and verifies no more."""
    made = holder.certificate
    der = _resigned(made.tbs_certificate_bytes, made.public_bytes(Encoding.DER), by)
    return Holder(x509.load_der_x509_certificate(der), holder.key)


def revocations_with_sha1(pem: bytes, by: rsa.RSAPrivateKey) -> bytes:
    made = x509.load_pem_x509_crl(pem)
    der = _resigned(made.tbs_certlist_bytes, made.public_bytes(Encoding.DER), by)
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


def _resigned(signed: bytes, whole: bytes, by: rsa.RSAPrivateKey) -> bytes:
    with_sha256, with_sha1 = (
        bytes.fromhex(f"2a864886f70d0101{end}") for end in ("0b", "05")
    )  # RFC 8017 §A.2.4
    signature = by.sign(signed.replace(with_sha256, with_sha1), padding.PKCS1v15(), hashes.SHA1())
    return whole.replace(with_sha256, with_sha1)[: -len(signature)] + signature
