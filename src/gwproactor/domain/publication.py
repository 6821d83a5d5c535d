"""What MQTT can carry in one PUBLISH packet (MQTT 3.1.1 §1.5.3, §2.2.3, §3.3.2.1)."""

from typing import Final

TOPIC_BYTES_MAX: Final = 65_535
REMAINING_LENGTH_MAX: Final = 268_435_455
FIELD_LENGTHS: Final = 4  # two bytes before the topic, two for the packet identifier


def bad_publication(topic: str, payload_bytes: int) -> str | None:
    """Why a message of *payload_bytes* cannot be published on *topic*, or None."""
    if not topic:
        return "the topic is empty"
    if "+" in topic or "#" in topic:
        return f"the topic {topic!r} contains a wildcard"
    if "\0" in topic:
        return f"the topic {topic!r} contains a null character"
    try:
        topic_bytes = len(topic.encode())
    except UnicodeEncodeError:
        return f"the topic {topic!r} is not valid Unicode"
    if topic_bytes > TOPIC_BYTES_MAX:
        return f"the topic has {topic_bytes} bytes; MQTT carries at most {TOPIC_BYTES_MAX}"
    payload_bytes_max = REMAINING_LENGTH_MAX - FIELD_LENGTHS - topic_bytes
    if payload_bytes > payload_bytes_max:
        return f"the payload has {payload_bytes} bytes; MQTT carries at most {payload_bytes_max}"
    return None
