"""`HttpClient` by aiohttp: every node has one, but few use it."""

from contextlib import AbstractAsyncContextManager

from gwproactor.ports.http_client import HttpSession


class AiohttpClient:
    """Loads aiohttp with the first session."""

    def session(self) -> AbstractAsyncContextManager[HttpSession]:
        from gwproactor.adapters.http_client.aiohttp_session import (  # noqa: PLC0415 - see above
            aiohttp_session,
        )

        return aiohttp_session()
