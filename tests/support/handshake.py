"""A TLS handshake in memory."""

import ssl


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> bool:
    """Whether both sides are content."""
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
        except ssl.SSLError:
            return False
    return True
