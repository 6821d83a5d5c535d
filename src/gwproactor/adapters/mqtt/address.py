"""Where a broker is and how this node presents itself there."""

import ipaddress
import ssl
from typing import Final

import attrs
from attrs.validators import and_, gt, in_, min_len, optional

STRING_BYTES_MAX: Final = 65_535  # MQTT 3.1.1 §1.5.3


def _short_enough(_: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    # The value is left out of the text: it may be the password.
    if len(value.encode()) > STRING_BYTES_MAX:
        raise ValueError(f"{attribute.name} is longer than {STRING_BYTES_MAX} bytes")


def _ip_or_empty(_: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    if value:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            # A name would have to be looked up, which would block the loop.
            message = f"{attribute.name} must be an IP address or empty, not {value!r}"
            raise ValueError(message) from None


@attrs.frozen(kw_only=True)
class BrokerAddress:
    """One broker, as one client sees it. Raises ValueError where a value cannot be.

    `host` is a name or an IP address; a name is looked up at each connect. `client_id` is sent
    unchanged at each connect, so it must be unique at the broker. `keepalive_s` 0 switches
    keepalive off; `connect_timeout_s` is for one whole attempt, from the name to CONNACK. With an
    `ssl_context` the connection is TLS, and the certificate must be for `server_hostname` (None:
    for `host`). `bind_address` and `bind_port` choose the local end; empty and 0: any. With a
    `bind_port` a broker cannot be reached again for a minute after we closed (TCP TIME_WAIT).
    """

    host: str = attrs.field(validator=min_len(1))
    port: int = attrs.field(validator=in_(range(1, 65_536)))
    client_id: str = attrs.field(validator=and_(min_len(1), _short_enough))
    username: str | None = attrs.field(default=None, validator=optional(_short_enough))
    password: str | None = attrs.field(default=None, repr=False, validator=optional(_short_enough))
    keepalive_s: int = attrs.field(default=60, validator=in_(range(65_536)))
    connect_timeout_s: float = attrs.field(default=10.0, validator=gt(0))
    ssl_context: ssl.SSLContext | None = None
    server_hostname: str | None = None
    bind_address: str = attrs.field(default="", validator=_ip_or_empty)
    bind_port: int = attrs.field(default=0, validator=in_(range(65_536)))

    def __attrs_post_init__(self) -> None:
        if self.password is not None and self.username is None:
            raise ValueError("a password without a username cannot be sent (MQTT 3.1.1 §3.1.2.9)")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
