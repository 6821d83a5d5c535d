"""The names, the event and the messages of W3 and W7, as this library says them.

The sizes are those of the original's side, where the event is described (original_worker.py).
"""

import uuid
from typing import Final

from gwproactor import Header, Message, Sequence
from gwproactor.adapters.codec import LinkCodec
from gwproactor.domain.events import DBGEvent
from gwproactor.domain.message import to_peer
from gwproactor.domain.namespace import CORE_NAMESPACE
from gwproactor.domain.payloads import Ack, DBGLevels, DBGPayload
from gwproactor.domain.topic import encode_topic

CHILD, CHILD_SHORT = "bench.child", "c"
PARENT, PARENT_SHORT = "bench.parent", "p"
EVENT_BYTES, MESSAGE_BYTES, ACK_BYTES = 500, 730, 263
PADDING: Final = "x" * 178

_ID: Final = "00000000-0000-4000-8000-000000000000"
_TIME_MS: Final = 1_700_000_000_000


def blank_event() -> DBGEvent:
    """As an actor makes it: id, time and source are filled in by `generate_event`."""
    return DBGEvent(
        command=DBGPayload(
            levels=DBGLevels(message_summary=-1, lifecycle=-1, comm_event=-1, io_loop=20)
        ),
        path="0x00000004",
        count=0,
        msg=PADDING,
    )


def event_message() -> Message[DBGEvent]:
    """One event's message as the original sends it: without the Sequence that W3 adds in ours."""
    blank = blank_event()
    event = DBGEvent(
        message_id=_ID,
        time_created_ms=_TIME_MS,
        src=CHILD,
        command=blank.command,
        path=blank.path,
        count=blank.count,
        msg=blank.msg,
    )
    return to_peer(event, src=CHILD, dst=PARENT_SHORT)


def stored_events(count: int) -> list[tuple[str, bytes]]:
    """Ids, each another one, and the events as a store gets them."""
    encoded = LinkCodec(CORE_NAMESPACE).encode_payload(event_message().payload)
    ids = [str(uuid.uuid4()) for _ in range(count)]
    return [(name, encoded.replace(_ID.encode(), name.encode())) for name in ids]


def event_topic() -> str:
    return encode_topic(CHILD, PARENT_SHORT, DBGEvent.wire.type_name)


def sequence_bytes() -> int:
    """How much larger than the original's our messages are in W3."""
    sent = event_message().header
    numbered = Header(
        sent.src,
        sent.dst,
        sent.message_type,
        sent.message_id,
        ack_required=sent.ack_required,
        sequence=Sequence(_ID, 1_000),
    )
    codec = LinkCodec(CORE_NAMESPACE)
    return len(codec.envelope(numbered, b"")) - len(codec.envelope(sent, b""))


def check_sizes() -> None:
    """The figures compare with the original's only if these bytes are the same."""
    codec = LinkCodec(CORE_NAMESPACE)
    message = event_message()
    payload = codec.encode_payload(message.payload)
    ack = to_peer(Ack(ack_message_id=_ID), src=PARENT, dst=CHILD_SHORT)
    sizes = [
        len(payload),
        len(codec.envelope(message.header, payload)),
        len(codec.envelope(ack.header, codec.encode_payload(ack.payload))),
    ]
    assert sizes == [EVENT_BYTES, MESSAGE_BYTES, ACK_BYTES], sizes
