"""Pending events change hands with their files: from the original to ours, and back."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from gwproactor import StateName
from gwproactor.app.settings import EventStoreSettings
from gwproactor.domain.events import AnyEvent
from tests.interop.our_node import DemoEvent, our_node
from tests.interop.pair import ODD_FIELDS, UNKNOWN, Pair

BACKLOG = 60
ROLLING_FILES = EventStoreSettings(kind="rolling-files")

ours_is_child = pytest.mark.parametrize("role", ["child"], ids=["ours is child"])
ours_is_parent = pytest.mark.parametrize("role", ["parent"], ids=["ours is parent"])


def ids_in(event_dir: Path) -> list[str]:
    """Of all stored events, in the order of their paths."""
    paths = sorted(event_dir.glob("*/*.json"))
    return [json.loads(path.read_bytes())["MessageId"] for path in paths]


async def left_by_the_original(pair: Pair) -> Path:
    """The folder of an original child that was killed before its parent ever came."""
    child = await pair.original("child", pair.folder / "before")
    await child.wait(link="awaiting_peer")
    await child.generate(BACKLOG)
    await child.generate(kind="unknown", payload=ODD_FIELDS)
    await child.kill()
    return pair.folder / "before" / "event"


async def arrivals_at_the_original(pair: Pair) -> list[str]:
    """The ids of all events that the original parent's app was given, by first arrival."""
    return list(Counter(event.message_id for event in await pair.theirs.events()))


async def all_arrive_in_order(pair: Pair, ids: list[str]) -> None:
    """Start both nodes of *pair*, of which ours has *ids* stored."""
    await pair.start_theirs()
    await pair.start_ours()
    await pair.settled()
    arrived = await arrivals_at_the_original(pair)
    assert [one for one in arrived if one in set(ids)] == ids
    (unknown,) = await pair.their_events(UNKNOWN)
    assert {name: unknown.fields[name] for name in ODD_FIELDS} == ODD_FIELDS


@ours_is_child
async def test_our_child_takes_an_originals_folder_over_in_place(pair: Pair) -> None:
    pair.event_dir = await left_by_the_original(pair)
    pair.event_store = ROLLING_FILES
    ids = ids_in(pair.event_dir)
    assert len(ids) > BACKLOG

    await all_arrive_in_order(pair, ids)

    assert not set(ids_in(pair.event_dir)) & set(ids)


@ours_is_child
async def test_what_is_imported_from_an_originals_folder_is_uploaded(pair: Pair) -> None:
    event_dir = await left_by_the_original(pair)
    ids = ids_in(event_dir)
    store = pair.folder / "ours" / "events.sqlite"
    store.parent.mkdir()
    command = [sys.executable, "-m", "gwproactor", "events", "import", str(event_dir)]
    importing = await asyncio.create_subprocess_exec(
        *command, "--into", str(store), "--json", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await importing.communicate()

    assert importing.returncode == 0
    assert json.loads(said)["imported"] == len(ids)
    assert ids_in(event_dir) == []
    await all_arrive_in_order(pair, ids)


@ours_is_child
async def test_our_child_uploads_its_own_files_to_an_original(pair: Pair) -> None:
    pair.event_store = ROLLING_FILES
    await pair.start_ours()
    await pair.ours.is_in(StateName.AWAITING_PEER)
    ids = await pair.generate(BACKLOG)

    await pair.start_theirs()
    await pair.all_delivered(ids)

    arrived = await arrivals_at_the_original(pair)
    assert [one for one in arrived if one in set(ids)] == ids


@ours_is_parent
async def test_an_original_takes_over_what_our_child_left(pair: Pair) -> None:
    launcher = pair.broker.launcher
    event_dir = pair.folder / "theirs" / "event"
    ours = our_node(
        "child",
        pair.names,
        (launcher.host, launcher.port),
        pair.folder / "before",
        poll_s=pair.our_poll_s,
        ack_timeout_s=pair.ack_timeout_s,
        event_store=ROLLING_FILES,
        event_dir=event_dir,
    )
    ours.proactor.start()
    await ours.is_in(StateName.AWAITING_PEER)
    demo = ours.generate(*(DemoEvent(index=index) for index in range(BACKLOG)))
    (unknown,) = ours.generate(
        AnyEvent(event_type_name=UNKNOWN, json={"TypeName": UNKNOWN, **ODD_FIELDS})
    )
    await ours.proactor.stop_and_join()
    ids = ids_in(event_dir)
    assert {*demo, unknown} < set(ids)

    await pair.start_ours()
    await pair.start_theirs()
    await pair.all_delivered(ids)

    stored = {event.message_id: event for event in pair.ours.stored}
    assert [one for one in stored if one in set(ids)] == ids
    fields = json.loads(stored[unknown].payload)
    assert {name: fields[name] for name in ODD_FIELDS} == ODD_FIELDS
