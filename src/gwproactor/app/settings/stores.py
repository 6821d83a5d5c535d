"""Where events are kept, and how many."""

from typing import Literal, TypeAlias

from pydantic import Field

from gwproactor.app.settings.part import SettingsPart
from gwproactor.domain.store_room import WhenFull

StoreKind: TypeAlias = Literal["sqlite", "rolling-files", "memory", "null"]
SinkKind: TypeAlias = Literal["sqlite", "directory", "null", "relay"]


class EventStoreSettings(SettingsPart):
    """Where this node keeps events until its parent has acknowledged them."""

    kind: StoreKind = Field(
        "sqlite", description="rolling-files: the folders of the original library"
    )
    bytes_max: int = Field(
        500 * 1024 * 1024, ge=1_048_576, description="payload of stored events, together"
    )
    when_full: WhenFull = Field(
        WhenFull.DROP_OLDEST, description="refuse-new: whoever reports an event is told"
    )
    linger_ms: int = Field(
        0, ge=0, le=60_000, description="sqlite: gather so long before a commit; saves SD cards"
    )
    fsync: bool = Field(True, description="rolling-files: make each event survive a power cut")


class EventSinkSettings(SettingsPart):
    """Where this node keeps the events that it has received."""

    kind: Literal["auto", "sqlite", "directory", "null", "relay"] = Field(
        "auto", description="auto: relay if there is an upstream link and another, else sqlite"
    )
    events_max: int = Field(1_000, ge=1, description="events that wait to be stored, at most")
    bytes_max: int = Field(8 * 1024 * 1024, ge=1, description="their payload, together")
