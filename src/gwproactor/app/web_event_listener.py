"""An actor that takes events by HTTP: whoever is answered 200 may forget the event."""

from http import HTTPStatus
from typing import Final

from aiohttp.web import Request, Response, json_response
from pydantic import BaseModel, ConfigDict, Field

from gwproactor.adapters.web.handler import HTTPHandler, refused
from gwproactor.app.actor import Actor
from gwproactor.domain.events import Event
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.sh_node import ShNode
from gwproactor.ports.event_log import (
    Accepted,
    BadEvent,
    ContentTooLarge,
    EventLog,
    EventRefused,
    Fate,
)
from gwproactor.ports.event_reader import EventReader, NoEvent, NotJson
from gwproactor.ports.web_servers import WebServers

DROPPED: Final = "the event store is full, and gave the event up for newer ones"
NOT_STORED: Final = (
    "the event was accepted, but is in memory only ({detail}); post it again, with this MessageId, "
    "to be sure"
)
NOT_A_FORM: Final = "post the JSON object of an event as application/json, not a form"


class WebEventListenerSettings(BaseModel):
    """Where events are posted to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    http_path: str = Field("/events", pattern="^/")
    server_name: str = "default"


class WebEventListener(Actor):
    """POST the JSON object of one event.

    200 `{"MessageId": ..., "Fate": ...}`: it is durable, or delivered already. Everything else says
    why as `{"reason": ...}`: 400 no JSON; 413 too large; 415 a form; 422 no event, an unknown type,
    or fields that do not fit; 503 the node is stopping, or its store is full or fails. To post an
    event again with its MessageId does no harm: its receiver drops the second. Besides, the web
    server asks for its token.
    """

    DEFAULT_NODE_NAME: Final = "web-event"

    def __init__(
        self,
        name: str,
        *,
        event_log: EventLog,
        event_reader: EventReader,
        web_servers: WebServers[HTTPHandler],
        settings: WebEventListenerSettings | None = None,
        node: ShNode | None = None,
    ) -> None:
        super().__init__(name, node=node)
        self._event_log = event_log
        self._event_reader = event_reader
        settings = settings or WebEventListenerSettings()
        web_servers.add_web_route(settings.server_name, "POST", settings.http_path, self._post)

    @classmethod
    def default_node(cls, name: str = DEFAULT_NODE_NAME) -> ShNode:
        """A node of the layout for this actor."""
        return ShNode(name=name, actor_class=cls.__name__)

    async def _post(self, request: Request) -> Response:
        if request.content_type.startswith("multipart/"):
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NOT_A_FORM)
        match self._event_reader.read_event(await request.read()):
            case Failure(fault):
                return refused(_status_of(fault), str(fault))
            case Success(event):
                return await self._keep(event)

    async def _keep(self, event: Event) -> Response:
        match self._event_log.generate_event(event):
            case Failure(refusal):
                return refused(_status_of(refusal), str(refusal))
            case Success(accepted):
                return await self._kept(accepted)

    async def _kept(self, accepted: Accepted) -> Response:
        message_id = accepted.event.message_id
        match await self._event_log.durable(accepted.event):
            case Success(Fate.DROPPED):
                return refused(HTTPStatus.SERVICE_UNAVAILABLE, DROPPED, MessageId=message_id)
            case Success(fate):
                return json_response({"MessageId": message_id, "Fate": fate.value})
            case Failure(failed):
                reason = NOT_STORED.format(detail=failed)
                return refused(HTTPStatus.SERVICE_UNAVAILABLE, reason, MessageId=message_id)


def _status_of(refusal: NotJson | NoEvent | EventRefused) -> HTTPStatus:
    match refusal:
        case NotJson():
            return HTTPStatus.BAD_REQUEST
        case NoEvent() | BadEvent():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case ContentTooLarge():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case _:  # the node stops, or its store or sink is full or fails: later it may work
            return HTTPStatus.SERVICE_UNAVAILABLE
