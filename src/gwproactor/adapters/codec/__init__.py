"""The wire form of messages: cattrs and orjson."""

from gwproactor.adapters.codec.event_reader import JsonEventReader
from gwproactor.adapters.codec.link_codec import LinkCodec

__all__ = ["JsonEventReader", "LinkCodec"]
