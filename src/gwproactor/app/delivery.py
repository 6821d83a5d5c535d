"""Who gets what a link brings: the communicator that a message names, or the link's handler."""

from functools import partial

import attrs

from gwproactor.app.communicators import CommunicatorRegistry
from gwproactor.app.dbg import DBG
from gwproactor.app.supervision.supervisor import Supervisor
from gwproactor.domain.events import Event
from gwproactor.domain.facts import Fact, ProblemFound
from gwproactor.domain.link import LinkSpec
from gwproactor.domain.link_state import Transition
from gwproactor.domain.message import Message
from gwproactor.domain.payloads import DBGPayload
from gwproactor.domain.wire_type import Payload


@attrs.frozen
class Delivery:
    """Hands messages and news of links to communicators. Loop thread only."""

    registry: CommunicatorRegistry
    supervisor: Supervisor
    dbg: DBG

    def deliver(self, link: LinkSpec, message: Message[Payload]) -> Fact | None:
        """Hand *message* over; the fact is what the core must know of it, such as the problem that
        nobody wants it. A dbg message is for the node itself.
        """
        if isinstance(message.payload, DBGPayload):
            return self.dbg.obey(link, message, message.payload)
        communicator = self.registry.get_communicator(message.header.dst)
        if communicator is None and link.handler:
            communicator = self.registry.get_communicator(link.handler)
        if communicator is not None:
            self.supervisor.hand_over(communicator, message)
            return None
        if isinstance(message.payload, Event) and not link.handler:
            return None  # The sink has it, and nobody asked for more.
        return ProblemFound(
            "routing",
            link.name,
            message.header.dst,
            f"nobody handles {message.header.message_type} for {message.header.dst!r}",
            "name a communicator as the link's handler, or as the message's destination",
        )

    def announce(self, transition: Transition) -> None:
        """Tell every communicator that a link changed its state."""
        for communicator in self.registry:
            told = partial(communicator.link_changed, transition)
            self.supervisor.call(communicator, "link_changed", told)
