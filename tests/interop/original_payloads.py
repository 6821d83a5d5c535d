"""What the original library reads in payloads, run by the original's own python.

original_payloads.py    reads a JSON array of payloads, prints one with what was read of each:
the payload as the original's class writes it again, its faults as a text, or null if there is no
class of its TypeName
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

import json
import sys

from gwproto import named_types
from pydantic import BaseModel, ValidationError

CLASSES = {
    kind.model_fields["TypeName"].default: kind
    for kind in vars(named_types).values()
    if isinstance(kind, type) and issubclass(kind, BaseModel) and "TypeName" in kind.model_fields
}


def read_again(payload):
    kind = CLASSES.get(payload["TypeName"])
    if kind is None:
        return None
    try:
        return kind.model_validate(payload).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        return str(error)


if __name__ == "__main__":
    json.dump([read_again(payload) for payload in json.load(sys.stdin)], sys.stdout)
