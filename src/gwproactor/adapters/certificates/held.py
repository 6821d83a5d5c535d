"""All that a PEM file holds."""

from pathlib import Path
from typing import TypeAlias

import attrs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gwproactor.adapters.certificates.certificate import (
    LABELS,
    Certificate,
    certificate_of,
    key_kind,
)
from gwproactor.adapters.certificates.pem import Block, read_blocks
from gwproactor.adapters.certificates.private_key import LABEL_END, is_encrypted
from gwproactor.adapters.certificates.revocations import (
    LABEL,
    RevocationList,
    revocation_list_of,
)
from gwproactor.adapters.regular_files import FileTrouble
from gwproactor.domain.outcome import Failure, Outcome, Success


@attrs.frozen
class HeldKey:
    """A private key; an encrypted one does not tell its `kind`, nor does one that is damaged."""

    is_encrypted: bool
    kind: str


@attrs.frozen
class Unread:
    """A block of another kind, or one that `is_damaged`; `label` is what its first line names."""

    label: str
    is_damaged: bool


Held: TypeAlias = Certificate | HeldKey | RevocationList | Unread


def held_in(path: Path) -> Outcome[tuple[Held, ...], FileTrouble]:
    """In their order; at least one. Blocks with the disk."""
    match read_blocks(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(blocks):
            return Success(tuple(map(_held, blocks)))


def _held(block: Block) -> Held:
    if block.label in LABELS:
        return certificate_of(block) or Unread(block.label, is_damaged=True)
    if block.label == LABEL:
        return revocation_list_of(block) or Unread(block.label, is_damaged=True)
    if block.label.endswith(LABEL_END):
        return HeldKey(is_encrypted(block), _kind(block))
    return Unread(block.label, is_damaged=False)


def _kind(block: Block) -> str:
    try:
        return key_kind(load_pem_private_key(block.text, None))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
