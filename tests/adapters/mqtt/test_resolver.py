import asyncio
import socket
import threading

import pytest

from gwproactor.adapters.mqtt.resolver import Resolved, Resolver

ANSWER = (Resolved(socket.AF_INET, ("192.0.2.1", 1883)),)


class SlowNameServer:
    """Answers once it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = threading.Event()
        self.threads: set[int] = set()

    def look_up(self, host: str, port: int) -> tuple[Resolved, ...]:
        self.asked.append(host)
        self.threads.add(threading.get_ident())
        assert self.answers.wait(10)
        return ANSWER


async def test_an_ip_address_needs_no_thread() -> None:
    resolver = Resolver(lambda *_: pytest.fail("was asked"))
    before = threading.active_count()
    assert await resolver.resolve("192.0.2.1", 1883) == ANSWER
    assert (await resolver.resolve("::1", 1883))[0].family is socket.AF_INET6
    assert threading.active_count() == before


async def test_many_names_are_looked_up_in_one_thread_off_the_loop() -> None:
    server = SlowNameServer()
    resolver = Resolver(server.look_up)
    hosts = [f"host-{number}" for number in range(20)]
    lookups = asyncio.gather(*(resolver.resolve(h, 1883) for h in hosts))
    await asyncio.sleep(0)
    server.answers.set()
    assert await lookups == [ANSWER] * 20
    assert server.asked == hosts
    assert len(server.threads) == 1
    assert threading.get_ident() not in server.threads


async def test_a_lookup_cancelled_before_its_turn_is_not_made() -> None:
    server = SlowNameServer()
    resolver = Resolver(server.look_up)
    first, second, third = (
        asyncio.ensure_future(resolver.resolve(host, 1883)) for host in ("one", "two", "three")
    )
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    server.answers.set()
    assert await first == await third == ANSWER
    assert server.asked == ["one", "three"]


async def test_what_the_lookup_raises_reaches_who_asked_and_the_next_is_answered() -> None:
    def look_up(host: str, port: int) -> tuple[Resolved, ...]:
        if host == "unknown":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return ANSWER

    resolver = Resolver(look_up)
    with pytest.raises(socket.gaierror, match="no such name"):
        await resolver.resolve("unknown", 1883)
    assert await resolver.resolve("known", 1883) == ANSWER


async def test_the_thread_ends_when_nobody_asks_any_more_and_another_answers_the_next() -> None:
    threads: list[threading.Thread] = []

    def look_up(host: str, port: int) -> tuple[Resolved, ...]:
        threads.append(threading.current_thread())
        return ANSWER

    resolver = Resolver(look_up)
    for host in ("one", "two"):
        assert await resolver.resolve(host, 1883) == ANSWER
        threads[-1].join(10)
        assert not threads[-1].is_alive()
    assert len(threads) == 2
