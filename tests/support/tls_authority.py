"""A throw-away authority that issues what real ones do: also what is wrong, late or revoked."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

DAY: Final = timedelta(days=1)
HOSTS: Final = ("localhost", "127.0.0.1")


@attrs.frozen
class Issued:
    """A certificate, and where it and its key are."""

    certificate: x509.Certificate
    path: Path
    key_path: Path


class Authority:
    """Its own certificate is written to `path`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._certificate = (
            _certificate(self._name, self._name, self._key, -DAY, 10 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(
        self,
        name: str,
        *,
        hosts: tuple[str, ...] = HOSTS,
        since: timedelta = -DAY,
        until: timedelta = DAY,
        password: str = "",
    ) -> Issued:
        """Write `{name}.crt` and `{name}.key`, in place of what is there; times are from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _certificate(_named(name), self._name, key, since, until)
            .add_extension(x509.SubjectAlternativeName([*map(_host, hosts)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        issued = Issued(certificate, self._folder / f"{name}.crt", self._folder / f"{name}.key")
        issued.path.write_bytes(certificate.public_bytes(Encoding.PEM))
        issued.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        return issued

    def revoke(self, *issued: Issued, name: str = "revoked", until: timedelta = DAY) -> Path:
        """Write a list of all that is revoked, in place of the one that is there."""
        now = datetime.now(UTC)
        revoked = x509.CertificateRevocationListBuilder(self._name, now - 2 * DAY, now + until)
        for one in issued:
            entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, now - DAY)
            revoked = revoked.add_revoked_certificate(entry.build())
        path = self._folder / f"{name}.crl"
        content = revoked.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        path.write_bytes(content)
        return path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    since: timedelta,
    until: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now + since,
        not_valid_after=now + until,
    )
