"""PUBLISH packets of QoS 0, byte by byte."""

import pytest

from gwproactor.adapters.mqtt.publish_packet import Publish, parse_publish, publish_packet

# The remaining length takes one byte more from 128, 16,384 and 2,097,152 on; the topic takes 3.
LENGTHS = [0, 1, 124, 125, 16_380, 16_381, 2_097_148, 2_097_149]


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_written_is_read_wherever_it_stands(length: int, retain: bool) -> None:
    payload = b"\xff" * length
    packet = publish_packet(b"t", payload, retain=retain)
    assert parse_publish(b"before" + packet + b"after", 6) == Publish(
        b"t", payload, retain, 6 + len(packet)
    )


def test_the_bytes_are_those_of_mqtt() -> None:
    assert publish_packet(b"a/b", b"hi", retain=True) == b"\x31\x07\x00\x03a/bhi"
    assert publish_packet(b"t", bytes(197), retain=False)[:6] == b"\x30\xc8\x01\x00\x01t"


@pytest.mark.parametrize("topic", [b"t", b"t" * 256, b"t" * 65_535])
def test_topics_of_any_length_come_back(topic: bytes) -> None:
    packet = publish_packet(topic, b"1", retain=False)
    assert parse_publish(packet, 0) == Publish(topic, b"1", False, len(packet))


@pytest.mark.parametrize("length", [10, 300, 20_000])
def test_part_of_a_packet_is_none(length: int) -> None:
    packet = publish_packet(b"topic", bytes(length), retain=False)
    assert all(parse_publish(packet[:cut], 0) is None for cut in range(len(packet)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x32\x05\0\1t\0\1",
        b"\x34\x05\0\1t\0\1",
        b"\x36\x05\0\1t\0\1",
        b"\x38\x03\0\1t",
        b"\x20\x02\0\0",
        b"\xd0\x00",
        b"\x30\x00",
        b"\x30\x01\0",
        b"\x30\x02\0\0",
        b"\x30\x03\0\2t",
        b"\x30\x83\x80\x80\x80\x00\0\1t",
        b"\x30\xff\xff\xff\xff\x7f",
    ],
    ids=[
        "qos 1", "qos 2", "qos 3", "dup", "connack", "pingresp", "empty", "half a length",
        "no topic", "topic too long", "length of five bytes", "endless length",
    ],
)  # fmt: skip
def test_what_is_none_of_these_packets_is_left_to_paho(data: bytes) -> None:
    assert parse_publish(data + bytes(100), 0) is None
