"""PEM files, as blocks between BEGIN and END lines; what is between the blocks is comment."""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, Generic, TypeVar

import attrs

from gwproactor.adapters.regular_files import FileTrouble, read_regular
from gwproactor.domain.outcome import Failure, Outcome, Success

T = TypeVar("T")

# All authorities of the web together take 0.25 MB; a device or a log would fill the memory.
BYTES_MAX: Final = 4_000_000

BLOCK: Final = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?$.*?^-----END \1-----", re.DOTALL | re.MULTILINE
)
# Some editors begin a file with it; nobody sees it, and OpenSSL passes over it.
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# A SEQUENCE, whose length follows in two bytes or one: how every certificate begins without PEM.
DER: Final = re.compile(rb"0[\x81\x82]", re.DOTALL)


@attrs.frozen
class Block:
    """What is between a BEGIN and an END line, with both; `label` is what they name."""

    label: str
    text: bytes


@attrs.frozen
class Parsed(Generic[T]):
    """The blocks of one kind in a file; at least one of both together.

    `unread` is how many are damaged, or such as OpenSSL may understand and `cryptography` does not.
    """

    found: tuple[T, ...]
    unread: int


def read_blocks(path: Path) -> Outcome[tuple[Block, ...], FileTrouble]:
    """At least one block. Blocks the thread as long as the disk does."""
    match read_regular(path, BYTES_MAX):
        case Failure(trouble):
            return Failure(trouble)
        case Success(content):
            content = content.removeprefix(BYTE_ORDER_MARK)
            blocks = tuple(
                Block(found[1].decode(), found[0] + b"\n") for found in BLOCK.finditer(content)
            )
            return Success(blocks) if blocks else Failure(FileTrouble(path, _no_block(content)))


def read_kind(
    path: Path, labels: Collection[str], what: str, made_of: Callable[[Block], T | None]
) -> Outcome[Parsed[T], FileTrouble]:
    """What *made_of* makes of the blocks with one of *labels*, in their order; None is unread.

    *what* is the name of the kind.
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
            return Success(Parsed(found, len(of_kind) - len(found)))


def _no_block(content: bytes) -> str:
    if not content.strip():
        return "is empty"
    if DER.match(content):
        return "is not PEM, but looks like DER: convert it with openssl"
    if b"-----BEGIN" in content:
        return "is damaged PEM: a BEGIN line has no END line"
    return "is not PEM"
