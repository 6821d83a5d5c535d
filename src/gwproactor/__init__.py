"""A typed proactor for asyncio: MQTT links that store, acknowledge and re-send events."""

__all__: list[str] = []
