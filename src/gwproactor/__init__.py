"""A typed proactor for asyncio: MQTT links that store, acknowledge and re-send events."""

from typing import Final

__all__: Final[tuple[str, ...]] = ()
