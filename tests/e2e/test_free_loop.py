"""The event loop is for events: whatever may block is done in other threads."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gwproactor import (
    LinkSettings,
    MQTTClient,
    Paths,
    ProactorSettings,
    StateName,
    assemble,
    build_node,
)
from gwproactor.app.settings import NO_TLS
from tests.support.child_process import child
from tests.support.late_timers import late_s_max
from tests.support.scripted_broker import Kind, scripted_broker

LATE_S_MAX = 1.0
UPSTREAM: dict[str, Any] = {
    "brokers": {"local": {"host": "127.0.0.1", "port": 1}},
    "links": {"parent": {"peer_long_name": "d1", "peer_short_name": "d", "upstream": True}},
}


def work_of(folder: Path, settings: dict[str, Any], how: str = "") -> tuple[list[str], list[str]]:
    """What may block of a node's whole life: on its loop's thread, and on others."""
    with child("node_under_guard", folder, json.dumps(settings), how) as (process, output):
        on_loop, elsewhere, late_s = json.loads(output.read())
        assert process.wait(30.0) == 0
    assert late_s < LATE_S_MAX
    return on_loop, elsewhere


@pytest.mark.parametrize(
    "settings",
    [
        UPSTREAM,
        UPSTREAM | {"event_store": {"kind": "rolling-files"}},
        {"event_sink": {"kind": "sqlite"}},
        {"event_sink": {"kind": "directory"}},
    ],
    ids=["sqlite store", "rolling files", "sqlite sink", "directory sink"],
)
def test_files_are_dealt_with_off_the_loop(settings: dict[str, Any], tmp_path: Path) -> None:
    """Hazard 26: all file and index work of the original was done on its loop."""
    on_loop, elsewhere = work_of(tmp_path, settings)
    assert on_loop == []
    assert any(str(tmp_path) in each for each in elsewhere)


def test_work_on_the_loop_would_be_seen(tmp_path: Path) -> None:
    on_loop, _ = work_of(tmp_path, UPSTREAM, "touches")
    (touched,) = on_loop
    assert "touched" in touched


async def test_the_loop_turns_while_a_broker_does_not_say_farewell(tmp_path: Path) -> None:
    """Hazard 26: the original joined each link's thread for 3 s, on its loop."""
    async with scripted_broker() as broker:
        settings = ProactorSettings(
            long_name="d1.house",
            short_name="h",
            paths=Paths(data_dir=tmp_path),
            brokers={"local": MQTTClient(host="127.0.0.1", port=broker.port, tls=NO_TLS)},
            links={"parent": LinkSettings(peer_long_name="d1", peer_short_name="d", upstream=True)},
        )
        container = assemble(settings)
        node = build_node(container)
        node.start()
        await broker.seen(Kind.SUBSCRIBE)
        link = container.core().links["parent"]
        async with asyncio.timeout(10.0):
            while link.state is not StateName.AWAITING_PEER:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        broker.reads.clear()
        stop = asyncio.create_task(node.stop_and_join())
        latest_s = await late_s_max(1.0)
        async with asyncio.timeout(20.0):
            await stop
    assert latest_s < LATE_S_MAX
