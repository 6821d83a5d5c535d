"""The messages of `tests/data/wire`, which the original library sent."""

import json
from pathlib import Path

import attrs

from gwproactor.domain.message import JsonObject

FOLDER = Path(__file__).parents[1] / "data" / "wire"


@attrs.frozen
class Captured:
    """A message; `data` are its bytes, exactly so where `is_compact`."""

    name: str
    topic: str
    is_compact: bool
    json: JsonObject
    data: bytes

    @property
    def scenario(self) -> str:
        return self.name.partition(":")[0]

    @property
    def payload(self) -> JsonObject:
        payload = self.json["Payload"]
        assert isinstance(payload, dict)
        return payload

    @property
    def type_name(self) -> str:
        return str(self.payload["TypeName"])


def captured_messages() -> list[Captured]:
    """Every captured message, in the order of the files; the two that are no JSON included."""
    files = sorted(FOLDER.glob("*_*_*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    entries = [json.loads(line) for line in lines]
    return [_captured(entry) for entry in entries if "payload" in entry]


def _captured(entry: dict[str, object]) -> Captured:
    payload = entry["payload"]
    assert isinstance(payload, dict)
    name = f"{entry['scenario']}:{entry['n']}"
    if "_undecodable" in payload:
        return Captured(name, str(entry["topic"]), False, {}, payload["_undecodable"].encode())
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    return Captured(name, str(entry["topic"]), bool(entry["compact"]), payload, text.encode())
