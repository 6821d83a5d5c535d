"""What is configured of a node: names, brokers, links, times, limits and folders.

Values come from keywords, then the environment (prefix `PROACTOR_`, nested by `__`), then the
defaults. Everything is checked here, before anything is opened. No error shows a value: it may be a
password.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gwproactor.domain.link import LinkSpec
from gwproactor.domain.names import checked_name
from gwproactor.domain.node import NodeSpec, UploadOrder
from gwproactor.domain.outcome import Failure
from gwproactor.domain.routing import spec_problems
from gwproactor.domain.store_room import WhenFull
from gwproactor.domain.web_names import checked_host_name, checked_token

DEFAULT_NAME = "gridworks"
DEFAULT_BROKER = "local"


def _name(name: str) -> str:
    checked = checked_name(name, "name")
    if isinstance(checked, Failure):
        raise ValueError(str(checked.failure()))
    return name


def _name_or_empty(name: str) -> str:
    return _name(name) if name else name


def _host_name(name: str) -> str:
    checked = checked_host_name(name)
    if isinstance(checked, Failure):
        raise ValueError(checked.failure())
    return checked.unwrap()


def _token(token: SecretStr) -> SecretStr:
    checked = checked_token(token.get_secret_value())
    if isinstance(checked, Failure):
        raise ValueError(checked.failure())
    return SecretStr(checked.unwrap())


def _listed(given: object) -> object:
    """In the environment `a.local, b.local` is as good as `["a.local", "b.local"]`."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        try:
            return json.loads(given)
        except ValueError as error:
            raise ValueError(f"neither a JSON list nor names between commas: {error}") from None
    return tuple(name for name in given.split(",") if name.strip())


