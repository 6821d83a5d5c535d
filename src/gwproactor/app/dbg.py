"""What a peer may wish about the log of this node: levels, and the list of its subscriptions."""

from collections.abc import Iterator
from typing import Final

import attrs

from gwproactor.app.own_events import OwnEvents
from gwproactor.app.proactor_logger import ProactorLogger
from gwproactor.domain.events import DBGEvent
from gwproactor.domain.facts import Fact, ProblemFound
from gwproactor.domain.link import Link, LinkSpec
from gwproactor.domain.message import Message
from gwproactor.domain.node import NodeCore
from gwproactor.domain.payloads import LEAVE_LEVEL, DBGCommands, DBGLevels, DBGPayload
from gwproactor.domain.topic import encode_topic
from gwproactor.domain.wire_type import Payload

# The codes in DBGEvent.path are those of gridworks-proactor 4.1.
LEVELS_SET: Final = 0x1
SUBSCRIPTIONS_SHOWN: Final = 0x2
NO_COMMAND: Final = 0x4


@attrs.frozen
class DBG:
    """Obeys the peers of the links in *accepted_from*. Loop thread only."""

    core: NodeCore
    logger: ProactorLogger
    own_events: OwnEvents
    accepted_from: frozenset[str]

    def obey(self, link: LinkSpec, message: Message[Payload], dbg: DBGPayload) -> Fact:
        """Do what *message* wishes, whose payload is *dbg*, and raise a DBGEvent about it; or the
        problem, that this peer may not wish it, or that the message is not from the peer.
        """
        refusal = self._refusal(link, message)
        if refusal:
            return ProblemFound(
                "dbg", link.name, refusal, f"link {link.name!r}: dbg refused: {refusal}"
            )
        count = self._set_levels(dbg.levels)
        path = LEVELS_SET if count else 0
        if dbg.command is DBGCommands.SHOW_SUBSCRIPTIONS:
            path |= SUBSCRIPTIONS_SHOWN
            self._show_subscriptions()
        else:
            path |= NO_COMMAND
        event = DBGEvent(command=dbg, path=f"0x{path:08X}", count=count)
        return self.own_events.take(event)

    def _refusal(self, link: LinkSpec, message: Message[Payload]) -> str:
        if link.name not in self.accepted_from:
            return "this link does not accept it (accept_dbg)"
        received = message.received
        assert received is not None, "only what came over a link is handed to this"
        owner = self.core.brokers[link.broker].routes.owner(received.topic)
        if received.retained or owner is None or not owner.from_peer:
            return "it was not sent by the peer now"
        return ""

    def _set_levels(self, levels: DBGLevels) -> int:
        """How many were set. `io_loop` is not looked at: original peers write 20 whatever they
        wish, and original nodes ignore it.
        """
        wished = (
            (self.logger.message_summary_logger, levels.message_summary),
            (self.logger.lifecycle_logger, levels.lifecycle),
            (self.logger.comm_event_logger, levels.comm_event),
        )
        set_now = [(logger, level) for logger, level in wished if level > LEAVE_LEVEL]
        for logger, level in set_now:
            logger.setLevel(level)
            self.logger.debug("level of %s: %d", logger.name, level)
        return len(set_now)

    def _show_subscriptions(self) -> None:
        if self.logger.lifecycle_enabled:
            lines = [line for link in self.core.links.values() for line in _described(link)]
            self.logger.lifecycle("subscriptions:\n%s", "\n".join(lines))


def _described(link: Link) -> Iterator[str]:
    spec = link.spec
    topic = encode_topic(spec.own_long_name, spec.peer_short_name, "TYPE")
    yield f"  link {link.name} to {spec.peer_long_name}"
    yield f"    publishes to {topic}"
    for topic_filter, qos in link.subscriptions.items():
        pending = " (not granted)" if topic_filter in link.subscriptions.pending else ""
        yield f"    subscribes to {topic_filter} at QoS {int(qos)}{pending}"
