"""A socket ready for MQTT: name looked up, TCP connected, TLS handshake done, all on the loop."""

import asyncio
import errno
import os
import socket
import ssl
from typing import Final

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.resolver import Resolved, Resolver
from gwproactor.adapters.mqtt.socket_io import until_ready
from gwproactor.adapters.mqtt.tls_failure import tls_failure
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.link_transport import ConnectFailed

UNDER_WAY: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)


async def open_socket(
    address: BrokerAddress, deadline: float, resolver: Resolver
) -> Outcome[socket.socket, ConnectFailed]:
    """A connected, non-blocking socket; an `ssl.SSLSocket` if *address* asks for TLS.

    Tries each address of the host. Ends by *deadline* (of the loop's clock) or when cancelled, and
    leaves no socket open then. Fails: ConnectFailed with any cause but "connack".
    """
    try:
        async with asyncio.timeout_at(deadline):
            found = await resolver.resolve(address.host, address.port)
    except TimeoutError:
        return _too_long(f"looking up {address.host!r}", address)
    except (OSError, UnicodeError) as error:
        detail = f"{address.host!r}: {_reason(error)}"
        return Failure(ConnectFailed("name resolution", detail))
    connected = await _connect_to_any(address, found, deadline)
    if isinstance(connected, Failure) or address.ssl_context is None:
        return connected
    return await _secure(connected.unwrap(), address, address.ssl_context, deadline)


async def _connect_to_any(
    address: BrokerAddress, found: tuple[Resolved, ...], deadline: float
) -> Outcome[socket.socket, ConnectFailed]:
    loop = asyncio.get_running_loop()
    failures: list[str] = []
    answered = False
    for position, target in enumerate(found):
        # An address that swallows packets must leave time for those after it.
        share_s = (deadline - loop.time()) / (len(found) - position)
        try:
            async with asyncio.timeout(share_s):
                return Success(await _connect(address, target))
        except TimeoutError:
            failures.append(f"{target.address[0]}: no answer")
        except OSError as error:
            answered = True
            failures.append(f"{target.address[0]}: {_reason(error)}")
    detail = f"port {address.port} of {', '.join(failures)}"
    return Failure(ConnectFailed("tcp" if answered else "timeout", detail))


async def _connect(address: BrokerAddress, target: Resolved) -> socket.socket:
    sock = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # Links send single small messages: waiting for more to send would only delay them.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.bind_port:
            # Else a connection that the system still remembers would keep the port taken.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.bind_address or address.bind_port:
            sock.bind((address.bind_address, address.bind_port))
        # Not loop.sock_connect: it starts a thread for IPv6 addresses with a zone.
        error = sock.connect_ex(target.address)
        if error in UNDER_WAY:
            await until_ready(sock, writable=True)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        sock.close()
        raise
    return sock


async def _secure(
    sock: socket.socket, address: BrokerAddress, context: ssl.SSLContext, deadline: float
) -> Outcome[socket.socket, ConnectFailed]:
    try:
        secured = context.wrap_socket(
            sock,
            server_hostname=address.server_hostname or address.host,
            do_handshake_on_connect=False,
        )
    except (OSError, ValueError) as error:
        sock.close()
        return Failure(tls_failure(error))
    try:
        async with asyncio.timeout_at(deadline):
            await _handshake(secured)
    except TimeoutError:
        secured.close()
        return _too_long(f"the TLS handshake with {address}", address)
    except OSError as error:
        secured.close()
        return Failure(tls_failure(error))
    except BaseException:
        secured.close()
        raise
    return Success(secured)


async def _handshake(sock: ssl.SSLSocket) -> None:
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await until_ready(sock, writable=False)
        except ssl.SSLWantWriteError:
            await until_ready(sock, writable=True)
        else:
            return


def _too_long(what: str, address: BrokerAddress) -> Failure[ConnectFailed]:
    detail = f"{what} took longer than {address.connect_timeout_s:g} s"
    return Failure(ConnectFailed("timeout", detail))


def _reason(error: OSError | UnicodeError) -> str:
    """What went wrong, in the words of the operating system."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
