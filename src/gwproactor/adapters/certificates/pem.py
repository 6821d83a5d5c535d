"""PEM files, as blocks between BEGIN and END lines; what is between the blocks is comment."""

import re
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, TypeVar

import attrs
from typing_extensions import override

from gwproactor.domain.outcome import Failure, Outcome, Success

T = TypeVar("T")

# All authorities of the web together take 0.25 MB; a device or a log would fill the memory.
BYTES_MAX: Final = 4_000_000

BLOCK: Final = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?$.*?^-----END \1-----", re.DOTALL | re.MULTILINE
)
# A SEQUENCE, whose length follows in two bytes or one: how every certificate begins without PEM.
DER: Final = re.compile(rb"0[\x81\x82]", re.DOTALL)


@attrs.frozen
class FileTrouble:
    """A file of which nothing can be made; `reason` follows its name in a sentence."""

    path: Path
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


@attrs.frozen
class Block:
    """What is between a BEGIN and an END line, with both; `label` is what they name."""

    label: str
    text: bytes


def read_file(path: Path) -> Outcome[bytes, FileTrouble]:
    """The content of a regular file of at most `BYTES_MAX`. Blocks as long as the disk does."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return Failure(FileTrouble(path, "is a folder, not a file"))
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            return Failure(FileTrouble(path, "is no regular file"))
        if found.st_size > BYTES_MAX:
            return Failure(FileTrouble(path, f"is larger than {BYTES_MAX:,} bytes"))
        return Success(path.read_bytes())
    except FileNotFoundError:
        return Failure(FileTrouble(path, "does not exist"))
    except OSError as error:
        return Failure(FileTrouble(path, f"cannot be read: {error.strerror}"))


def is_absent(path: Path) -> bool:
    """Not what may be there, but cannot be looked at."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def read_blocks(path: Path) -> Outcome[tuple[Block, ...], FileTrouble]:
    """At least one block. Blocks the thread as long as the disk does."""
    match read_file(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(content):
            blocks = tuple(
                Block(found[1].decode(), found[0] + b"\n") for found in BLOCK.finditer(content)
            )
            return Success(blocks) if blocks else Failure(FileTrouble(path, _no_block(content)))


def read_kind(
    path: Path, labels: Collection[str], what: str, made_of: Callable[[Block], T | None]
) -> Outcome[tuple[T, ...], FileTrouble]:
    """What *made_of* makes of the blocks with one of *labels*, in their order; at least one.

    It makes None of a damaged one, which is left out. *what* is the name of the kind.
    """
    match read_blocks(path):
        case Failure(trouble):
            return Failure(trouble)
        case Success(blocks):
            of_kind = [block for block in blocks if block.label in labels]
            if not of_kind:
                there = ", ".join(sorted({block.label for block in blocks}))
                return Failure(FileTrouble(path, f"holds no {what}, but: {there}"))
            made = (made_of(block) for block in of_kind)
            found = tuple(one for one in made if one is not None)
            if not found:
                return Failure(FileTrouble(path, f"holds a damaged {what}"))
            return Success(found)


def _no_block(content: bytes) -> str:
    if not content.strip():
        return "is empty"
    if DER.match(content):
        return "is not PEM, but looks like DER: convert it with openssl"
    if b"-----BEGIN" in content:
        return "is damaged PEM: a BEGIN line has no END line"
    return "is not PEM"
