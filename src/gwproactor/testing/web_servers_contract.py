"""What every `WebServers` must do, as tests to be run on each adapter.

Subclass `WebServersContract` under a name that pytest collects, and override what raises
NotImplementedError. `HandlerT` is the handler of the adapter's web framework.
"""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, Protocol, TypeVar

from gwproactor.ports.web_servers import WebServers

HandlerT = TypeVar("HandlerT")


class WebServersOfTest(Protocol[HandlerT]):
    """Servers and a way to ask them."""

    @property
    def servers(self) -> WebServers[HandlerT]: ...

    def handler(self, text: str) -> HandlerT:
        """One that answers *text*."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """The node runs."""
        ...

    async def ask(self, server_name: str, method: str, path: str) -> str | None:
        """What the server answers to an ordinary request; None: no route, or no such server."""
        ...


class WebServersContract(Generic[HandlerT]):
    """The tests. They need pytest-asyncio's auto mode, or a plugin that runs coroutines."""

    @abstractmethod
    def make(self) -> WebServersOfTest[HandlerT]:
        """Servers of a node that has not started; on this machine only."""
        raise NotImplementedError

    async def test_a_route_answers_on_its_server_alone(self) -> None:
        made = self.make()
        made.servers.add_web_server_config("one", "127.0.0.1", 0)
        made.servers.add_web_server_config("two", "127.0.0.1", 0)
        made.servers.add_web_route("one", "GET", "/a", made.handler("one a"))
        made.servers.add_web_route("two", "GET", "/b", made.handler("two b"))
        async with made.running():
            assert await made.ask("one", "GET", "/a") == "one a"
            assert await made.ask("two", "GET", "/b") == "two b"
            assert await made.ask("one", "GET", "/b") is None

    async def test_one_path_may_be_answered_by_method(self) -> None:
        made = self.make()
        made.servers.add_web_server_config("one", "127.0.0.1", 0)
        made.servers.add_web_route("one", "GET", "/a", made.handler("shown"))
        made.servers.add_web_route("one", "options", "/a", made.handler("explained"))
        async with made.running():
            assert await made.ask("one", "GET", "/a") == "shown"
            assert await made.ask("one", "OPTIONS", "/a") == "explained"

    async def test_a_route_may_be_added_before_its_server(self) -> None:
        made = self.make()
        made.servers.add_web_route("one", "GET", "/a", made.handler("one a"))
        made.servers.add_web_server_config("one", "127.0.0.1", 0)
        async with made.running():
            assert await made.ask("one", "GET", "/a") == "one a"

    async def test_a_route_for_a_server_that_is_not_configured_is_ignored(self) -> None:
        made = self.make()
        made.servers.add_web_server_config("one", "127.0.0.1", 0)
        made.servers.add_web_route("other", "GET", "/a", made.handler("never"))
        async with made.running():
            assert await made.ask("one", "GET", "/a") is None
            assert await made.ask("other", "GET", "/a") is None

    async def test_a_server_that_is_not_enabled_answers_nothing(self) -> None:
        made = self.make()
        made.servers.add_web_server_config("one", "127.0.0.1", 0, enabled=False)
        made.servers.add_web_route("one", "GET", "/a", made.handler("never"))
        async with made.running():
            assert await made.ask("one", "GET", "/a") is None

    def test_two_servers_of_one_name_are_refused_with_the_name(self) -> None:
        servers = self.make().servers
        servers.add_web_server_config("admin", "127.0.0.1", 0)
        refusal = _raised(lambda: servers.add_web_server_config("admin", "127.0.0.1", 0))
        assert isinstance(refusal, ValueError)
        assert "'admin'" in str(refusal)

    def test_a_second_route_of_one_method_and_path_is_refused_with_both_names(self) -> None:
        made = self.make()
        made.servers.add_web_route("one", "GET", "/a", made.handler("first"))
        made.servers.add_web_route("one", "GET", "/b", made.handler("between"))
        made.servers.add_web_route("two", "GET", "/a", made.handler("elsewhere"))
        add = made.servers.add_web_route
        refusal = _raised(lambda: add("one", "get", "/a", made.handler("second")))
        assert isinstance(refusal, ValueError)
        assert "'one': the route GET /a" in str(refusal)

    def test_a_path_without_a_slash_is_refused(self) -> None:
        made = self.make()
        add = made.servers.add_web_route
        assert isinstance(_raised(lambda: add("one", "GET", "a", made.handler("a"))), ValueError)

    def test_options_that_there_are_not_are_refused(self) -> None:
        made = self.make()
        add, add_server = made.servers.add_web_route, made.servers.add_web_server_config
        for refusal in (
            _raised(lambda: add_server("one", "127.0.0.1", 0, blacklog=3)),
            _raised(lambda: add_server("one", "127.0.0.1", 0, backlog="3")),
            _raised(lambda: add("one", "GET", "/a", made.handler("a"), allow_heads=False)),
        ):
            assert isinstance(refusal, TypeError)
            assert "'one'" in str(refusal)

    def test_a_server_that_could_never_be_called_so_is_refused_with_its_name(self) -> None:
        add = self.make().servers.add_web_server_config
        for refusal in (
            _raised(lambda: add("one", "127.0.0.1", 99_999)),
            _raised(lambda: add("one", "127.0.0.1", -1)),
            _raised(lambda: add("one", "127.0.0.1", 0, allowed_hosts=("a.local:8080",))),
            _raised(lambda: add("one", "127.0.0.1", 0, allowed_hosts="a.local")),
            _raised(lambda: add("one", "127.0.0.1", 0, token="two\nlines")),  # noqa: S106
        ):
            assert isinstance(refusal, ValueError)
            assert "'one'" in str(refusal)
            assert "two" not in str(refusal)

    async def test_nothing_can_be_added_once_the_node_runs(self) -> None:
        made = self.make()
        made.servers.add_web_server_config("one", "127.0.0.1", 0)
        add_server = made.servers.add_web_server_config
        add_route = made.servers.add_web_route
        async with made.running():
            for late in (
                _raised(lambda: add_server("two", "127.0.0.1", 0)),
                _raised(lambda: add_route("one", "GET", "/a", made.handler("late"))),
            ):
                assert isinstance(late, RuntimeError)
            assert await made.ask("one", "GET", "/a") is None

    async def test_what_was_added_may_be_added_again_while_the_node_runs(self) -> None:
        """An actor that is started again does so in its `init`."""
        made = self.make()
        handler, other = made.handler("first"), made.handler("second")
        add_server = made.servers.add_web_server_config
        add_route = made.servers.add_web_route
        add_server("one", "127.0.0.1", 0, allowed_hosts=("a",))
        add_route("one", "GET", "/a", handler)
        async with made.running():
            add_server("one", "127.0.0.1", 0, allowed_hosts=("a",))
            add_route("one", "GET", "/a", handler)
            assert await made.ask("one", "GET", "/a") == "first"
            changed = _raised(lambda: add_server("one", "127.0.0.1", 0, allowed_hosts=("b",)))
            assert isinstance(changed, RuntimeError)
            assert isinstance(_raised(lambda: add_route("one", "GET", "/a", other)), RuntimeError)


def _raised(call: Callable[[], None]) -> Exception | None:
    try:
        call()
    except (ValueError, TypeError, RuntimeError) as error:
        return error
    return None
