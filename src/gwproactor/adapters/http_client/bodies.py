"""The body of an answer, of no more than a given length, also when it was packed."""

import zlib
from typing import Final

import aiohttp

from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.http_client import HttpTrouble, RequestFailed

CHUNK_BYTES: Final = 65_536
# What `unpacked` can read. Others would need packages that not everybody has.
ACCEPTED: Final = "gzip, deflate"
# The header tells zlib which of the two it is.
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


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
            detail = f"a body in the encoding {encoding[:30]!r}, which was not asked for"
            return Failure(RequestFailed(HttpTrouble.NOT_HTTP, detail))


def _unpacked(packed: bytes, bytes_max: int) -> Outcome[bytes, RequestFailed]:
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacker.decompress(packed, bytes_max + 1)
    except zlib.error as error:
        return Failure(RequestFailed(HttpTrouble.NOT_HTTP, f"a body that does not unpack: {error}"))
    if len(body) > bytes_max:
        return _too_large(bytes_max)
    if packed and not unpacker.eof:
        return Failure(RequestFailed(HttpTrouble.NOT_HTTP, "a packed body that ends too early"))
    return Success(body)


def _too_large(bytes_max: int) -> Failure[RequestFailed]:
    return Failure(RequestFailed(HttpTrouble.TOO_LARGE, f"more than {bytes_max} bytes"))
