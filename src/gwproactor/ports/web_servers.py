"""Web servers of the node and the routes that its actors add to them."""

from typing import Protocol, TypeVar

HandlerT_contra = TypeVar("HandlerT_contra", contravariant=True)


class WebServers(Protocol[HandlerT_contra]):
    """`HandlerT_contra` is the handler of the adapter's web framework. Loop thread only.

    Both methods are for before the node starts (constructors, `init`); later they raise
    RuntimeError, because a server that listens cannot change.
    """

    def add_web_server_config(
        self, name: str, host: str, port: int, *, enabled: bool = True, **kwargs: object
    ) -> None:
        """Have a server *name* listen on *host*:*port* (0: any free one) while the node runs.

        *kwargs* go to the framework's listening call. Raises ValueError for a name that is taken.
        """
        ...

    def add_web_route(
        self, server_name: str, method: str, path: str, handler: HandlerT_contra, **kwargs: object
    ) -> None:
        """Answer *method* on *path* with *handler*.

        A route for a server that is not configured is ignored, and logged once at the start.
        *kwargs* go to the framework's route.
        """
        ...
