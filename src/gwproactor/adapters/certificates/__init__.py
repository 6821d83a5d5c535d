"""Certificates, keys and revocation lists in PEM files, by the `cryptography` library."""

from gwproactor.adapters.certificates.certificate import (
    Certificate,
    is_same_name,
    read_certificates,
)
from gwproactor.adapters.certificates.held import Held, HeldKey, Unread, held_in
from gwproactor.adapters.certificates.issued_files import (
    IssuedFiles,
    Step,
    Wanted,
    Was,
    open_authority,
    supply,
)
from gwproactor.adapters.certificates.pem import Parsed
from gwproactor.adapters.certificates.private_key import (
    NeedsPassword,
    PrivateKey,
    read_private_key,
)
from gwproactor.adapters.certificates.revocations import RevocationList, read_revocations

__all__ = [
    "Certificate",
    "Held",
    "HeldKey",
    "IssuedFiles",
    "NeedsPassword",
    "Parsed",
    "PrivateKey",
    "RevocationList",
    "Step",
    "Unread",
    "Wanted",
    "Was",
    "held_in",
    "is_same_name",
    "open_authority",
    "read_certificates",
    "read_private_key",
    "read_revocations",
    "supply",
]
