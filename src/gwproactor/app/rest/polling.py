"""What pollers by HTTP work with."""

import attrs

from gwproactor.ports.clock import Clock
from gwproactor.ports.http_client import HttpClient
from gwproactor.ports.io_loop import IOLoop


@attrs.frozen
class HttpPolling:
    """Where pollers run, by what they ask, and what tells them when; one for all of a node."""

    io_loop: IOLoop
    http_client: HttpClient
    clock: Clock
