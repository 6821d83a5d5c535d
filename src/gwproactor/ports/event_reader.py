"""Events that come as text from outside the links."""

from abc import abstractmethod
from typing import Protocol

import attrs

from gwproactor.domain.events import AnyEvent
from gwproactor.domain.outcome import Outcome


@attrs.frozen
class NotJson:
    """The text cannot be parsed; `detail` says where."""

    detail: str

    def __str__(self) -> str:
        return f"not JSON: {self.detail}"


@attrs.frozen
class NoEvent:
    """It is JSON, but no event; `lines` name the faults with their path; few and short."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.lines)


class EventReader(Protocol):
    """Pure; any thread may call it."""

    @abstractmethod
    def read_event(self, data: bytes) -> Outcome[AnyEvent, NotJson | NoEvent]:
        """The event in *data*, the JSON object of an event alone, in UTF-8; it is kept whole.

        MessageId, TimeCreatedMs and Src may be left out, empty or null: they are blank then, for
        `generate_event` to fill. Of a type that is known all fields must fit; an unknown type must
        begin with `gridworks.event`. Never raises, whatever the bytes.
        """
        ...