Name = Annotated[str, AfterValidator(_name)]
OptionalName = Annotated[str, AfterValidator(_name_or_empty)]
HostName = Annotated[str, AfterValidator(_host_name)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MQTTClient(_Part):
    """A broker and how to reach it. Times in seconds."""

    host: str = Field("localhost", min_length=1, description="host name or address")
    port: int = Field(1883, ge=1, le=65_535)
    keepalive: int = Field(60, ge=1, le=65_535, description="seconds between signs of life")
    bind_address: str = Field("", description="local address to connect from; empty: any")
    bind_port: int = Field(0, ge=0, le=65_535, description="local port to connect from; 0: any")
    username: str = ""
    password: SecretStr = SecretStr("")
    connect_timeout_seconds: float = Field(
        10.0, gt=0, description="for name, TCP, TLS and CONNACK together"
    )


class LinkSettings(_Part):
    """A peer and the broker over which it is reached.

    The peer publishes under its long name and subscribes under its short name.
    """

    broker: str = Field(DEFAULT_BROKER, description="name of one of the brokers")
    peer_long_name: Name
    peer_short_name: Name
    subscription_name: OptionalName = Field(
        "", description="whom the peer sends to; empty: the node's short name"
    )
    upstream: bool = Field(False, description="events of this node go to this peer")
    primary_peer: bool = False
    handler: str = Field("", description="communicator that gets messages to the node itself")
    client_log: bool = Field(False, description="log what the MQTT client of the broker does")
    accept_dbg: bool = Field(True, description="let the peer set log levels and list subscriptions")


def _data_home() -> Path:
    home = os.environ.get("XDG_DATA_HOME")
    return Path(home) if home else Path.home() / ".local" / "share"


StoreKind: TypeAlias = Literal["sqlite", "rolling-files", "memory", "null"]
SinkKind: TypeAlias = Literal["sqlite", "directory", "null", "relay"]


class EventStoreSettings(_Part):
    """Where this node keeps events until its parent has acknowledged them."""

    kind: StoreKind = Field(
        "sqlite", description="rolling-files: the folders of the original library"
    )
    bytes_max: int = Field(
        500 * 1024 * 1024, ge=1_048_576, description="payload of stored events, together"
    )
    when_full: WhenFull = WhenFull.DROP_OLDEST
    linger_ms: int = Field(
        0, ge=0, le=60_000, description="sqlite: gather so long before a commit; saves SD cards"
    )
    fsync: bool = Field(True, description="rolling-files: make each event survive a power cut")


class EventSinkSettings(_Part):
    """Where this node keeps the events that it has received."""

    kind: Literal["auto"] | SinkKind = Field(
        "auto", description="auto: relay if there is an upstream link and another, else sqlite"
    )
    events_max: int = Field(1_000, ge=1, description="events that wait to be stored, at most")
    bytes_max: int = Field(8 * 1024 * 1024, ge=1, description="their payload, together")


class WebServerSettings(_Part):
    """A web server of the node; it listens on this machine only, unless told otherwise."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(ge=0, le=65_535, description="0: any free port")
    enabled: bool = True
    status_page: bool = Field(
        False, description="serve /, /healthz, /metrics, /status.json and /wiring"
    )
    allowed_hosts: Annotated[tuple[HostName, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description="further names by which it may be called, as in http://NAME:PORT/"
    )
    token: Annotated[SecretStr, AfterValidator(_token)] = Field(
        SecretStr(""), description="asked for by what changes state; empty: that is refused"
    )


class WatchdogSettings(_Part):
    """What is watched inside the node, and who watches it from outside."""

    external: Literal["auto", "none"] = Field(
        "auto", description="auto: systemd, if it started this process with a watchdog"
    )
    stall_seconds: float = Field(
        5.0, gt=0, description="an event loop that is busy for so long is reported with its stack"
    )


class Paths(_Part):
    """Where the node keeps its files; what is not given lies below the XDG data folder."""

    name: str = Field(DEFAULT_NAME, min_length=1)
    data_dir: Path = Field(default_factory=lambda data: _data_home() / "gwproactor" / data["name"])
    event_dir: Path = Field(
        default_factory=lambda data: data["data_dir"] / "event",
        description="rolling-files: the folder in which the original library kept its events",
    )

    @property
    def event_store(self) -> Path:
        """Events that the parent has not acknowledged: this node's, and those that it relays."""
        return self.data_dir / "events.sqlite"

    @property
    def event_sink(self) -> Path:
        """Events that this node has received."""
        return self.data_dir / "received.sqlite"

    @property
    def event_sink_dir(self) -> Path:
        """The same, one file each."""
        return self.data_dir / "received"


class ProactorSettings(BaseSettings):
    """The settings of a node; subclass it to add fields of your own."""

    model_config = SettingsConfigDict(
        env_prefix="PROACTOR_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    long_name: Name = Field(description="dotted name under which the node publishes")
    short_name: Name = Field(description="name to which peers send")
    paths: Paths = Field(default_factory=Paths)
    brokers: dict[str, MQTTClient] = Field(default_factory=lambda: {DEFAULT_BROKER: MQTTClient()})
    links: dict[Name, LinkSettings] = Field(default_factory=dict)
    mqtt_link_poll_seconds: float = Field(
        60.0, gt=0, description="a ping is due when nothing was sent, or heard, for so long"
    )
    ack_timeout_seconds: float = Field(5.0, gt=0)
    num_initial_event_reuploads: int = Field(
        5, ge=1, le=10_000, description="stored events in flight at once after an outage"
    )
    un_acked_events_max: int = Field(
        1_000,
        ge=1,
        le=100_000,
        description="events in flight above which new ones wait in the store",
    )
    event_store: EventStoreSettings = Field(default_factory=EventStoreSettings)
    event_sink: EventSinkSettings = Field(default_factory=EventSinkSettings)
    upload_order: UploadOrder = Field(
        UploadOrder.LIVE_FIRST,
        description="strict: one event un-acked at a time, a round trip each",
    )
    strikes_to_quarantine: int = Field(
        3, ge=1, le=100, description="tries that the peer did not ack while it acked later events"
    )
    web_servers: dict[Name, WebServerSettings] = Field(default_factory=dict)
    watchdog: WatchdogSettings = Field(default_factory=WatchdogSettings)
    message_bytes_max: int = Field(
        1_048_576, ge=1_024, le=268_435_455, description="larger messages are refused, both ways"
    )

    @model_validator(mode="after")
    def _links_fit_together(self) -> Self:
        problems = [
            f"link {name!r} names the broker {link.broker!r}, but there are only: "
            f"{', '.join(self.brokers) or 'none'}"
            for name, link in self.links.items()
            if link.broker not in self.brokers
        ]
        problems += spec_problems(self.node_spec().links)
        problems += self._relay_problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _relay_problems(self) -> Iterator[str]:
        """What a relay has acknowledged, nobody else has."""
        if self.sink_kind != "relay":
            return
        if self._upstream_links() == 0:
            yield "the event sink 'relay' needs an upstream link, to send on what it receives"
        if self.event_store.kind in ("memory", "null"):
            yield (
                "a node that sends on what it receives needs an event store that keeps it: "
                f"{self.event_store.kind!r} does not; choose 'sqlite' or 'rolling-files', or "
                "another event sink"
            )

    @property
    def sink_kind(self) -> SinkKind:
        """Where received events go, with `auto` decided."""
        if self.event_sink.kind != "auto":
            return self.event_sink.kind
        is_between = self._upstream_links() > 0 and len(self.links) > 1
        return "relay" if is_between else "sqlite"

    def _upstream_links(self) -> int:
        return sum(link.upstream for link in self.links.values())

    def node_spec(self) -> NodeSpec:
        """What the core needs to know of these settings."""
        return NodeSpec(
            long_name=self.long_name,
            short_name=self.short_name,
            links=tuple(self._link_spec(name, link) for name, link in self.links.items()),
            poll_s=self.mqtt_link_poll_seconds,
            ack_timeout_s=self.ack_timeout_seconds,
            reupload_window=self.num_initial_event_reuploads,
            un_acked_max=self.un_acked_events_max,
            store_bytes_max=self.event_store.bytes_max,
            when_full=self.event_store.when_full,
            upload_order=self.upload_order,
            strikes_max=self.strikes_to_quarantine,
        )

    def _link_spec(self, name: str, link: LinkSettings) -> LinkSpec:
        return LinkSpec(
            name=name,
            broker=link.broker,
            own_long_name=self.long_name,
            receiver_name=link.subscription_name or self.short_name,
            peer_long_name=link.peer_long_name,
            peer_short_name=link.peer_short_name,
            upstream=link.upstream,
            primary_peer=link.primary_peer,
            handler=link.handler,
        )
