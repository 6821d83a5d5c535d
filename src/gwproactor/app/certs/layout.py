"""Where the files of a development authority lie: as `TLSPaths.defaults` has it, for everybody."""

from pathlib import Path
from typing import Final

from gwproactor.adapters.certificates import IssuedFiles
from gwproactor.app.settings import TLSPaths
from gwproactor.domain.outcome import Failure, Outcome, Success

AUTHORITY: Final = "ca"
BROKER: Final = "broker"
NAME_LENGTH_MAX: Final = 64  # of a common name (RFC 5280, upper bounds)


def authority_files(folder: Path) -> IssuedFiles:
    return _files(folder, AUTHORITY)


def broker_files(folder: Path) -> IssuedFiles:
    """What a broker needs, whose clients have certificates from *folder*."""
    return _files(folder, BROKER)


def node_files(folder: Path, name: str) -> IssuedFiles:
    """What a node needs; *name* is `BROKER` or `NODE/BROKER`, as the node's settings name them."""
    below, _, broker = name.rpartition("/")
    return _files(folder / below, broker)


def node_certs_dir(folder: Path, name: str) -> Path:
    """What `paths.certs_dir` of the node must be."""
    return folder / name.rpartition("/")[0]


def checked_name(name: str) -> Outcome[str, str]:
    """*name* itself, or why nobody can have it."""
    parts = name.split("/")
    if len(parts) > 2:
        return Failure(f"{name!r} has more than two parts: give BROKER or NODE/BROKER")
    if parts[0] in {AUTHORITY, BROKER}:
        return Failure(f"{name!r} would lie among the files of the {parts[0]!r}: name it otherwise")
    for part in parts:
        if part in {"", ".", ".."} or not part.isprintable() or "\\" in part:
            return Failure(f"{name!r} cannot be the name of a folder")
        if len(part) > NAME_LENGTH_MAX:
            return Failure(f"{part!r} is longer than {NAME_LENGTH_MAX} characters")
    return Success(name)


def _files(folder: Path, name: str) -> IssuedFiles:
    paths = TLSPaths.defaults(folder, name)
    assert paths.ca_cert_path is not None
    assert paths.cert_path is not None
    assert paths.private_key_path is not None
    return IssuedFiles(paths.ca_cert_path, paths.cert_path, paths.private_key_path)
