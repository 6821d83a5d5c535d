"""A TLS handshake in memory."""

import ssl


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> bool:
    """Whether both sides are content."""
    return handshake_error(client, server, host) is None


def handshake_error(
    client: ssl.SSLContext, server: ssl.SSLContext, host: str
) -> ssl.SSLError | None:
    """Of the side that is not content first."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(down, up, server_hostname=host),
        server.wrap_bio(up, down, server_side=True),
    ]
    while sides:
        side = sides.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            sides.append(side)
        except ssl.SSLError as error:
            return error
    return None
