"""Makes keys, and certificates of a small authority of one's own (RFC 5280)."""

import ipaddress
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SigningKey: TypeAlias = (
    ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | rsa.RSAPrivateKey
)

# The clock of a machine without a battery may be behind; what is issued now must hold there too.
BACKDATED: Final = timedelta(days=1)


@attrs.frozen
class Issuer:
    """An authority that can issue."""

    certificate: x509.Certificate
    key: SigningKey = attrs.field(repr=False)


def new_key() -> ec.EllipticCurvePrivateKey:
    """P-256: known to everything that speaks TLS, and quick on a small machine."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: SigningKey) -> bytes:
    """Not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def self_signed(key: SigningKey, name: str, now: datetime, days: int) -> x509.Certificate:
    """An authority, for nothing but signing. What is issued by it issues nothing."""
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _blank(named, named, now, now + timedelta(days=days))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, _hash_for(key))
    )


def issue(
    issuer: Issuer, key: SigningKey, name: str, hosts: tuple[str, ...], now: datetime, days: int
) -> x509.Certificate:
    """For a server if there are *hosts* (names and addresses), else for a client. It does not
    outlive *issuer*. Raises ValueError if *name* or a host cannot be written into a certificate.
    """
    use = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    until = min(now + timedelta(days=days), issuer.certificate.not_valid_after_utc)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _blank(named, issuer.certificate.subject, now, until)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(_identifier_of(issuer), critical=False)
    )
    if hosts:
        names = x509.SubjectAlternativeName(map(_general_name, hosts))
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer.key, _hash_for(issuer.key))


def _blank(
    subject: x509.Name, issuer: x509.Name, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
    )


def _identifier_of(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    """As it names itself; TLS looks for that name."""
    try:
        own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _hash_for(key: SigningKey) -> hashes.SHA256 | None:
    """Edwards curves have one of their own."""
    has_own = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return None if has_own else hashes.SHA256()


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
