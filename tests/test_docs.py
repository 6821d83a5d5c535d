"""What the documents name must be there: tests, files and settings."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from gwproactor import ProactorSettings
from gwproactor.app.settings import WebServerSettings
from tests.support.named_things import headings_of

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
)

TEST = re.compile(r"`((?:tests|src)/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:tests|src|benchmarks|examples|docs)/[\w./-]*)`")
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]+)(#[\w-]+)?\)")


# Name and default, as in a table of docs/events.md.
SETTING = re.compile(r"^\| `([a-z_.]+)` \| ([^|]+) \|", re.MULTILINE)
MIB = 1 << 20


@cache
def functions_in(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def faults_in(text: str, folder: Path) -> Iterator[str]:
    """What *text*, of a document in *folder*, names and is not there."""
    for file, name in TEST.findall(text):
        if not (ROOT / file).is_file():
            yield f"there is no {file}"
        elif name not in functions_in(ROOT / file):
            yield f"{file} has no {name}"
    for file in FILE.findall(text):
        if not (ROOT / file).exists():
            yield f"there is no {file}"
    for target, heading in LINK.findall(text):
        path = folder / target
        if not path.exists():
            yield f"the link to {target} leads nowhere"
        elif heading and heading[1:] not in headings_of(path):
            yield f"{target} has no heading {heading}"


def default_of(setting: str) -> object:
    """Raises LookupError if there is no such setting."""
    section, _, name = setting.rpartition(".")
    model: type[BaseModel] = ProactorSettings
    if section:
        model = type(model.model_fields[section].get_default(call_default_factory=True))
    return model.model_fields[name].default


def as_shown(default: object) -> str:
    match default:
        case bool():
            return str(default).lower()
        case Enum():
            return str(default.value)
        case int() if default >= MIB and default % MIB == 0:
            return f"{default // MIB} MiB"
        case int():
            return f"{default:,}"
        case float():
            return f"{default:g}"
        case tuple():
            return ", ".join(map(str, default))
        case _:
            return str(default)


def test_the_settings_of_events_and_their_defaults_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    section = text.partition("\n## Settings")[2].partition("\n## ")[0]
    settings = dict(SETTING.findall(section))

    assert len(settings) > 10
    assert settings == {name: as_shown(default_of(name)) for name in settings}


def test_the_settings_of_web_servers_and_their_defaults_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")
    settings = dict(SETTING.findall(text.partition("\n## Servers")[2].partition("\n## ")[0]))

    assert settings == {
        name: "to be given" if field.is_required() else as_shown(field.default) or "none"
        for name, field in WebServerSettings.model_fields.items()
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    assert list(faults_in(document.read_text(encoding="utf-8"), document.parent)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("`tests/test_docs.py::test_nothing`", "tests/test_docs.py has no test_nothing"),
        ("`tests/test_none.py::test_nothing`", "there is no tests/test_none.py"),
        ("`src/gwproactor/nowhere/`", "there is no src/gwproactor/nowhere/"),
        ("[a](nowhere.md)", "the link to nowhere.md leads nowhere"),
        ("[a](README.md#nothing-at-all)", "README.md has no heading #nothing-at-all"),
    ],
)
def test_what_is_not_there_is_found(text: str, fault: str) -> None:
    assert list(faults_in(text, ROOT)) == [fault]


def test_what_is_there_is_no_fault() -> None:
    text = "`tests/test_docs.py::test_what_is_there_is_no_fault` [b](README.md) `tests/`"
    assert list(faults_in(text, ROOT)) == []
