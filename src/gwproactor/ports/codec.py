"""Messages to bytes and back."""

from abc import abstractmethod
from typing import Protocol

import attrs
from typing_extensions import override

from gwproactor.domain.message import Header, Json, JsonObject, Message
from gwproactor.domain.outcome import Outcome
from gwproactor.domain.stored_event import StoredEvent
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class Undecodable:
    """Bytes that are no message: not JSON, no envelope, or fields that do not fit.

    `lines` name the faults, with their path where there is one; they are few and short. `json` is
    what was parsed, None if nothing could be.
    """

    topic: str
    lines: tuple[str, ...]
    json: Json = None

    @override
    def __str__(self) -> str:
        return f"undecodable message on topic [{self.topic}]: {'; '.join(self.lines)}"


@attrs.frozen
class UnknownType:
    """A message whose type this link cannot read, and which is no event; `json` is all of it.

    A known type counts as unknown if it has another Version and its fields do not fit.
    """

    topic: str
    type_name: str
    header: Header
    json: JsonObject

    @override
    def __str__(self) -> str:
        return f"unknown type {self.type_name!r} on topic [{self.topic}]"


class Codec(Protocol):
    """The wire form of messages, for one namespace. Pure; any thread may call it."""

    @abstractmethod
    def encode_payload(self, payload: Payload) -> bytes:
        """The JSON object of *payload* alone: UTF-8, compact, fields in wire order."""
        ...

    @abstractmethod
    def encode_json(self, json: Json) -> bytes:
        """Compact UTF-8 JSON; integers of any size, NaN and infinities as null."""
        ...

    @abstractmethod
    def envelope(self, header: Header, payload: bytes) -> bytes:
        """A whole message around *payload*, a JSON object."""
        ...

    @abstractmethod
    def decode(
        self, link_name: str, topic: str, data: bytes, *, retained: bool
    ) -> Outcome[Message[Payload], Undecodable | UnknownType]:
        """The message in *data*, with effective header and `received` set.

        An unknown or ill-formed event is an `AnyEvent`. Never raises, whatever the bytes.
        """
        ...

    @abstractmethod
    def unreadable(self, event: StoredEvent) -> str | None:
        """Why what is stored is no event that could be sent, in a few words; None if it is one.
        Never raises.

        An event is a JSON object in UTF-8 with MessageId, Src and TypeName; its id is the one that
        it is stored under, and both id and type can be used on a link.
        """
        ...
