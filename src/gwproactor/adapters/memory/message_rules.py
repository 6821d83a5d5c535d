"""What a `MemoryBroker` does to messages on purpose: lose them, delay them, hold them back."""

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

import attrs

from gwproactor.domain.subscription import QOS

Which: TypeAlias = Callable[[str, bytes], bool]
"""Whether a rule is for a message, by topic and payload."""


def every_message(_topic: str, _payload: bytes) -> bool:
    return True


@attrs.frozen
class Published:
    """A message as it reached the broker; `client` is the name of who published it."""

    client: str
    topic: str
    payload: bytes
    qos: QOS
    retain: bool


class Treatment(Enum):
    DROP = "drop"
    DELAY = "delay"
    HOLD = "hold"


@attrs.define(eq=False)
class MessageRule:
    """A rule in force until `lift`. `treated` are the messages it was applied to, in order."""

    treatment: Treatment
    which: Which
    delay_s: float
    _lift: Callable[["MessageRule"], None]
    treated: list[Published] = attrs.field(init=False, factory=list)

    def lift(self) -> None:
        """End the rule. Messages held back are routed now, in their order; idempotent."""
        self._lift(self)
