"""The files that the nodes leave, opened afresh."""

from gwproactor.adapters.persistence import SqliteEventStore, SqliteSinkReader
from gwproactor.app.demo.reading import Reading
from gwproactor.app.demo.status import NodeConfig
from gwproactor.app.demo.verdict import Evidence, listed_ids
from gwproactor.app.settings import Paths
from gwproactor.domain.outcome import Failure, Success

PAGE_EVENTS = 1_000
PAGE_BYTES = 1_048_576


class EvidenceError(Exception):
    """A file of a node cannot be read; the message says which and why."""


async def evidence_of(config: NodeConfig) -> Evidence:
    """What both nodes, which must have ended, have left. Raises EvidenceError and
    SinkUnreadableError.
    """
    return Evidence(
        listed=listed_ids(config.list_path),
        received=_received(config),
        kept=await _kept(config),
    )


def _received(config: NodeConfig) -> list[str]:
    path = Paths(data_dir=config.parent_folder).event_sink
    events = SqliteSinkReader(path).events() if path.exists() else ()
    return [
        event.message_id
        for event in events
        if event.src == config.child_name and event.type_name == Reading.wire.type_name
    ]


async def _kept(config: NodeConfig) -> set[str]:
    path = Paths(data_dir=config.child_folder).event_store
    if not path.exists():
        return set()
    store = SqliteEventStore(path)
    opened = await store.open()
    if isinstance(opened, Failure):
        raise EvidenceError(str(opened.failure()))
    kept: set[str] = set()
    number = 0
    try:
        while True:
            read = await store.read_after(number, count=PAGE_EVENTS, bytes_max=PAGE_BYTES)
            match read:
                case Success(events):
                    if not events:
                        return kept
                    kept.update(event.message_id for event in events)
                    number = events[-1].sequence.number
                case Failure(failed):
                    raise EvidenceError(str(failed))
    finally:
        await store.close()
