"""What may be kept out of the settings: given as it is, or on the first line of a file."""

from pathlib import Path
from typing import Final, TypeAlias

from gwproactor.adapters.mqtt.address import STRING_BYTES_MAX
from gwproactor.adapters.regular_files import FileTrouble, read_regular
from gwproactor.domain.outcome import Failure, Outcome, Success

Secret: TypeAlias = str | Path
"""Itself, or the file that holds it."""

# More is no password with notes; a path that was mistyped must not fill the memory.
FILE_BYTES_MAX: Final = 1_048_576
# Some editors begin a file with it, and nobody sees it.
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_secret(secret: Secret) -> Outcome[str, FileTrouble]:
    """Not empty, and no longer than MQTT can carry, where it is in a file; blocks there. Shows
    nothing of the file where it fails.
    """
    if isinstance(secret, str):
        return Success(secret)
    match read_regular(secret, FILE_BYTES_MAX):
        case Failure(trouble):
            return Failure(trouble)
        case Success(content):
            return _first_line(secret, content)


def _first_line(path: Path, content: bytes) -> Outcome[str, FileTrouble]:
    first = content.removeprefix(BYTE_ORDER_MARK).split(b"\n", 1)[0].removesuffix(b"\r")
    if not first:
        return Failure(FileTrouble(path, "is empty on its first line"))
    if len(first) > STRING_BYTES_MAX:
        reason = f"is longer than {STRING_BYTES_MAX:,} bytes on its first line"
        return Failure(FileTrouble(path, reason))
    try:
        return Success(first.decode())
    except UnicodeDecodeError:
        return Failure(FileTrouble(path, "is not UTF-8 on its first line"))
