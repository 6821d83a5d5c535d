"""A peer, and the broker over which it is reached."""

from pydantic import Field

from gwproactor.app.settings.part import Name, OptionalName, SettingsPart

DEFAULT_BROKER = "local"


class LinkSettings(SettingsPart):
    """A peer and the broker over which it is reached.

    The peer publishes under its long name and subscribes under its short name.
    """

    broker: str = Field(DEFAULT_BROKER, description="name of one of the brokers")
    peer_long_name: Name = Field(description="dotted name under which the peer publishes")
    peer_short_name: Name = Field(description="name to which this node sends")
    subscription_name: OptionalName = Field(
        "", description="whom the peer sends to; empty: the node's short name"
    )
    upstream: bool = Field(False, description="events of this node go to this peer")
    primary_peer: bool = Field(
        False, description="actors may ask for its link as that of the primary peer"
    )
    handler: str = Field("", description="communicator that gets messages to the node itself")
    client_log: bool = Field(False, description="log what the MQTT client of the broker does")
    accept_dbg: bool = Field(True, description="let the peer set log levels and list subscriptions")
