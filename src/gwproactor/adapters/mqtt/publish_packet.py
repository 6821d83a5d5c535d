"""PUBLISH packets of QoS 0 (MQTT 3.1.1 §3.3) to bytes and back."""

from typing import Final, NamedTuple

PUBLISH: Final = 0x30
RETAIN: Final = 0x01


class Publish(NamedTuple):
    """A packet that ends before *end* of the bytes it was found in."""

    topic: bytes
    payload: bytes
    retain: bool
    end: int


def publish_packet(topic: bytes, payload: bytes, *, retain: bool) -> bytes:
    """The whole packet; the caller has checked that MQTT can carry it."""
    rest = 2 + len(topic) + len(payload)
    head = bytearray((PUBLISH | retain,))
    while rest > 127:
        head.append(rest & 127 | 128)
        rest >>= 7
    head.append(rest)
    head += len(topic).to_bytes(2)
    return b"".join((head, topic, payload))


def parse_publish(data: bytes, at: int) -> Publish | None:
    """The packet that begins at *at*; None if it is another one, is not whole or not allowed."""
    size = len(data)
    if at >= size or data[at] & ~RETAIN != PUBLISH:
        return None
    start, length, shift = at + 1, 0, 0
    while True:
        if start == size or shift > 21:
            return None
        digit = data[start]
        start += 1
        length |= (digit & 127) << shift
        if digit < 128:
            break
        shift += 7
    end = start + length
    if end > size or length < 2:
        return None
    topic_end = start + 2 + (data[start] << 8 | data[start + 1])
    if not start + 2 < topic_end <= end:
        return None
    return Publish(data[start + 2 : topic_end], data[topic_end:end], data[at] != PUBLISH, end)
