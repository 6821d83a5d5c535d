"""`gwproactor config show`: every effective setting, and where it is written."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import attrs

from gwproactor.adapters.codec.json_text import write_json
from gwproactor.app.config.deployed import load_deployment
from gwproactor.app.config.layers import dotted, flat
from gwproactor.app.config.load import Loaded
from gwproactor.app.foreign_code import PASSED_ON, prints_to_stderr
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.terminal import note, write_json_lines, write_rows
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success


@attrs.frozen
class Shown:
    """A setting as it may be shown: a secret is masked, unless it is empty."""

    name: str
    value: Json
    source: str

    @property
    def text(self) -> str:
        match self.value:
            case str(text):
                return text
            case None:
                return ""
            case _:
                return write_json(self.value).decode()


def show(
    file: Path | None,
    *,
    container: str,
    overrides: tuple[str, ...],
    env_file: Path | None,
    as_json: bool,
) -> int:
    """Write it; the exit code."""
    with prints_to_stderr():
        deployed = load_deployment(
            file,
            environ=dict(os.environ),
            container=container,
            env_file=env_file,
            overrides=overrides,
        )
    match deployed:
        case Failure(refused):
            for fault in refused.faults:
                note(str(fault))
            return 1
        case Success(deployment):
            write_effective(deployment.loaded, as_json=as_json)
            return 0


def write_effective(loaded: Loaded[ProactorSettings], *, as_json: bool = False) -> None:
    """To stdout."""
    rows = effective(loaded)
    if as_json:
        each = {row.name: {"value": row.value, "source": row.source} for row in rows}
        write_json_lines([each])
    else:
        write_rows(("setting", "value", "source"), ((r.name, r.text, r.source) for r in rows))


def effective(loaded: Loaded[ProactorSettings]) -> Iterator[Shown]:
    """Every setting, in the order of the fields; TLS files with what is looked for by default."""
    settings = loaded.settings
    tree = _as_json(settings)
    for name, broker in settings.every_broker.items():
        if broker.tls.use_tls:
            table = tree["brokers"] if name in settings.brokers else tree
            table[name]["tls"]["paths"] = settings.tls_paths(name).model_dump(mode="json")
    for path, value in flat(tree):
        yield Shown(dotted(path), cast("Json", value), loaded.source(*path))


def _as_json(settings: ProactorSettings) -> dict[str, Any]:
    try:
        return settings.model_dump(mode="json", fallback=str)
    except PASSED_ON:
        raise
    except BaseException:  # as of bytes that are no text, or of what a deployment makes of a value
        return {name: _field_as_json(settings, name) for name in type(settings).model_fields}


def _field_as_json(settings: ProactorSettings, name: str) -> object:
    try:
        return settings.model_dump(mode="json", fallback=str, include={name}).get(name)
    except PASSED_ON:
        raise
    except BaseException as error:
        value: object = getattr(settings, name)
        if isinstance(value, bytes):
            return value.hex()
        return f"cannot be shown: {type(error).__name__}"
