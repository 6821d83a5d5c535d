"""A running node whose parent is not there, with a real store and real connections."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dependency_injector import providers

from gwproactor import (
    LinkSettings,
    MQTTClient,
    Paths,
    ProactorContainer,
    ProactorSettings,
    StateName,
    assemble,
    build_node,
)
from gwproactor.domain.events import ProblemEvent
from gwproactor.ports.event_store import EventStore
from tests.interop.our_node import DEADLINE_S, Changes, PromptChance, WatchedTransport


def child_of(client: MQTTClient, folder: Path) -> ProactorSettings:
    link = LinkSettings(peer_long_name="p", peer_short_name="p", upstream=True)
    return ProactorSettings(
        long_name="c",
        short_name="c",
        paths=Paths(data_dir=folder),
        brokers={"local": client},
        links={"parent": link},
    )


async def stored_problems(store: EventStore) -> list[str]:
    events = (await store.read_after(0, count=1000, bytes_max=1_000_000)).unwrap()
    problem = ProblemEvent.wire.type_name
    return [event.payload.decode() for event in events if event.type_name == problem]


@asynccontextmanager
async def lonely(
    client: MQTTClient, folder: Path, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[ProactorContainer, Changes]]:
    """A running child, and what its transport notes."""
    contexts = {} if context is None else {"local": context}
    container = assemble(child_of(client, folder), ssl_contexts=contexts, chance=PromptChance())
    changes = Changes()
    transport = WatchedTransport(container.link_transports()["local"], [], changes)
    container.link_transports.override(providers.Object({"local": transport}))
    proactor = build_node(container)
    proactor.start()
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield container, changes
    finally:
        await proactor.stop_and_join()


async def problems_of(
    client: MQTTClient, folder: Path, context: ssl.SSLContext | None = None
) -> list[str]:
    """What a node stores whose broker cannot be reached, after three attempts."""
    async with lonely(client, folder, context) as (container, changes):
        attempts = container.core().brokers["local"].reconnect
        await changes.until(lambda: attempts.failures >= 3)
        assert container.link_publisher().link_state("parent") is StateName.CONNECTING
        return await stored_problems(container.event_store())
