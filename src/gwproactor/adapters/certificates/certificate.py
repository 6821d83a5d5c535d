"""What a certificate says of itself."""

import hashlib
import ipaddress
import warnings
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gwproactor.adapters.certificates.pem import Block, Parsed, read_kind
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.domain.outcome import Outcome

LABELS: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
# OpenSSL's own, of which only OpenSSL reads what comes after the certificate.
TRUSTED_LABEL: Final = "TRUSTED CERTIFICATE"
ANY_USE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
# What OpenSSL takes for a server's; those of Microsoft and Netscape are older than the first.
SERVER_USES: Final = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
        x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
    }
)
# Before there were extended key usages.
NETSCAPE_TYPE: Final = x509.ObjectIdentifier("2.16.840.1.113730.1.1")


@attrs.frozen
class Certificate:
    """`names` and `addresses` are those of the host that it is for; without names the
    `common_names` are. `public_key` is DER (SubjectPublicKeyInfo), `rsa_bits` the length of one of
    that kind.

    `may_issue`: it is that of an authority. `is_self_signed`: it says so; as with OpenSSL its
    signature is not looked at. `may_sign`: its key may be used for a TLS handshake. `uses_any`: its
    extended key usage names no use but any, which OpenSSL does not count.
    """

    subject: str
    issuer: str
    common_names: tuple[str, ...]
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    may_issue: bool
    is_self_signed: bool
    is_for_clients: bool
    is_for_servers: bool
    uses_any: bool
    may_sign: bool
    key_kind: str
    rsa_bits: int | None
    public_key: bytes = attrs.field(repr=False)
    sha256: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """All that it is for, as far as it says so expressly."""
        return (*self.names, *self.addresses)

    def is_for(self, host: str) -> bool:
        """Whether it is for *host*, a name or an address, as OpenSSL has it."""
        wanted = _address(host)
        if wanted is not None:
            return wanted in map(_address, self.addresses)
        asked = _in_ascii(host)
        return any(_fits(pattern, asked) for pattern in self.names or self.common_names)


def read_certificates(path: Path) -> Outcome[Parsed[Certificate], FileTrouble]:
    """The certificates in a PEM file, in their order. Blocks with the disk."""
    return read_kind(path, LABELS | {TRUSTED_LABEL}, "certificate", certificate_of)


def is_same_name(one: str, other: str) -> bool:
    """Of a subject and an issuer: capitals and spaces do not count (RFC 5280 §7.1)."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def certificate_of(block: Block) -> Certificate | None:
    """None if it is damaged, or such as `cryptography` does not understand."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some authorities of the web break RFC 5280
            return facts_of(x509.load_pem_x509_certificate(block.text))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return None


def facts_of(certificate: x509.Certificate) -> Certificate:
    """Raises ValueError, TypeError, UnsupportedAlgorithm and DuplicateExtension."""
    self_signed = _is_self_signed(certificate)
    uses = _extended_uses(certificate)
    usage = _usage(certificate)
    alternatives = _alternative_names(certificate)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        common_names=_common_names(certificate.subject),
        names=tuple(alternatives.get_values_for_type(x509.DNSName)),
        addresses=tuple(map(str, alternatives.get_values_for_type(x509.IPAddress))),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        may_issue=_may_issue(certificate, self_signed=self_signed),
        is_self_signed=self_signed,
        is_for_clients=not uses or bool(uses & {ExtendedKeyUsageOID.CLIENT_AUTH, ANY_USE}),
        is_for_servers=not uses or bool(uses & {*SERVER_USES, ANY_USE}),
        uses_any=uses == {ANY_USE},
        may_sign=usage is None or usage.digital_signature or usage.key_agreement,
        key_kind=key_kind(certificate.public_key()),
        rsa_bits=_rsa_bits(certificate.public_key()),
        public_key=certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        ),
        sha256=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    )


def key_kind(key: object) -> str:
    """*key*, public or private, in the words of people."""
    match key:
        case rsa.RSAPublicKey() | rsa.RSAPrivateKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey() | ec.EllipticCurvePrivateKey():
            return f"EC {key.curve.name}"
        case _:
            return type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey")


def _rsa_bits(key: object) -> int | None:
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else None


def _is_self_signed(certificate: x509.Certificate) -> bool:
    names = (certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string())
    if not is_same_name(*names):
        return False
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        by = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return True
    return by.key_identifier in {None, own.digest}


def _may_issue(certificate: x509.Certificate, *, self_signed: bool) -> bool:
    """As OpenSSL has it (check_ca in v3_purp.c), which is milder than RFC 5280."""
    usage = _usage(certificate)
    if usage is not None and not usage.key_cert_sign:
        return False
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        pass
    if certificate.version is x509.Version.v1:  # before there were authorities and others
        return self_signed
    return usage is not None or any(each.oid == NETSCAPE_TYPE for each in certificate.extensions)


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    """None is as good as all."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _extended_uses(certificate: x509.Certificate) -> frozenset[x509.ObjectIdentifier]:
    """None is as good as all."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(found.value)


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])


def _common_names(name: x509.Name) -> tuple[str, ...]:
    return tuple(str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _in_ascii(host: str) -> str:
    """As `ssl` asks for it."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _fits(pattern: str, host: str) -> bool:
    """A `*` stands for one whole label, the first."""
    given, wanted = (name.lower().split(".") for name in (pattern, host))
    if given[0] == "*" and len(given) > 2:
        return len(given) == len(wanted) and given[1:] == wanted[1:]
    return given == wanted
