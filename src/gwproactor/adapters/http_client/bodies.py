"""The body of an answer, of no more than a given length, also when it was packed."""

import zlib
from typing import Final

import aiohttp

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.http_client import HttpTrouble, RequestFailed

CHUNK_BYTES: Final = 65_536
# Not deflate, which some send with and some without a header; and others would need packages that
# not everybody has.
ACCEPTED: Final = "gzip"
# The header tells zlib which of the two it is.
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
# What follows the end of a member is copied: of a large piece with many small ones, much too often.
_PIECE_BYTES: Final = 4_096


async def read_body(
    answer: aiohttp.ClientResponse, bytes_max: int
) -> Outcome[bytes, RequestFailed]:
    """The body as it was meant. A packed one is unpacked up to *bytes_max* only: a small answer may
    unpack to any size.
    """
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            return _too_large(bytes_max)
    match answer.headers.get("Content-Encoding", "identity").lower():
        case "identity" | "":
            return Success(bytes(body))
        case "gzip" | "x-gzip" | "deflate":
            return _unpacked(bytes(body), bytes_max)
        case encoding:
            return _wrong(f"a body in the encoding {encoding[:30]!r}, which was not asked for")


def _unpacked(packed: bytes, bytes_max: int) -> Outcome[bytes, RequestFailed]:
    """Of all the members that *packed* has: gzip allows several."""
    body, unpacker, read, members = bytearray(), zlib.decompressobj(_GZIP_OR_ZLIB), 0, 0
    try:
        while read < len(packed):
            if unpacker.eof:
                unpacker, members = zlib.decompressobj(_GZIP_OR_ZLIB), members + 1
            piece = packed[read : read + _PIECE_BYTES]
            body += unpacker.decompress(piece, bytes_max + 1 - len(body))
            if len(body) > bytes_max:
                return _too_large(bytes_max)
            read += len(piece) - len(unpacker.unused_data)
    except zlib.error as error:
        after = f"after {members} whole parts of it, " if members else ""
        return _wrong(f"a body that does not unpack: {after}{error}")
    if packed and not unpacker.eof:
        return _wrong("a packed body that ends too early")
    return Success(bytes(body))


def _wrong(detail: str) -> Failure[RequestFailed]:
    return Failure(RequestFailed(HttpTrouble.NOT_HTTP, detail))


def _too_large(bytes_max: int) -> Failure[RequestFailed]:
    return Failure(RequestFailed(HttpTrouble.TOO_LARGE, f"more than {bytes_max} bytes"))
