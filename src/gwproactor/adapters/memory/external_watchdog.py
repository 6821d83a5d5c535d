"""`ExternalWatchdog` of a test: what it was told can be read, and it can be out of reach."""

from collections.abc import Callable

import attrs


@attrs.define
class MemoryExternalWatchdog:
    """`said` is what it was told, in order: "ready", "pat", "stopping", and texts of the status.

    While `unreachable` is not empty, that is the trouble, and nothing is heard.
    """

    pat_every_s: float | None = 30.0
    description: str = "a watchdog in memory"
    unreachable: str = ""
    said: list[str] = attrs.field(init=False, factory=list)
    is_closed: bool = attrs.field(init=False, default=False)
    _on_trouble: Callable[[str], None] = attrs.field(init=False, default=lambda _: None)

    @property
    def pats(self) -> int:
        return self.said.count("pat")

    def listen(self, on_trouble: Callable[[str], None]) -> None:
        self._on_trouble = on_trouble

    def ready(self) -> None:
        self._say("ready")

    def pat(self) -> None:
        self._say("pat")

    def status(self, text: str) -> None:
        self._say(text)

    def stopping(self) -> None:
        self._say("stopping")

    async def close(self) -> None:
        self.is_closed = True

    def _say(self, text: str) -> None:
        if self.unreachable:
            self._on_trouble(self.unreachable)
        else:
            self.said.append(text)
