"""Nobody outside watches this process."""

from collections.abc import Callable

import attrs


@attrs.frozen
class NoExternalWatchdog:
    """Takes everything and does nothing; `description` says why there is nobody."""

    description: str = "none"

    @property
    def pat_every_s(self) -> float | None:
        return None

    def listen(self, on_trouble: Callable[[str], None]) -> None:
        pass

    def ready(self) -> None:
        pass

    def pat(self) -> None:
        pass

    def status(self, text: str) -> None:
        pass

    def stopping(self) -> None:
        pass

    async def close(self) -> None:
        pass
