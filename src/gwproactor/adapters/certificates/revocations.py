"""A list of certificates that an authority has revoked (CRL)."""

import warnings
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gwproactor.adapters.certificates.certificate import Certificate, is_same_name
from gwproactor.adapters.certificates.pem import Block, Parsed, read_kind
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.domain.outcome import Outcome

LABEL: Final = "X509 CRL"
# `cryptography` takes them for wrong, whatever they are.
UNVERIFIED: Final = (hashes.SHA1, hashes.MD5)


@attrs.frozen
class RevocationList:
    """`revoked` is how many it names. `valid_until` None: for ever."""

    issuer: str
    valid_from: datetime
    valid_until: datetime | None
    revoked: int
    _list: x509.CertificateRevocationList = attrs.field(repr=False, eq=False)

    def is_by(self, authority: Certificate) -> bool:
        """Whether *authority* has signed it; also, if only OpenSSL knows signatures of its kind and
        the name is right.
        """
        if not is_same_name(self.issuer, authority.subject):
            return False
        try:
            # What the types leave out, as keys that cannot sign, raises TypeError.
            key = load_der_public_key(authority.public_key)
            is_right = self._list.is_signature_valid(key)  # type: ignore[arg-type]
            return is_right or isinstance(self._list.signature_hash_algorithm, UNVERIFIED)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return True


def read_revocations(path: Path) -> Outcome[Parsed[RevocationList], FileTrouble]:
    """The lists in a PEM file. Blocks with the disk."""
    return read_kind(path, [LABEL], "revocation list", revocation_list_of)


def revocation_list_of(block: Block) -> RevocationList | None:
    """None if it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = x509.load_pem_x509_crl(block.text)
            return RevocationList(
                issuer=found.issuer.rfc4514_string(),
                valid_from=found.last_update_utc,
                valid_until=found.next_update_utc,
                revoked=len(found),
                list=found,
            )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
