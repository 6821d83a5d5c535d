"""Events that wait for a medium, bounded in number and in bytes."""

import attrs


@attrs.define
class QueueFill:
    """How many events wait, with how much payload."""

    events: int = 0
    bytes: int = 0

    def has_room(self, size: int, *, events_max: int, bytes_max: int) -> bool:
        """For one more of *size* bytes. An event larger than *bytes_max* has to wait alone: else it
        would never be taken.
        """
        is_within = self.events < events_max and self.bytes + size <= bytes_max
        return is_within or self.events == 0

    def add(self, size: int) -> None:
        self.events += 1
        self.bytes += size

    def remove(self, size: int) -> None:
        self.events -= 1
        self.bytes -= size
