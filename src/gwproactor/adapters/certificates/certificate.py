"""What a certificate says of itself."""

import hashlib
import ipaddress
import warnings
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gwproactor.adapters.certificates.pem import Block, FileTrouble, read_kind
from gwproactor.domain.outcome import Outcome

LABELS: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
ANY_USE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


@attrs.frozen
class Certificate:
    """`names` and `addresses` are those of the host that it is for; without names the `common_name`
    is one. `public_key` is DER (SubjectPublicKeyInfo).

    `may_issue`: it is that of an authority. `is_self_signed`: its own key has signed it.
    """

    subject: str
    issuer: str
    common_name: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    may_issue: bool
    is_self_signed: bool
    is_for_clients: bool
    is_for_servers: bool
    key_kind: str
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
        return any(_fits(pattern, host) for pattern in self.names or (self.common_name,))


def read_certificates(path: Path) -> Outcome[tuple[Certificate, ...], FileTrouble]:
    """The certificates in a PEM file, at least one, in their order. Blocks with the disk.

    What OpenSSL may understand and this does not, as a key of an uncommon kind, is left out.
    """
    return read_kind(path, LABELS, "certificate", certificate_of)


def certificate_of(block: Block) -> Certificate | None:
    """None if it is damaged, or of an uncommon kind."""
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
    alternatives = _alternative_names(certificate)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        common_name=_common_name(certificate.subject),
        names=tuple(alternatives.get_values_for_type(x509.DNSName)),
        addresses=tuple(map(str, alternatives.get_values_for_type(x509.IPAddress))),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        may_issue=_may_issue(certificate, self_signed=self_signed),
        is_self_signed=self_signed,
        is_for_clients=not uses or bool(uses & {ExtendedKeyUsageOID.CLIENT_AUTH, ANY_USE}),
        is_for_servers=not uses or bool(uses & {ExtendedKeyUsageOID.SERVER_AUTH, ANY_USE}),
        key_kind=key_kind(certificate.public_key()),
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


def _is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(certificate: x509.Certificate, *, self_signed: bool) -> bool:
    if certificate.version is x509.Version.v1:  # before there were authorities and others
        return self_signed
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return constraints.ca
    return constraints.ca and usage.key_cert_sign


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


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _fits(pattern: str, host: str) -> bool:
    """A `*` stands for one whole label, the first."""
    given, wanted = (name.lower().rstrip(".").split(".") for name in (pattern, host))
    if given[0] == "*" and len(given) > 2:
        return len(given) == len(wanted) and given[1:] == wanted[1:]
    return given == wanted
