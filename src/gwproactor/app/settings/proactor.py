"""The settings of a node, as one object.

Values come from keywords, then the environment (prefix `PROACTOR_`, nested by `__`), then a `.env`
file if one is named, then the defaults; `app/config/` knows node.toml and the command line too.
Everything is checked here, before anything is opened. No error shows a value: it may be a password.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from gwproactor.app.settings.links import DEFAULT_BROKER, LinkSettings
from gwproactor.app.settings.logging import LoggingSettings
from gwproactor.app.settings.mqtt import MQTTClient, TLSPaths
from gwproactor.app.settings.part import Name, Seconds, with_defaults
from gwproactor.app.settings.paths import Paths, no_home_text
from gwproactor.app.settings.stores import EventSinkSettings, EventStoreSettings, SinkKind
from gwproactor.app.settings.variables import DeclaredVariables, GivenKeywords
from gwproactor.app.settings.web import WatchdogSettings, WebServerSettings, misfits_of_ports
from gwproactor.domain.link import LinkSpec
from gwproactor.domain.node import NodeSpec, UploadOrder
from gwproactor.domain.routing import spec_problems
from gwproactor.domain.supervision import FailurePolicy


def _ours(
    kind: type[BaseSettings], source: PydanticBaseSettingsSource
) -> PydanticBaseSettingsSource:
    match source:
        case InitSettingsSource():
            return GivenKeywords(kind, source.init_kwargs)
        case EnvSettingsSource():  # of the environment, or of a `.env` file
            return DeclaredVariables(kind, source)
        case _:
            return source


class ProactorSettings(BaseSettings):
    """The settings of a node; subclass it to add fields of your own."""

    model_config = SettingsConfigDict(
        env_prefix="PROACTOR_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    long_name: Name = Field(description="dotted name under which the node publishes")
    short_name: Name = Field(description="name to which peers send")
    container: str = Field(
        "", description="MODULE:CLASS of the node's container; empty: one without actors"
    )
    paths: Paths = Field(default_factory=Paths)
    logging: LoggingSettings = Field(default_factory=LoggingSettings)
    brokers: dict[str, MQTTClient] = Field(default_factory=lambda: {DEFAULT_BROKER: MQTTClient()})
    links: dict[Name, LinkSettings] = Field(default_factory=dict)
    mqtt_link_poll_seconds: Seconds = Field(
        60.0, description="a ping is due when nothing was sent, or heard, for so long"
    )
    ack_timeout_seconds: Seconds = Field(
        5.0, description="a peer that acknowledges nothing for so long does not answer"
    )
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
    failure_policies: dict[str, FailurePolicy] = Field(
        default_factory=dict, description="by actor: what follows a failure, instead of its own"
    )
    message_bytes_max: int = Field(
        1_048_576, ge=1_024, le=268_435_455, description="larger messages are refused, both ways"
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The usual ones, and in their order; variables count under the declared prefix only."""
        return tuple(
            _ours(settings_cls, each)
            for each in (init_settings, env_settings, dotenv_settings, file_secret_settings)
        )

    @model_validator(mode="before")
    @classmethod
    def _keep_defaults(cls, given: Any) -> Any:
        return with_defaults(cls, given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        faults = [
            InitErrorDetails(
                type=PydanticCustomError("misfit", "{text}", {"text": text}), loc=place, input=None
            )
            for place, text in self._misfits()
        ]
        if faults:
            raise ValidationError.from_exception_data(type(self).__name__, faults)
        return self

    def _misfits(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What is wrong with fields that are right one by one, and where."""
        for folder in self.paths.homeless:
            yield ("paths", folder), no_home_text(f"paths.{folder}")
        for name in sorted(set(self.brokers) & set(self._broker_fields())):
            yield ("brokers", name), f"the broker {name!r} is a field of the settings already"
        yield from self._misfits_of_brokers()
        yield from ((("links",), problem) for problem in spec_problems(self.node_spec().links))
        yield from self._relay_misfits()
        yield from misfits_of_ports(self.web_servers)

    def _misfits_of_brokers(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """A link is over a broker that there is."""
        present = self.every_broker
        for name, link in self.links.items():
            if link.broker not in present:
                yield (
                    ("links", name, "broker"),
                    f"link {name!r} names the broker {link.broker!r}, but there are only: "
                    f"{', '.join(present) or 'none'}",
                )

    def _relay_misfits(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What a relay has acknowledged, nobody else has."""
        if self.sink_kind != "relay":
            return
        if self._upstream_links() == 0:
            yield (
                ("event_sink", "kind"),
                "the event sink 'relay' needs an upstream link, to send on what it receives",
            )
        if self.event_store.kind in ("memory", "null"):
            yield (
                ("event_store", "kind"),
                "a node that sends on what it receives needs an event store that keeps it: "
                f"{self.event_store.kind!r} does not; choose 'sqlite' or 'rolling-files', or "
                "another event sink",
            )

    @classmethod
    def update_paths_name(cls, values: dict[str, Any], name: str) -> dict[str, Any]:
        """Let `paths` of *values* be named *name*, unless it has a name; changes *values*.

        For a validator with mode "before" in a subclass that knows the name of its node.
        """
        paths = values.get("paths", {})
        if isinstance(paths, Paths):
            paths = paths.model_dump(exclude_unset=True)
        values["paths"] = {"name": name, **paths}
        return values

    def _broker_fields(self) -> dict[str, MQTTClient]:
        fields = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: value for name, value in fields if isinstance(value, MQTTClient)}

    @property
    def every_broker(self) -> Mapping[str, MQTTClient]:
        """`brokers`, and those that a subclass has as fields of their own, by the field's name."""
        return self._broker_fields() | self.brokers

    @property
    def used_brokers(self) -> Mapping[str, MQTTClient]:
        """Those over which there is a link."""
        used = dict.fromkeys(link.broker for link in self.links.values())
        return {name: self.every_broker[name] for name in used}

    def tls_paths(self, broker: str) -> TLSPaths:
        """The TLS files of *broker*: what is configured, else below the certificates' folder."""
        configured = self.every_broker[broker].tls.paths
        return configured.effective_paths(self.paths.certs_dir, broker)

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
