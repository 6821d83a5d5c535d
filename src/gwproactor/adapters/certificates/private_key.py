"""A private key in a PEM file, of which nothing is told but what anybody may know."""

import re
from pathlib import Path
from typing import Final

import attrs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from gwproactor.adapters.certificates.certificate import key_kind
from gwproactor.adapters.certificates.pem import Block, read_blocks
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.domain.outcome import Failure, Outcome, Success

LABEL_END: Final = "PRIVATE KEY"
IS_ENCRYPTED: Final = re.compile(rb"BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED", re.MULTILINE)


@attrs.frozen
class PrivateKey:
    """`public_key` is DER (SubjectPublicKeyInfo): a certificate with the same belongs to the key.

    None, and `kind` is empty, if the key is of a kind that only OpenSSL may know.
    """

    is_encrypted: bool
    kind: str = ""
    public_key: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class NeedsPassword:
    """The key is encrypted; `is_wrong` if a password was given."""

    is_wrong: bool


def read_private_key(
    path: Path, password: bytes
) -> Outcome[PrivateKey, FileTrouble | NeedsPassword]:
    """The key in a PEM file; *password* may be empty, and is not used if the key is not encrypted.

    Blocks with the disk, and as long as the encryption was made to take.
    """
    match read_blocks(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(blocks):
            block = key_block(blocks)
            if block is None:
                labels = ", ".join(sorted({block.label for block in blocks}))
                return Failure(FileTrouble(path, f"holds no private key, but: {labels}"))
            return _private_key(path, block, password)


def key_block(blocks: tuple[Block, ...]) -> Block | None:
    """The first private key of a file, which may hold its certificate too."""
    return next((block for block in blocks if block.label.endswith(LABEL_END)), None)


def is_encrypted(block: Block) -> bool:
    return IS_ENCRYPTED.search(block.text) is not None


def _private_key(
    path: Path, block: Block, password: bytes
) -> Outcome[PrivateKey, FileTrouble | NeedsPassword]:
    encrypted = is_encrypted(block)
    if encrypted and not password:
        return Failure(NeedsPassword(is_wrong=False))
    try:
        key = load_pem_private_key(block.text, password if encrypted else None)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UnsupportedAlgorithm:
        return Success(PrivateKey(encrypted))
    except (ValueError, TypeError):
        if encrypted:
            return Failure(NeedsPassword(is_wrong=True))
        return Failure(FileTrouble(path, "holds a damaged private key"))
    return Success(PrivateKey(encrypted, key_kind(key), public))
