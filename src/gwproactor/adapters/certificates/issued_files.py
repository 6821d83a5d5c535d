"""Files of a small authority of one's own, and of those to whom it issues.

What is there is used. A key is never written over; a certificate is replaced by another for the
same key when it does not serve any more. Calls block with the disk.
"""

import enum
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gwproactor.adapters.certificates.certificate import LABELS, facts_of
from gwproactor.adapters.certificates.issuing import (
    Issuer,
    SigningKey,
    certificate_pem,
    issue,
    key_pem,
    new_key,
    self_signed,
)
from gwproactor.adapters.certificates.pem import read_blocks
from gwproactor.adapters.certificates.private_key import is_encrypted, key_block
from gwproactor.adapters.durable_files import replace, write_new
from gwproactor.adapters.regular_files import FileTrouble, is_absent
from gwproactor.domain.outcome import Failure, Outcome, Success

T = TypeVar("T")

AUTHORITY_DAYS: Final = 3_650


@attrs.frozen
class IssuedFiles:
    """Where somebody has a certificate, its key, and the certificate of who issued it."""

    authority: Path
    certificate: Path
    key: Path


class Was(enum.Enum):
    """What became of a file."""

    THERE = "exists"
    MADE = "made"
    RENEWED = "renewed"


@attrs.frozen
class Step:
    """What became of one file; `why` it was renewed."""

    path: Path
    was: Was
    why: str = ""


Note = Callable[[Step], None]


@attrs.frozen
class Wanted:
    """A server's certificate, for `hosts`, or without any a client's. `days`: how long it holds."""

    name: str
    hosts: tuple[str, ...]
    days: int
    now: datetime


def open_authority(
    certificate_path: Path, key_path: Path, now: datetime, note: Note
) -> Outcome[Issuer, FileTrouble]:
    """The authority whose files these are, made if there are none."""
    if is_absent(key_path) and not is_absent(certificate_path):
        reason = f"does not exist; without it nothing can be issued by {certificate_path}"
        return Failure(FileTrouble(key_path, reason))
    key = _key(key_path, note)
    if isinstance(key, Failure):
        return Failure(key.failure())
    certificate = _authority(certificate_path, key.unwrap(), now, note)
    if isinstance(certificate, Failure):
        return Failure(certificate.failure())
    return Success(Issuer(certificate.unwrap(), key.unwrap()))


def supply(
    issuer: Issuer, files: IssuedFiles, wanted: Wanted, note: Note
) -> Outcome[None, FileTrouble]:
    """See to it that *files* are there and serve."""
    authority = _copy_of_authority(files.authority, issuer, note)
    if isinstance(authority, Failure):
        return authority
    key = _key(files.key, note)
    if isinstance(key, Failure):
        return Failure(key.failure())
    return _certificate(files.certificate, issuer, key.unwrap(), wanted, note)


def _authority(
    path: Path, key: SigningKey, now: datetime, note: Note
) -> Outcome[x509.Certificate, FileTrouble]:
    if is_absent(path):
        name = f"gwproactor development {_fingerprint(key)}"
        certificate = self_signed(key, name, now, AUTHORITY_DAYS)
        return _write(path, Step(path, Was.MADE), certificate_pem(certificate), certificate, note)
    found = _first_certificate(path)
    if isinstance(found, Failure):
        return found
    certificate = found.unwrap()
    if certificate.public_key() != key.public_key():
        return Failure(FileTrouble(path, "is not the certificate of the key beside it"))
    if not facts_of(certificate).may_issue:
        return Failure(FileTrouble(path, "is no authority"))
    if certificate.not_valid_after_utc < now:
        until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        return Failure(FileTrouble(path, f"expired on {until}: begin a new folder"))
    note(Step(path, Was.THERE))
    return found


