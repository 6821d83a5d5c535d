"""The original's persister on a folder of events, run by the original's own python.

    original_folder.py list FOLDER          what is pending after its start: [[uid, content], …]
    original_folder.py clear FOLDER UID …   ends these, as acks would
    original_folder.py store FOLDER         stores what comes on standard input: [[uid, content], …]

Each prints one JSON value. Contents are in latin-1, one character a byte.
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

import json
import sys

from gwproactor.persister import TimedRollingFilePersister
from result import Ok


def main(command, folder, *uids):
    persister = TimedRollingFilePersister(folder)
    assert persister.reindex() == Ok()
    match command:
        case "list":
            pending = persister.pending_ids()
            return [[uid, persister.retrieve(uid).unwrap().decode("latin-1")] for uid in pending]
        case "clear":
            return [str(persister.clear(uid)) for uid in uids]
        case "store":
            events = json.load(sys.stdin)
            return [str(persister.persist(uid, text.encode("latin-1"))) for uid, text in events]


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
