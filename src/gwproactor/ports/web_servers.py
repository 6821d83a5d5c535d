"""Web servers of the node and the routes that its actors add to them."""

from abc import abstractmethod
from collections.abc import Collection
from typing import Protocol, TypeVar

HandlerT_contra = TypeVar("HandlerT_contra", contravariant=True)


class WebServers(Protocol[HandlerT_contra]):
    """`HandlerT_contra` is the handler of the adapter's web framework. Loop thread only.

    Both methods are for before the node starts (constructors, `init`). Later they raise
    RuntimeError, because a server that listens cannot change, unless all of it was added before,
    as by the `init` of an actor that is started again. Handlers are called on the loop thread, from
    the start of the node's actors until after their end.
    """

    @abstractmethod
    def add_web_server_config(
        self,
        name: str,
        host: str,
        port: int,
        *,
        enabled: bool = True,
        allowed_hosts: Collection[str] = (),
        token: str = "",
        **kwargs: object,
    ) -> None:
        """Have a server *name* listen on *host*:*port* (0: any free one) while the node runs.

        It answers requests that call it by the address they came to, by *host*, by `localhost` or
        by one of *allowed_hosts*, and whose origin, if any, is itself. What changes state (all but
        GET, HEAD and OPTIONS) needs *token*; without one it is refused. *kwargs* go to the
        framework's listening call. Raises ValueError for a name that is taken, for a port that is
        none, and for a token or allowed host that no request can carry; TypeError for *kwargs* that
        there are not.
        """
        ...

    @abstractmethod
    def add_web_route(
        self, server_name: str, method: str, path: str, handler: HandlerT_contra, **kwargs: object
    ) -> None:
        """Answer *method* on *path* with *handler*.

        A route for a server that is not configured is ignored, and logged once at the start.
        *kwargs* go to the framework's route. Raises ValueError for a path without `/` at its begin
        and for a second route of one method and path; TypeError for *kwargs* that there are not,
        and for what is no handler.
        """
        ...