def _copy_of_authority(path: Path, issuer: Issuer, note: Note) -> Outcome[None, FileTrouble]:
    if is_absent(path):
        content = certificate_pem(issuer.certificate)
        return _write(path, Step(path, Was.MADE), content, None, note)
    found = _certificates(path)
    if isinstance(found, Failure):
        return Failure(found.failure())
    if issuer.certificate not in found.unwrap():
        return Failure(FileTrouble(path, "is another authority: move it away"))
    note(Step(path, Was.THERE))
    return Success(None)


def _certificate(
    path: Path, issuer: Issuer, key: SigningKey, wanted: Wanted, note: Note
) -> Outcome[None, FileTrouble]:
    step = Step(path, Was.MADE)
    if not is_absent(path):
        found = _first_certificate(path)
        if isinstance(found, Failure):
            return Failure(found.failure())
        if not _is_issued_by(found.unwrap(), issuer):
            return Failure(FileTrouble(path, "is of another authority: move it away"))
        wanted = _with_hosts_of(found.unwrap(), wanted)
        why = _why_renew(found.unwrap(), key, wanted)
        if not why:
            note(Step(path, Was.THERE))
            return Success(None)
        step = Step(path, Was.RENEWED, why)
    certificate = issue(issuer, key, wanted.name, wanted.hosts, wanted.now, wanted.days)
    return _write(path, step, certificate_pem(certificate), None, note)


def _with_hosts_of(certificate: x509.Certificate, wanted: Wanted) -> Wanted:
    hosts = dict.fromkeys((*facts_of(certificate).hosts, *wanted.hosts))
    return attrs.evolve(wanted, hosts=tuple(hosts))


def _why_renew(certificate: x509.Certificate, key: SigningKey, wanted: Wanted) -> str:
    """Empty if it serves as it is."""
    if certificate.public_key() != key.public_key():
        return "its key was another"
    if certificate.not_valid_after_utc < wanted.now:
        return "it had expired"
    facts = facts_of(certificate)
    new = [host for host in wanted.hosts if not facts.is_for(host)]
    return f"now also for {', '.join(new)}" if new else ""


def _key(path: Path, note: Note) -> Outcome[SigningKey, FileTrouble]:
    if is_absent(path):
        key = new_key()
        return _write(path, Step(path, Was.MADE), key_pem(key), key, note, private=True)
    blocks = read_blocks(path)
    if isinstance(blocks, Failure):
        return Failure(blocks.failure())
    block = key_block(blocks.unwrap())
    if block is None:
        return Failure(FileTrouble(path, "holds no private key"))
    if is_encrypted(block):
        return Failure(FileTrouble(path, "is encrypted, and so of no use here"))
    try:
        found = load_pem_private_key(block.text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return Failure(FileTrouble(path, "holds a damaged private key"))
    if not isinstance(found, SigningKey):
        return Failure(FileTrouble(path, "holds a key that cannot sign"))
    note(Step(path, Was.THERE))
    return Success(found)


def _first_certificate(path: Path) -> Outcome[x509.Certificate, FileTrouble]:
    match _certificates(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(found):
            return Success(found[0])


def _certificates(path: Path) -> Outcome[list[x509.Certificate], FileTrouble]:
    match read_blocks(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(blocks):
            texts = [block.text for block in blocks if block.label in LABELS]
            try:
                found = [x509.load_pem_x509_certificate(text) for text in texts]
            except ValueError:
                found = []
            return Success(found) if found else Failure(FileTrouble(path, "holds no certificate"))


def _is_issued_by(certificate: x509.Certificate, issuer: Issuer) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _write(
    path: Path, step: Step, content: bytes, made: T, note: Note, *, private: bool = False
) -> Outcome[T, FileTrouble]:
    try:
        if step.was is Was.RENEWED:
            replace(path, content)
        else:
            write_new(path, content, private=private)
    except OSError as error:
        return Failure(FileTrouble(path, f"cannot be written: {error.strerror}"))
    note(step)
    return Success(made)


def _fingerprint(key: SigningKey) -> str:
    """Tells two authorities of one name apart."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
