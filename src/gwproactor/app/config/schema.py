"""`gwproactor config schema`: what a node.toml may hold, for editors and other programs."""

import json
import os
from pathlib import Path

from gwproactor.app.config.deployed import deployed_class
from gwproactor.app.settings import ProactorSettings
from gwproactor.app.terminal import note, write_lines
from gwproactor.domain.outcome import Failure, Success

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_text(kind: type[ProactorSettings]) -> str:
    """JSON Schema of *kind*, indented. What is required may also come from another source."""
    return json.dumps({"$schema": DRAFT, **kind.model_json_schema()}, indent=2)


def write_schema(file: Path | None, *, container: str) -> int:
    """Write the one of the deployment's settings; the exit code."""
    match deployed_class(file, environ=dict(os.environ), container=container):
        case Success(found):
            write_lines([schema_text(found.settings_class)])
            return 0
        case Failure(fault):
            note(str(fault))
            return 1
