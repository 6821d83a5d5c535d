"""What links and the bus carry, and what happens to links, in the categories of the node's log."""

import attrs

from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.domain.link_state import Transition
from gwproactor.domain.message import Header, Message
from gwproactor.domain.payloads import Ack
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class LinkLog:
    """A disabled category costs one look for each message. Loop thread only."""

    logger: ProactorLogger

    def received(self, topic: str, message: Message[Payload]) -> None:
        """A peer's message was decoded."""
        if self.logs_messages:
            self._summary("IN  mqtt    ", topic, message.header, message.payload)

    def sent(self, topic: str, header: Header, payload: Payload | bytes) -> None:
        """A message was handed to the transport; bytes are a stored event's payload."""
        if self.logs_messages:
            self._summary("OUT mqtt    ", topic, header, payload)

    def internal(self, message: Message[object]) -> None:
        """A message of an actor is handed to another. Only if `logs_messages` is true."""
        self.logger.message_summary(
            direction="IN  internal",
            src=message.header.src,
            dst=message.header.dst,
            topic="",
            payload_object=type(message.payload).__name__,
            message_id=message.header.message_id,
        )

    @property
    def logs_messages(self) -> bool:
        return self.logger.message_summary_enabled

    def changed(self, transition: Transition) -> None:
        """A link changed its state."""
        self.logger.comm_event("%s", transition)

    def broker(self, broker: str, what: str) -> None:
        """Something happened to the connection with *broker*."""
        self.logger.comm_event("broker %s: %s", broker, what)

    def _summary(
        self, direction: str, topic: str, header: Header, payload: Payload | bytes
    ) -> None:
        self.logger.message_summary(
            direction=direction,
            src=header.src,
            dst=header.dst,
            topic=topic,
            payload_object=header.message_type if isinstance(payload, bytes) else payload,
            message_id=payload.ack_message_id if isinstance(payload, Ack) else header.message_id,
        )
