"""A peer of no library: an MQTT client that says what a test wants, byte by byte."""

import json
from collections.abc import Callable
from typing import Final

from gwproactor.adapters.memory import MemoryBroker
from gwproactor.domain.subscription import QOS, Subscription
from gwproactor.domain.topic import link_filter
from gwproactor.testing.recording_listener import Connected, Heard, Received, RecordingListener
from tests.support.family import CHILD, CHILD_SHORT, PARENT, PARENT_SHORT
from tests.support.own_events import JsonDict

TIME_MS: Final = 1_700_000_000_000
EVENT: Final = "gridworks.event.test.reading"


class RawPeer:
    """Speaks in the name of *own* (long, short) to *peer*; acks what asks for it if `acks` says so.

    `heard` holds the parsed messages that came.
    """

    def __init__(
        self,
        broker: MemoryBroker,
        own: tuple[str, str] = (PARENT, PARENT_SHORT),
        peer: tuple[str, str] = (CHILD, CHILD_SHORT),
    ) -> None:
        self.long_name, self.short_name = own
        self.peer_long_name, self.peer_short_name = peer
        self.heard: list[JsonDict] = []
        self.acks: Callable[[JsonDict], bool] = lambda _: True
        self._listener = RecordingListener()
        self._listener.then = self._hear
        self._transport = broker.transport(f"raw {self.short_name}")
        self._transport.listen(self._listener)

    def connect(self) -> None:
        self._transport.connect()

    async def disconnect(self) -> None:
        await self._transport.disconnect()

    def types(self) -> list[str]:
        """The TypeNames of what came."""
        return [message["Payload"]["TypeName"] for message in self.heard]

    def acked_ids(self) -> list[str]:
        """The ids that the peer has acked, in order."""
        payloads = [message["Payload"] for message in self.heard]
        return [p["AckMessageID"] for p in payloads if p["TypeName"] == "gridworks.ack"]

    def send(self, payload: JsonDict, *, retain: bool = False, **header: object) -> None:
        """A whole message around *payload*; *header* replaces fields of a usual one."""
        wire_header = {
            "Src": self.long_name,
            "Dst": self.peer_short_name,
            "MessageType": payload["TypeName"],
            "MessageId": payload.get("MessageId", ""),
            "AckRequired": False,
            "TypeName": "gridworks.header",
            "Version": "001",
        }
        message = {"Header": wire_header | header, "Payload": payload, "TypeName": "gw"}
        topic = self.topic(str(payload["TypeName"]))
        self.send_bytes(json.dumps(message).encode(), topic, retain=retain)

    def send_event(self, message_id: str, value: int, **fields: object) -> None:
        """A reading as a child of ours would send it."""
        event: JsonDict = {
            "MessageId": message_id,
            "TimeCreatedMs": TIME_MS,
            "Src": self.long_name,
            "TypeName": EVENT,
            "Value": value,
        }
        self.send(event | fields, AckRequired=True)

    def ping(self, message_id: str = "ping", *, retain: bool = False) -> None:
        payload = {"MessageId": message_id, "TypeName": "gridworks.ping"}
        self.send(payload, retain=retain, AckRequired=True)

    def send_bytes(self, data: bytes, topic: str = "", *, retain: bool = False) -> None:
        topic = topic or self.topic("test")
        sent = self._transport.publish(topic, data, QOS.AtMostOnce, retain=retain)
        sent.unwrap()

    def topic(self, message_type: str) -> str:
        topic = f"gw/{self.long_name}/to/{self.peer_short_name}/{message_type}"
        return topic.replace(".", "-")

    def _hear(self, one: Heard) -> None:
        match one:
            case Connected():
                own_filter = link_filter(self.peer_long_name, self.short_name)
                self._transport.subscribe(1, [Subscription(own_filter, QOS.AtMostOnce)])
            case Received(_, payload):
                message: JsonDict = json.loads(payload)
                self.heard.append(message)
                header = message["Header"]
                if header["AckRequired"] and self.acks(message):
                    self.send({"AckMessageID": header["MessageId"], "TypeName": "gridworks.ack"})
            case _:
                pass
