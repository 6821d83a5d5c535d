"""`gwproactor config schema`: what a node.toml may hold, for editors and other programs."""

import json
import os
from pathlib import Path

from gwproactor.app.config.deployed import deployed_class, settings_fault
from gwproactor.app.config.fault import Fault
from gwproactor.app.container import ProactorContainer
from gwproactor.app.foreign_code import PASSED_ON, prints_to_stderr
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.terminal import note, write_lines
from gwproactor.domain.outcome import Failure, Outcome, Success

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_text(kind: type[ProactorSettings]) -> str:
    """JSON Schema of *kind*, indented. What is required may also come from another source."""
    return json.dumps({"$schema": DRAFT, **kind.model_json_schema()}, indent=2)


def write_schema(file: Path | None, *, container: str) -> int:
    """Write the one of the deployment's settings; the exit code."""
    with prints_to_stderr():
        made = _schema(file, container)
    match made:
        case Success(text):
            write_lines([text])
            return 0
        case Failure(fault):
            note(str(fault))
            return 1


def _schema(file: Path | None, container: str) -> Outcome[str, Fault]:
    match deployed_class(file, environ=dict(os.environ), container=container):
        case Success(kind):
            return _schema_of(kind, file)
        case Failure(fault):
            return Failure(fault)


def _schema_of(kind: type[ProactorContainer], file: Path | None) -> Outcome[str, Fault]:
    try:
        return Success(schema_text(kind.settings_class))
    except PASSED_ON:
        raise
    except BaseException as error:  # as of a type that has no schema
        return Failure(settings_fault(kind, error, file))
