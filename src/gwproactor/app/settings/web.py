"""The web servers of a node, and who watches it."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from gwproactor.app.settings.hosts import Host, overlap
from gwproactor.app.settings.part import HostName, Seconds, SettingsPart, Token, listed


class WebServerSettings(SettingsPart):
    """A web server of the node; it listens on this machine only, unless told otherwise."""

    host: Host = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(ge=0, le=65_535, description="port to listen on; 0: any free one")
    enabled: bool = Field(True, description="false: it does not listen")
    status_page: bool = Field(
        False, description="serve /, /healthz, /metrics, /status.json and /wiring"
    )
    allowed_hosts: Annotated[tuple[HostName, ...], NoDecode, BeforeValidator(listed)] = Field(
        (), description="further names by which it may be called, as in http://NAME:PORT/"
    )
    token: Token = Field(
        SecretStr(""), description="asked for by what changes state; empty: that is refused"
    )


class WatchdogSettings(SettingsPart):
    """What is watched inside the node, and who watches it from outside."""

    external: Literal["auto", "none"] = Field(
        "auto", description="auto: systemd, if it started this process with a watchdog"
    )
    stall_seconds: Seconds = Field(
        5.0, description="an event loop that is busy for so long is reported with its stack"
    )


def misfits_of_ports(
    servers: Mapping[str, WebServerSettings],
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Those of *servers* that cannot listen beside another, and why."""
    listening = [(name, each) for name, each in servers.items() if each.enabled and each.port]
    for (first, one), (second, other) in itertools.combinations(listening, 2):
        if one.port == other.port and overlap(one.host, other.host):
            text = f"web server {first!r} listens on port {one.port} of {one.host} already"
            yield ("web_servers", second, "port"), text
