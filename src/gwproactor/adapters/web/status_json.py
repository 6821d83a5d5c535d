"""A node's status as JSON: the fields of `domain.status`, by their names."""

import json
from enum import Enum

import attrs

from gwproactor.domain.status import Health, NodeStatus


def status_json(status: NodeStatus, health: Health) -> str:
    """*status* with `healthy` and `reasons`."""
    plain = attrs.asdict(status, value_serializer=_plain)
    return json.dumps(plain | {"healthy": health.is_healthy, "reasons": health.reasons}, indent=1)


def _plain(_: object, __: object, value: object) -> object:
    return value.value if isinstance(value, Enum) else value
