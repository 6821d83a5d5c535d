"""What may be kept out of the settings: given as it is, or on the first line of a file."""

from pathlib import Path
from typing import Final, TypeAlias

from gwproactor.domain.outcome import Failure, Outcome, Success

Secret: TypeAlias = str | Path
"""Itself, or the file that holds it."""

# More is no password; a path that was mistyped must not fill the memory.
SECRET_BYTES_MAX: Final = 1_048_576


def read_secret(secret: Secret, what: str) -> Outcome[str, str]:
    """Blocks, where it is in a file. Fails: what is wrong with the file, with nothing from it."""
    if isinstance(secret, str):
        return Success(secret)
    try:
        with secret.open("rb") as file:
            content = file.read(SECRET_BYTES_MAX)
    except OSError as error:
        return Failure(f"{what} in {secret}: {error.strerror or type(error).__name__}")
    try:
        # Some editors begin a file with a mark, which nobody sees.
        first = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].removesuffix(b"\r")
        text = first.decode()
    except UnicodeDecodeError:
        return Failure(f"{what} in {secret}: the first line is not UTF-8")
    return Success(text) if text else Failure(f"{what} in {secret}: the first line is empty")
